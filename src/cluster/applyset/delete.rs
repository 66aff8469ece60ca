//! Deleting a whole set, and waiting until it is gone.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, ListParams, PropagationPolicy};
use serde_json::{Map, Value};

use super::find::Found;
use super::labels::Place;
use super::member::Member;
use super::membership;
use crate::cluster::api::{PARALLEL, request};
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::error::{Error, Kind, Result};
use crate::manifests::NAME_LABEL;
use crate::manifests::order::is_workload;
use crate::reason::Reason;
use crate::revision::OF;
use crate::rollout::finalizers;
use crate::text::foreign_line;

const CLAIM: &str = "PersistentVolumeClaim";
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// What is gone sooner is not worth a line.
const TELL: Duration = Duration::from_secs(1);
/// Objects that are named as what is waited for.
const WAITS: usize = 10;

/// The volumes of a service, whoever made them: members of the set, and what a `StatefulSet` made from its templates.
///
/// # Errors
/// When they may not be listed.
pub async fn volumes(cluster: &Cluster, name: &str, found: &Found) -> Result<Vec<Member>> {
    let place = Place {
        kind: CLAIM.to_owned(),
        api_version: "v1".to_owned(),
        resource: "persistentvolumeclaims".to_owned(),
        namespaced: true,
    };
    let labelled = membership::labelled(cluster, &place, &format!("{NAME_LABEL}={name}")).await?;
    let members: Vec<Member> = found.members.iter().filter(|member| member.kind == CLAIM).cloned().collect();
    let known: BTreeSet<String> = members.iter().map(|member| member.uid.clone()).collect();
    Ok(members.into_iter().chain(labelled.into_iter().filter(|claim| !known.contains(&claim.uid))).collect())
}

/// Deletes these objects and waits until they and what they own (pods) are gone; `tell` is told how many are left and what
/// that waits for.
///
/// # Errors
/// What cannot be deleted, or is not gone by then: what still holds it. A lost lock.
pub async fn remove(
    cluster: &Cluster,
    guard: &WriteGuard,
    going: &[Member],
    patience: Duration,
    mut tell: impl FnMut(usize, &[String]),
) -> Result<()> {
    let deletions = going.iter().map(|member| async move {
        // A workload is there until its pods are gone, and so is what those use until then.
        let how = if is_workload(&member.kind) { PropagationPolicy::Foreground } else { PropagationPolicy::Background };
        guard.check().await?;
        let deleted = request::delete(cluster, &member.manifest(), &member.uid, how).await;
        deleted.map(drop).map_err(|e| cluster.explain(e, &format!("delete {}", member.describe())))
    });
    let results: Vec<Result<()>> = stream::iter(deletions).buffered(PARALLEL).collect().await;
    results.into_iter().collect::<Result<()>>()?;
    let began = Instant::now();
    let mut told = began;
    let mut left: Vec<&Member> = going.iter().collect();
    loop {
        // What looks gone may be what someone else has just written.
        guard.check().await?;
        let looks = left.into_iter().map(|member| async move {
            let read = request::get(cluster, &member.manifest()).await;
            let read = read.map_err(|e| cluster.explain(e, &format!("read {}", member.describe())))?;
            Ok(read.filter(|object| object["metadata"]["uid"] == member.uid.as_str()).map(|object| (member, object)))
        });
        let looks: Vec<Result<Option<(&Member, Value)>>> = stream::iter(looks).buffered(PARALLEL).collect().await;
        let looks: Vec<Option<(&Member, Value)>> = looks.into_iter().collect::<Result<_>>()?;
        let there: Vec<(&Member, Value)> = looks.into_iter().flatten().collect();
        if there.is_empty() {
            return Ok(());
        }
        let is_over = began.elapsed() >= patience;
        if is_over || told.elapsed() >= TELL {
            told = Instant::now();
            let waits = waits(cluster, &there).await;
            if is_over {
                return Err(not_gone(cluster, &there, &waits));
            }
            tell(there.len(), &waits);
        }
        left = there.into_iter().map(|(member, _)| member).collect();
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What keeps them, for a reader: pods that were told to end and finalizers.
async fn waits(cluster: &Cluster, there: &[(&Member, Value)]) -> Vec<String> {
    let looks = there.iter().take(WAITS).map(|(member, object)| async move {
        let mut holds = match object["spec"]["selector"]["matchLabels"].as_object() {
            Some(labels) if is_workload(&member.kind) => ending_pods(cluster, member, labels).await,
            _ => Vec::new(),
        };
        // Kubernetes' own, of an object whose pods are still there.
        holds.extend(finalizers(object).into_iter().filter(|line| !line.contains("foregroundDeletion")));
        if holds.is_empty() { member.describe() } else { format!("{}: {}", member.describe(), holds.join(", ")) }
    });
    let mut lines: Vec<String> = stream::iter(looks).buffered(PARALLEL).collect().await;
    if there.len() > WAITS {
        lines.push(format!("and {} more", there.len() - WAITS));
    }
    lines
}

/// `pod shop-0 may take 30 s to end`, for each that was told to. Without the right to see them there are none.
async fn ending_pods(cluster: &Cluster, member: &Member, labels: &Map<String, Value>) -> Vec<String> {
    let pods = request::core("Pod", "pods", member.namespace.as_deref(), "");
    let labels = labels.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    let selector = labels.collect::<Vec<_>>().join(",");
    let found = request::list(cluster, &pods, &selector).await;
    let ending = found.unwrap_or_default().into_iter().filter_map(|pod| {
        let name = foreign_line(pod["metadata"]["name"].as_str()?, 80);
        let seconds = pod["metadata"]["deletionGracePeriodSeconds"].as_i64()?;
        Some(format!("pod {name} may take {seconds} s to end"))
    });
    ending.collect()
}

fn not_gone(cluster: &Cluster, there: &[(&Member, Value)], waits: &[String]) -> Error {
    let error = Error::new(Kind::TimedOut, format!("{} objects are not gone yet", there.len())).at(cluster.place());
    let error = waits.iter().fold(error, Error::detail);
    let error = match there.first() {
        Some((first, _)) => error.hint(format!(
            "a finalizer or a pod that does not end may hold them: kubectl get {}/{} -n {} -o yaml",
            first.kind.to_lowercase(),
            first.name,
            first.namespace.as_deref().unwrap_or_default()
        )),
        None => error,
    };
    error
        .hint("the deletion continues in the cluster; run plat delete again to see it through")
        .reason(Reason::Terminating)
}

/// Deletes what plat itself kept about the service: revisions, the parent of the set, and last the lock, which keeps
/// others out until then.
///
/// # Errors
/// What cannot be deleted; a lost lock.
pub async fn forget(cluster: &Cluster, guard: &WriteGuard, name: &str, found: &Found) -> Result<()> {
    guard.check().await?;
    let secrets = Api::<Secret>::namespaced(cluster.client.clone(), &cluster.namespace);
    let revisions = ListParams::default().labels(&format!("{OF}={name}"));
    let deleted = secrets.delete_collection(&DeleteParams::default(), &revisions).await;
    deleted.map_err(|e| cluster.explain(e, &format!("delete the revisions of {name}")))?;
    guard.check().await?;
    let deleted = request::delete(cluster, &found.parent, &found.uid, PropagationPolicy::Background).await;
    deleted.map_err(|e| cluster.explain(e, &format!("delete Secret {}", found.parent.name)))?;
    guard.check().await?;
    let leases = Api::<Lease>::namespaced(cluster.client.clone(), &cluster.namespace);
    match leases.delete(&format!("plat-{name}"), &DeleteParams::default()).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        deleted => deleted.map(drop).map_err(|e| cluster.explain(e, &format!("delete Lease plat-{name}"))),
    }
}
