//! The sickest workloads of a whole cluster: all pods are looked at by the page, and only those that are chosen are kept.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join3;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::api::ListParams;
use kube::{Resource, ResourceExt};

use super::lists::each;
use super::target::Target;
use crate::cluster::connect::Cluster;
use crate::error::Result;
use crate::rollout::is_ready;

/// What is unhealthy, the sickest first.
#[derive(Debug, Default)]
pub struct Sickest {
    /// As many as were asked for.
    pub targets: Vec<Target>,
    /// Of all workloads that have something unhealthy.
    pub unhealthy: usize,
    /// Pods that were looked at.
    pub pods: usize,
}

/// A workload: namespace, kind, name.
type Name = (String, String, String);

/// # Errors
/// When this user may not list pods in all namespaces.
pub async fn sickest(cluster: &Cluster, most: usize) -> Result<Sickest> {
    let mut weights: BTreeMap<Name, u32> = BTreeMap::new();
    let mut with_pods: BTreeSet<Name> = BTreeSet::new();
    let mut pods = 0;
    let of_pods = each::<Pod>(cluster, "pods", ListParams::default(), |pod| {
        pods += 1;
        let name = owner(&pod);
        match weight(&pod) {
            0 => {}
            weight => *weights.entry(name.clone()).or_default() += weight,
        }
        with_pods.insert(name);
    });
    of_pods.await?;
    // What was refused each of its pods has none that could tell.
    let mut without: Vec<Name> = Vec::new();
    let (mut deployments, mut sets, mut daemons) = (Vec::new(), Vec::new(), Vec::new());
    let wants = |replicas: Option<i32>| replicas.unwrap_or(1) > 0;
    try_join3(
        each::<Deployment>(cluster, "deployments", ListParams::default(), |one| {
            if wants(one.spec.as_ref().and_then(|spec| spec.replicas)) {
                deployments.push(name_of("Deployment", &one));
            }
        }),
        each::<StatefulSet>(cluster, "statefulsets", ListParams::default(), |one| {
            if wants(one.spec.as_ref().and_then(|spec| spec.replicas)) {
                sets.push(name_of("StatefulSet", &one));
            }
        }),
        each::<DaemonSet>(cluster, "daemonsets", ListParams::default(), |one| {
            if one.status.as_ref().is_some_and(|status| status.desired_number_scheduled > 0) {
                daemons.push(name_of("DaemonSet", &one));
            }
        }),
    )
    .await?;
    without.extend(deployments.into_iter().chain(sets).chain(daemons).filter(|name| !with_pods.contains(name)));
    for name in without {
        weights.insert(name, NO_PODS);
    }
    let unhealthy = weights.len();
    let mut ordered: Vec<(Name, u32)> = weights.into_iter().collect();
    ordered.sort_by_key(|(name, weight)| (std::cmp::Reverse(*weight), name.clone()));
    let targets = ordered.into_iter().take(most);
    let targets = targets.filter_map(|((namespace, kind, name), _)| Target::object(&kind, &name, Some(&namespace)));
    Ok(Sickest { targets: targets.collect(), unhealthy, pods })
}

/// A workload without any pod serves nobody.
const NO_PODS: u32 = 40;

/// How sick a pod is; 0 for one that is well, goes or has ended well.
fn weight(pod: &Pod) -> u32 {
    let status = pod.status.clone().unwrap_or_default();
    if pod.metadata.deletion_timestamp.is_some() || is_ready(pod) {
        return 0;
    }
    let statuses = || status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten());
    match status.phase.as_deref() {
        Some("Succeeded") => 0,
        // Pods that failed stay when others have taken their place.
        Some("Failed") => 1,
        _ if statuses().any(is_stuck) => 30,
        Some("Pending") => 20,
        _ => 10,
    }
}

/// Ends again and again, or cannot begin.
fn is_stuck(status: &ContainerStatus) -> bool {
    let waiting = status.state.as_ref().and_then(|state| state.waiting.as_ref()?.reason.as_deref());
    waiting.is_some_and(|reason| !matches!(reason, "ContainerCreating" | "PodInitializing"))
}

/// Who makes its pods: a Deployment's are those of a ReplicaSet that has its name and the hash of the template.
fn owner(pod: &Pod) -> Name {
    let namespace = pod.namespace().unwrap_or_default();
    let Some(owner) = pod.owner_references().iter().find(|owner| owner.controller == Some(true)) else {
        return (namespace, "Pod".to_owned(), pod.name_any());
    };
    let hash = pod.labels().get("pod-template-hash").map(|hash| format!("-{hash}"));
    match hash.and_then(|hash| owner.name.strip_suffix(&hash)) {
        Some(name) if owner.kind == "ReplicaSet" => (namespace, "Deployment".to_owned(), name.to_owned()),
        _ => (namespace, owner.kind.clone(), owner.name.clone()),
    }
}

fn name_of<K: Resource<DynamicType = ()>>(kind: &str, object: &K) -> Name {
    (object.namespace().unwrap_or_default(), kind.to_owned(), object.name_any())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::ready("{status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}", 0)]
    #[case::done("{status: {phase: Succeeded}}", 0)]
    #[case::goes("{metadata: {deletionTimestamp: '2026-11-23T00:00:00Z'}, status: {phase: Running}}", 0)]
    #[case::evicted("{status: {phase: Failed}}", 1)]
    #[case::starts(
        "{status: {phase: Pending, containerStatuses: [{name: a, image: i, imageID: '', ready: false, restartCount: 0, state: {waiting: {reason: ContainerCreating}}}]}}",
        20
    )]
    #[case::loops(
        "{status: {phase: Running, containerStatuses: [{name: a, image: i, imageID: '', ready: false, restartCount: 4, state: {waiting: {reason: CrashLoopBackOff}}}]}}",
        30
    )]
    #[case::runs("{status: {phase: Running}}", 10)]
    fn what_loops_is_sicker_than_what_starts(#[case] text: &str, #[case] expected: u32) {
        let pod: Pod = serde_yaml::from_str(text).expect("a pod");
        assert_eq!(weight(&pod), expected);
    }

    #[test]
    fn the_pods_of_a_deployment_are_its_own() {
        let pod: Pod = serde_yaml::from_str(
            "metadata: {name: a-7d-x, namespace: shop, labels: {pod-template-hash: 7d}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: a-7d, uid: u, controller: true}]}",
        )
        .expect("a pod");
        assert_eq!(owner(&pod), ("shop".to_owned(), "Deployment".to_owned(), "a".to_owned()));
    }
}
