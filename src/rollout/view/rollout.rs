//! A snapshot as the rules read it: the workload, its current pods, their containers, each with its events.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Event;

use super::current_pods::{CurrentPods, uid};
use super::pod::PodView;
use super::timeline::Timelines;
use crate::rollout::model::{Lookup, LookupResult, Snapshot, Workload, newest_record};
use crate::rollout::text::{about, escape};

pub(in crate::rollout) struct RolloutView<'a> {
    pub workload: &'a Workload,
    /// A Deployment's ReplicaSet of the current template.
    pub replica_set: Option<&'a ReplicaSet>,
    /// About the workload and that ReplicaSet, newest first; not those about its pods.
    pub events: Vec<&'a Event>,
    pub pods: Vec<PodView<'a>>,
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
        Self { workload, replica_set: current.replica_set, events, pods, snapshot }
    }

    /// What to remember of the containers; pods that are gone are forgotten.
    pub fn timelines(&self) -> Timelines {
        let all = self.pods.iter().flat_map(|pod| &pod.containers);
        all.map(|container| (container.subject(), container.timeline.clone())).collect()
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

    /// What the newest of these look-ups showed.
    pub fn result_of(&self, lookup: &Lookup) -> Option<&'a LookupResult> {
        newest_record(&self.snapshot.lookups, lookup).map(|record| &record.result)
    }
}
