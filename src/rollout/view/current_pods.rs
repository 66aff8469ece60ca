//! Which pods run the current revision of a workload, by the rules of its controller.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::rollout::model::{Snapshot, Workload};

/// `apps/v1`, `ControllerRevisionHashLabelKey`.
const REVISION: &str = "controller-revision-hash";
/// The `DaemonSet` controller counts its templates in this annotation and copies the count to this label of each pod
/// (`pkg/controller/daemon/util`, `GetTemplateGeneration`).
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";
const POD_TEMPLATE_GENERATION: &str = "pod-template-generation";

/// The pods that decide whether a rollout succeeds.
#[derive(Default)]
pub(in crate::rollout) struct CurrentPods<'a> {
    /// A Deployment's ReplicaSet of the current template.
    pub replica_set: Option<&'a ReplicaSet>,
    pub pods: Vec<&'a Pod>,
    /// A pod of a previous revision for which the update waits: see [`blocker`].
    pub blocked_by: Option<&'a Pod>,
}

impl<'a> CurrentPods<'a> {
    pub fn of(snapshot: &'a Snapshot) -> Self {
        match &snapshot.workload {
            Workload::Deployment(deployment) => {
                let replica_set = new_replica_set(deployment, &snapshot.replica_sets);
                let owner = replica_set.map(|set| uid(&set.metadata)).unwrap_or_default();
                Self {
                    replica_set,
                    pods: owned(snapshot, owner).filter(|pod| could_serve(pod)).collect(),
                    blocked_by: None,
                }
            }
            Workload::ReplicaSet(set) => {
                let owned = owned(snapshot, uid(&set.metadata));
                Self { pods: owned.filter(|pod| could_serve(pod)).collect(), ..Self::default() }
            }
            Workload::StatefulSet(set) => stateful(snapshot, set),
            Workload::DaemonSet(set) => Self { pods: of_daemon_set(snapshot, set), ..Self::default() },
            // What failed is what has to be explained; what succeeded needs no words.
            Workload::Job(job) => Self {
                pods: owned(snapshot, uid(&job.metadata)).filter(|pod| phase(pod) != Some("Succeeded")).collect(),
                ..Self::default()
            },
            Workload::Pod(pod) if phase(pod) != Some("Succeeded") => Self { pods: vec![pod], ..Self::default() },
            Workload::Pod(_) | Workload::CronJob(_) => Self::default(),
        }
    }
}

/// The ReplicaSet of the current template: the controller's own rule (`FindNewReplicaSet`, pkg/controller/deployment/util).
fn new_replica_set<'a>(deployment: &Deployment, sets: &'a [ReplicaSet]) -> Option<&'a ReplicaSet> {
    let template = deployment.spec.as_ref().map(|spec| without_hash(&spec.template)).unwrap_or_default();
    sets.iter()
        .filter(|set| is_owned_by(&set.metadata, uid(&deployment.metadata)))
        .filter(|set| {
            let of = set.spec.as_ref().and_then(|spec| spec.template.as_ref()).map(without_hash).unwrap_or_default();
            of == template
        })
        .min_by_key(|set| set.metadata.creation_timestamp.as_ref().map(|time| time.0))
}

fn without_hash(template: &PodTemplateSpec) -> PodTemplateSpec {
    let mut template = template.clone();
    if let Some(labels) = template.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()) {
        labels.remove("pod-template-hash");
    }
    template
}

fn stateful<'a>(snapshot: &'a Snapshot, set: &StatefulSet) -> CurrentPods<'a> {
    let status = set.status.clone().unwrap_or_default();
    if set.metadata.generation > status.observed_generation {
        // Which revision the spec is, only the controller can say.
        return CurrentPods::default();
    }
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.clone()).unwrap_or_default();
    let keeps_all = strategy.type_.as_deref() == Some("OnDelete");
    let partition = strategy.rolling_update.and_then(|update| update.partition).unwrap_or(0);
    let revision = status.update_revision.unwrap_or_default();
    let is_current = |pod: &Pod| {
        // Below the partition, and with OnDelete, older pods are what was asked for.
        keeps_all || ordinal(pod) < partition || label(pod, REVISION) == Some(revision.as_str())
    };
    let mine: Vec<&Pod> = owned(snapshot, uid(&set.metadata)).filter(|pod| could_serve(pod)).collect();
    let pods = mine.iter().copied().filter(|pod| is_current(pod)).collect();
    let ordered = set.spec.as_ref().and_then(|spec| spec.pod_management_policy.as_deref()) != Some("Parallel");
    let blocked_by = if ordered { blocker(&mine).filter(|pod| !is_current(pod)) } else { None };
    CurrentPods { replica_set: None, pods, blocked_by }
}

/// A `StatefulSet` that keeps its order touches no pod before the first one that is not ready has become so, and does not
/// replace that one before either, also when the new revision would fix it (kubernetes#67250, `monotonic` in
/// `pkg/controller/statefulset/stateful_set_control.go`).
fn blocker<'a>(pods: &[&'a Pod]) -> Option<&'a Pod> {
    pods.iter().copied().filter(|pod| !is_ready(pod)).min_by_key(|pod| ordinal(pod))
}

/// The number at the end of the pod's name.
fn ordinal(pod: &Pod) -> i32 {
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    name.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// A pod counts as updated by its template's number or by its hash (`IsPodUpdated`, pkg/controller/daemon/util): after
/// a step back pods of the older number with the same hash stay.
fn of_daemon_set<'a>(snapshot: &'a Snapshot, set: &DaemonSet) -> Vec<&'a Pod> {
    let mine: Vec<&Pod> = owned(snapshot, uid(&set.metadata)).filter(|pod| could_serve(pod)).collect();
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref()?.type_.as_deref());
    let annotations = set.metadata.annotations.as_ref();
    let Some(number) =
        annotations.and_then(|all| all.get(TEMPLATE_GENERATION)).filter(|_| strategy != Some("OnDelete"))
    else {
        return mine;
    };
    let has_number = |pod: &Pod| label(pod, POD_TEMPLATE_GENERATION) == Some(number.as_str());
    let hashes: BTreeSet<&str> =
        mine.iter().filter(|pod| has_number(pod)).filter_map(|pod| label(pod, REVISION)).collect();
    mine.into_iter()
        .filter(|pod| has_number(pod) || label(pod, REVISION).is_some_and(|hash| hashes.contains(hash)))
        .collect()
}

fn owned<'a>(snapshot: &'a Snapshot, owner: &str) -> impl Iterator<Item = &'a Pod> {
    snapshot.pods.iter().filter(move |pod| is_owned_by(&pod.metadata, owner))
}

/// Those that end or have ended are replaced by others.
#[must_use]
pub fn could_serve(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_none() && !matches!(phase(pod), Some("Succeeded" | "Failed"))
}

fn phase(pod: &Pod) -> Option<&str> {
    pod.status.as_ref()?.phase.as_deref()
}

#[must_use]
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn label<'p>(pod: &'p Pod, name: &str) -> Option<&'p str> {
    pod.metadata.labels.as_ref()?.get(name).map(String::as_str)
}

pub(in crate::rollout) fn is_owned_by(metadata: &ObjectMeta, owner: &str) -> bool {
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    !owner.is_empty() && owners.iter().any(|reference| reference.uid == owner)
}

pub(in crate::rollout) fn uid(metadata: &ObjectMeta) -> &str {
    metadata.uid.as_deref().unwrap_or_default()
}

pub(in crate::rollout) fn namespace(metadata: &ObjectMeta) -> &str {
    metadata.namespace.as_deref().unwrap_or("default")
}
