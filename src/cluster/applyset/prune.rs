//! Deleting the members that leave a set, and what holds those that do not go.

use futures::stream::{self, StreamExt};
use kube::api::PropagationPolicy;

use super::member::Member;
use crate::cluster::api::{PARALLEL, request};
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::error::Result;
use crate::rollout::finalizers;

/// What became of the members that leave.
#[derive(Debug, Default)]
pub struct Pruned {
    pub gone: Vec<Member>,
    /// Being deleted, with the finalizers that hold it.
    pub held: Vec<(Member, Vec<String>)>,
}

/// Deletes these objects, and none that took the name of one of them since.
pub(super) async fn delete_all(cluster: &Cluster, guard: &WriteGuard, members: &[&Member]) -> Result<Pruned> {
    let deletions = members.iter().map(|member| async move {
        guard.check().await?;
        let deleted = request::delete(cluster, &member.manifest(), &member.uid, PropagationPolicy::Background).await;
        let left = deleted.map_err(|e| cluster.explain(e, &format!("delete {}", member.describe())))?;
        Ok((*member, left.as_ref().map(finalizers).unwrap_or_default()))
    });
    let results: Vec<Result<(&Member, Vec<String>)>> = stream::iter(deletions).buffered(PARALLEL).collect().await;
    let mut pruned = Pruned::default();
    for result in results {
        let (member, holders) = result?;
        // What only ends its pods first goes by itself.
        if holders.is_empty() {
            pruned.gone.push(member.clone());
        } else {
            pruned.held.push((member.clone(), holders));
        }
    }
    Ok(pruned)
}
