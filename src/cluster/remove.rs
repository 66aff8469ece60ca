//! Deleting a whole set, and waiting until it is gone.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, ListParams, PropagationPolicy};

use super::applyset::Place;
use super::call::{self, PARALLEL};
use super::connect::Cluster;
use super::set::{self, Found, Member};
use super::waves::is_workload;
use crate::error::{Error, Kind, Result};
use crate::history::OF;
use crate::manifests::NAME_LABEL;
use crate::ui::Ui;

const CLAIM: &str = "PersistentVolumeClaim";
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The volumes of a service, whoever made them: members of the set, and what a `StatefulSet` made from its templates.
///
/// # Errors
/// When they may not be listed.
pub async fn volumes(cluster: &Cluster, name: &str, found: &Found, ui: &Ui) -> Result<Vec<Member>> {
    let place = Place {
        kind: CLAIM.to_owned(),
        api_version: "v1".to_owned(),
        resource: "persistentvolumeclaims".to_owned(),
        namespaced: true,
    };
    let labelled = set::labelled(cluster, &place, &format!("{NAME_LABEL}={name}"), ui).await?;
    let members: Vec<Member> = found.members.iter().filter(|member| member.kind == CLAIM).cloned().collect();
    let known: BTreeSet<String> = members.iter().map(|member| member.uid.clone()).collect();
    Ok(members.into_iter().chain(labelled.into_iter().filter(|claim| !known.contains(&claim.uid))).collect())
}

/// Deletes these objects and waits until they and what they own (pods) are gone.
///
/// # Errors
/// What cannot be deleted, or is not gone by then: what still holds it.
pub async fn remove(cluster: &Cluster, going: &[Member], patience: Duration, ui: &Ui) -> Result<()> {
    let deletions = going.iter().map(|member| async move {
        // A workload is there until its pods are gone, and so is what those use until then.
        let how = if is_workload(&member.kind) { PropagationPolicy::Foreground } else { PropagationPolicy::Background };
        let deleted = call::delete(cluster, &member.manifest(), &member.uid, how, ui).await;
        deleted.map_err(|e| cluster.explain(e, &format!("delete {}", member.describe())))
    });
    let results: Vec<Result<()>> = stream::iter(deletions).buffered(PARALLEL).collect().await;
    results.into_iter().collect::<Result<()>>()?;
    let began = Instant::now();
    let mut left: Vec<&Member> = going.iter().collect();
    loop {
        let looks = left.into_iter().map(|member| async move {
            let read = call::get(cluster, &member.manifest(), ui).await;
            let read = read.map_err(|e| cluster.explain(e, &format!("read {}", member.describe())))?;
            Ok(read.filter(|object| object["metadata"]["uid"] == member.uid.as_str()).map(|_| member))
        });
        let looks: Vec<Result<Option<&Member>>> = stream::iter(looks).buffered(PARALLEL).collect().await;
        let looks: Vec<Option<&Member>> = looks.into_iter().collect::<Result<_>>()?;
        left = looks.into_iter().flatten().collect();
        let Some(first) = left.first() else { return Ok(()) };
        if began.elapsed() >= patience {
            let error = Error::new(Kind::TimedOut, format!("{} objects are not gone yet", left.len()))
                .at(cluster.place())
                .hint(format!(
                    "a finalizer or a pod that does not end may hold them: kubectl get {}/{} -n {} -o yaml",
                    first.kind.to_lowercase(),
                    first.name,
                    first.namespace.as_deref().unwrap_or_default()
                ))
                .hint("the deletion goes on in the cluster; run plat delete again to see it through")
                .reason("Terminating");
            return Err(left.iter().take(10).fold(error, |error, member| error.detail(member.describe())));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Deletes what plat itself kept about the service: revisions, the lock, and last the parent of the set.
///
/// # Errors
/// What cannot be deleted.
pub async fn forget(cluster: &Cluster, name: &str, found: &Found, ui: &Ui) -> Result<()> {
    let secrets = Api::<Secret>::namespaced(cluster.client.clone(), &cluster.namespace);
    let revisions = ListParams::default().labels(&format!("{OF}={name}"));
    let deleted = secrets.delete_collection(&DeleteParams::default(), &revisions).await;
    deleted.map_err(|e| cluster.explain(e, &format!("delete the revisions of {name}")))?;
    let leases = Api::<Lease>::namespaced(cluster.client.clone(), &cluster.namespace);
    match leases.delete(&format!("plat-{name}"), &DeleteParams::default()).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.is_not_found() => {}
        Err(error) => return Err(cluster.explain(error, &format!("delete Lease plat-{name}"))),
    }
    let deleted = call::delete(cluster, &found.parent, &found.uid, PropagationPolicy::Background, ui).await;
    deleted.map_err(|e| cluster.explain(e, &format!("delete Secret {}", found.parent.name)))
}
