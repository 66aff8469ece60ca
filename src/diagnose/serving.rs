//! Whether the previous revision still gets requests: read from `EndpointSlice`s, never inferred.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::ResourceExt;
use kube::api::{Api, ListParams};

use crate::cluster::Cluster;
use crate::rollout::{Assessment, Snapshot, is_ready};

/// Endpoints of one namespace that are read at most.
const MOST: u32 = 500;

/// The ready pods of the previous revision, and which of them get requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serving {
    pub ready: usize,
    /// None where it cannot be read.
    pub endpoints: Option<usize>,
}

impl Serving {
    /// Asks the cluster, where there is something to ask about.
    pub async fn of(cluster: &Cluster, assessment: &Assessment, snapshot: &Snapshot) -> Self {
        let ready: Vec<&Pod> = ready(assessment, snapshot).collect();
        let Some(namespace) = ready.first().and_then(|pod| pod.namespace()) else {
            return Self { ready: 0, endpoints: Some(0) };
        };
        let slices = Api::<EndpointSlice>::namespaced(cluster.client.clone(), &namespace);
        let listed = slices.list(&ListParams::default().limit(MOST)).await.ok();
        let whole = listed.filter(|list| list.metadata.continue_.as_deref().unwrap_or_default().is_empty());
        let endpoints = whole.map(|list| {
            let pods: BTreeSet<String> = list.items.iter().flat_map(serving_pods).collect();
            ready.iter().filter(|pod| pods.contains(&pod.name_any())).count()
        });
        Self { ready: ready.len(), endpoints }
    }

    /// `2 replicas of the previous revision still serve`; none where there are none.
    #[must_use]
    pub fn text(self) -> Option<String> {
        let replicas = |count: usize| match count {
            1 => "1 replica of the previous revision".to_owned(),
            n => format!("{n} replicas of the previous revision"),
        };
        let still =
            |count: usize, verb: &str| format!("{} still {verb}{}", replicas(count), if count == 1 { "s" } else { "" });
        match self {
            Self { ready: 0, .. } => None,
            Self { ready, endpoints: None } => Some(still(ready, "run")),
            Self { ready, endpoints: Some(0) } => {
                Some(format!("{}, but no Service sends requests there", still(ready, "run")))
            }
            Self { endpoints: Some(serving), .. } => Some(still(serving, "serve")),
        }
    }
}

/// The names of the pods behind ready endpoints (`discovery/v1`: unknown counts as ready).
fn serving_pods(slice: &EndpointSlice) -> impl Iterator<Item = String> + '_ {
    let ready = slice
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true));
    ready.filter_map(|endpoint| {
        endpoint.target_ref.as_ref().filter(|target| target.kind.as_deref() == Some("Pod"))?.name.clone()
    })
}

/// Pods of the previous revision that are ready and stay so: one that ends may be ready for all of its grace period.
fn ready<'s>(assessment: &'s Assessment, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s Pod> {
    before(assessment, snapshot).filter(|pod| is_ready(pod) && !is_going(pod))
}

/// Pods of the previous revision; none where pods run to their end.
pub fn before<'s>(assessment: &'s Assessment, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s Pod> {
    let pods = if snapshot.workload.runs_to_its_end() { &[][..] } else { &snapshot.pods[..] };
    pods.iter().filter(|pod| assessment.replicas.iter().all(|replica| pod.name_any() != replica.pod))
}

#[must_use]
pub fn is_going(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::{Graces, Tracker};
    use jiff::Timestamp;
    use rstest::rstest;

    #[rstest]
    #[case::nobody(0, Some(0), None)]
    #[case::one(1, Some(1), Some("1 replica of the previous revision still serves"))]
    #[case::two(2, Some(2), Some("2 replicas of the previous revision still serve"))]
    #[case::cut_off(
        2,
        Some(0),
        Some("2 replicas of the previous revision still run, but no Service sends requests there")
    )]
    #[case::unknown(2, None, Some("2 replicas of the previous revision still run"))]
    fn what_is_said(#[case] ready: usize, #[case] endpoints: Option<usize>, #[case] expected: Option<&str>) {
        assert_eq!(Serving { ready, endpoints }.text().as_deref(), expected);
    }

    #[test]
    fn a_pod_that_ends_does_not_serve() {
        let snapshot: Snapshot = serde_yaml::from_str(
            "
deployment: {metadata: {name: api, uid: d1, generation: 2}, spec: {replicas: 2}, status: {observedGeneration: 2}}
replicaSets: [{metadata: {name: api-two, uid: r2, ownerReferences: [{uid: d1}]}}]
pods:
- {metadata: {name: new, uid: p1, ownerReferences: [{uid: r2}]}, status: {conditions: [{type: Ready, status: 'True'}]}}
- {metadata: {name: old, uid: p2, ownerReferences: [{uid: r1}]}, status: {conditions: [{type: Ready, status: 'True'}]}}
- metadata: {name: ends, uid: p3, ownerReferences: [{uid: r1}], deletionTimestamp: '2026-11-23T00:44:14Z'}
  status: {conditions: [{type: Ready, status: 'True'}]}
- {metadata: {name: broken, uid: p4, ownerReferences: [{uid: r1}]}, status: {conditions: [{type: Ready, status: 'False'}]}}
",
        )
        .expect("a snapshot");
        let assessment = Tracker::new(Graces::default()).observe(&snapshot, Timestamp::UNIX_EPOCH);
        assert_eq!(ready(&assessment, &snapshot).count(), 1, "{assessment:#?}");
    }
}
