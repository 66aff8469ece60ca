//! A workload that came to be ready, as whoever looks on has to know it: its replicas then, and what tells them from
//! those of another revision. Pure.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Pod;
use kube::core::ResourceExt;
use serde::{Deserialize, Serialize};

use crate::deploy::falls::restarts;
use crate::rollout::{ReplicaLine, Workload, is_ready};

/// The label of a Deployment's pods (apps/v1, `DefaultDeploymentUniqueLabelKey`), and that of a `StatefulSet`'s or
/// `DaemonSet`'s (`ControllerRevisionHashLabelKey`).
const TEMPLATE: &str = "pod-template-hash";
const REVISION: &str = "controller-revision-hash";

/// A workload and its replicas at the moment when all were ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// Whether a probe said that it works.
    pub probed: bool,
    pub origin: Origin,
    /// How often each of its replicas had been started anew.
    pub replicas: BTreeMap<String, i32>,
    /// UIDs of the other pods that were there: of the previous revision, which a partition keeps.
    pub beside: BTreeSet<String>,
}

/// From what a pod was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The same for all pods of one workload.
    pub family: String,
    /// The same for all of one revision of it.
    pub revision: String,
}

impl Origin {
    pub fn of(pod: &Pod) -> Self {
        let owners = pod.metadata.owner_references.iter().flatten();
        let Some(owner) = owners.into_iter().find(|owner| owner.controller == Some(true)) else {
            return Self { family: format!("Pod/{}", pod.name_any()), revision: pod.uid().unwrap_or_default() };
        };
        let hash = pod.labels().get(TEMPLATE);
        // `shop-6d4f9`, the ReplicaSet of the Deployment `shop`.
        let name = hash.and_then(|hash| owner.name.strip_suffix(hash.as_str())).unwrap_or(&owner.name);
        let revision = pod.labels().get(REVISION).map(String::as_str).unwrap_or_default();
        Self { family: format!("{}/{name}", owner.kind), revision: format!("{} {revision}", owner.uid) }
    }
}

impl Watched {
    /// None of what runs to its end, and of what has no replicas.
    pub fn of(workload: &Workload, replicas: &[ReplicaLine], pods: &[Pod]) -> Option<Self> {
        let is_new = |pod: &&Pod| replicas.iter().any(|replica| replica.pod == pod.name_any());
        let (new, others): (Vec<&Pod>, Vec<&Pod>) = pods.iter().partition(is_new);
        let origin = Origin::of(new.first().filter(|_| !workload.runs_to_its_end())?);
        // One that is not seen to be ready yet is seen too late: what it did before does not count.
        let ready = new.into_iter().filter(|pod| is_ready(pod));
        Some(Self {
            kind: workload.kind().to_owned(),
            namespace: workload.namespace().to_owned(),
            name: workload.name().to_owned(),
            probed: workload.is_probed(),
            origin,
            replicas: ready.map(|pod| (pod.name_any(), restarts(pod))).collect(),
            beside: others.into_iter().filter_map(ResourceExt::uid).collect(),
        })
    }
}
