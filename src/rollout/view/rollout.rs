//! A snapshot as the rules read it: the workload, its current pods, their containers, each with its events.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, ReplicaSet};
use k8s_openapi::api::core::v1::{Event, Pod};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::current_pods::{CurrentPods, is_ready, uid};
use super::pod::PodView;
use super::timeline::Timelines;
use crate::rollout::model::{Lookup, LookupResult, Snapshot, Status, Workload, newest_record};
use crate::rollout::text::{about, escape};

pub(in crate::rollout) struct RolloutView<'a> {
    pub workload: &'a Workload,
    /// A Deployment's ReplicaSet of the current template.
    pub replica_set: Option<&'a ReplicaSet>,
    /// About the workload and that ReplicaSet, newest first; not those about its pods.
    pub events: Vec<&'a Event>,
    pub pods: Vec<PodView<'a>>,
    /// Since when nothing of it moves: [`is_still`].
    pub still_since: Option<Timestamp>,
    pub snapshot: &'a Snapshot,
}

impl<'a> RolloutView<'a> {
    pub fn new(snapshot: &'a Snapshot, timelines: &Timelines, now: Timestamp) -> Self {
        let current = CurrentPods::of(snapshot);
        let view = |pod| PodView::new(snapshot, timelines, pod, now);
        let outdated = current.blocked_by.map(|pod| PodView { outdated: true, ..view(pod) });
        let mut pods: Vec<_> = current.pods.into_iter().map(view).chain(outdated).collect();
        pods.sort_by_key(PodView::name);
        let workload = &snapshot.workload;
        let mut events = about(&snapshot.events, workload.uid());
        events.extend(current.replica_set.iter().flat_map(|set| about(&snapshot.events, uid(&set.metadata))));
        let still_since = is_still(workload, snapshot, &pods).then(|| timelines.still_since.unwrap_or(now));
        Self { workload, replica_set: current.replica_set, events, pods, still_since, snapshot }
    }

    /// What to remember of the containers; pods that are gone are forgotten.
    pub fn timelines(&self) -> Timelines {
        let all = self.pods.iter().flat_map(|pod| &pod.containers);
        Timelines::new(all.map(|container| (container.subject(), container.timeline.clone())), self.still_since)
    }

    pub fn deployment(&self) -> Option<&'a Deployment> {
        self.workload.deployment()
    }

    pub fn name(&self) -> &'a str {
        self.workload.name()
    }

    pub fn namespace(&self) -> &'a str {
        self.workload.namespace()
    }

    /// `Deployment payments-api`
    pub fn object(&self) -> String {
        format!("{} {}", self.workload.kind(), escape(self.name()))
    }

    /// What says that a rolling update may not do with fewer pods than there are.
    pub fn keeps_all(&self) -> Option<&'a DeploymentSpec> {
        keeps_all(self.workload)
    }

    /// What the newest of these look-ups showed.
    pub fn result_of(&self, lookup: &Lookup) -> Option<&'a LookupResult> {
        newest_record(&self.snapshot.lookups, lookup).map(|record| &record.result)
    }
}

/// Whether some pods are ready, none is on its way to that and none goes: whatever keeps the others out, no pod of this
/// workload will make room for them.
fn is_still(workload: &Workload, snapshot: &Snapshot, pods: &[PodView]) -> bool {
    let is_placed = |pod: &&PodView| pod.pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
    let mut placed = pods.iter().filter(is_placed).peekable();
    let goes = |pod: &Pod| pod.metadata.deletion_timestamp.is_some();
    let is_old = |pod: &&Pod| pods.iter().all(|new| new.uid() != uid(&pod.metadata)) && is_ready(pod);
    // The old ones go only when a new one is ready.
    let is_held_up = keeps_all(workload).is_some() && snapshot.pods.iter().any(|pod| is_old(&pod));
    (placed.peek().is_some() || is_held_up && !pods.is_empty())
        && placed.all(PodView::is_ready)
        && workload.status() != Status::Current
        && !snapshot.pods.iter().any(goes)
}

/// Whether a rolling update may not do with fewer pods than there are: `maxUnavailable`, rounded down, is 0.
fn keeps_all(workload: &Workload) -> Option<&DeploymentSpec> {
    let spec = workload.deployment()?.spec.as_ref()?;
    let strategy = spec.strategy.clone().unwrap_or_default();
    let most = strategy.rolling_update.and_then(|update| update.max_unavailable);
    let replicas = i64::from(spec.replicas.unwrap_or(1));
    let most = match most {
        Some(IntOrString::Int(most)) => i64::from(most),
        Some(IntOrString::String(share)) => share.trim_end_matches('%').parse::<i64>().unwrap_or(25) * replicas / 100,
        None => replicas / 4,
    };
    (strategy.type_.as_deref() != Some("Recreate") && most == 0).then_some(spec)
}
