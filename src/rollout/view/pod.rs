//! One pod as the rules read it.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, Pod};

use super::container::ContainerView;
use super::container_snapshot::ContainerSnapshot;
use super::current_pods::{is_ready, namespace, uid};
use super::timeline::Timelines;
use crate::rollout::model::{Lookup, LookupResult, Snapshot, newest_record};
use crate::rollout::text::{about, has_reason};

pub(in crate::rollout) struct PodView<'a> {
    pub pod: &'a Pod,
    /// Of a previous revision: a `StatefulSet` updates nothing before it is ready.
    pub outdated: bool,
    pub snapshot: &'a Snapshot,
    pub events: Vec<&'a Event>,
    pub containers: Vec<ContainerView<'a>>,
}

impl<'a> PodView<'a> {
    pub fn new(snapshot: &'a Snapshot, timelines: &Timelines, pod: &'a Pod, now: Timestamp) -> Self {
        let containers = ContainerSnapshot::all(snapshot, pod, now).map(|current| {
            let timeline = timelines.next(&current);
            ContainerView { current, timeline }
        });
        let containers = containers.collect();
        Self { pod, outdated: false, snapshot, events: about(&snapshot.events, uid(&pod.metadata)), containers }
    }

    pub fn name(&self) -> &'a str {
        self.pod.metadata.name.as_deref().unwrap_or_default()
    }

    pub fn uid(&self) -> &'a str {
        uid(&self.pod.metadata)
    }

    pub fn namespace(&self) -> &'a str {
        namespace(&self.pod.metadata)
    }

    /// What the newest of these look-ups showed.
    pub fn result_of(&self, lookup: &Lookup) -> Option<&'a LookupResult> {
        newest_record(&self.snapshot.lookups, lookup).map(|record| &record.result)
    }

    /// When this was last looked up.
    pub fn looked_up_at(&self, lookup: &Lookup) -> Option<Timestamp> {
        newest_record(&self.snapshot.lookups, lookup).map(|record| record.at)
    }

    /// The condition of this type, as (status, reason, message).
    pub fn condition(&self, of: &str) -> Option<(&'a str, &'a str, &'a str)> {
        let conditions = self.pod.status.as_ref()?.conditions.as_deref()?;
        let condition = conditions.iter().find(|condition| condition.type_ == of)?;
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        Some((&condition.status, text(&condition.reason), text(&condition.message)))
    }

    /// When the condition of this type last became what it is.
    pub fn turned(&self, of: &str) -> Option<Timestamp> {
        let conditions = self.pod.status.as_ref()?.conditions.as_deref()?;
        let condition = conditions.iter().find(|condition| condition.type_ == of)?;
        Some(condition.last_transition_time.as_ref()?.0)
    }

    pub fn is_ready(&self) -> bool {
        is_ready(self.pod)
    }

    pub fn event(&self, reason: &str) -> Option<&'a Event> {
        self.events.iter().find(|event| has_reason(event, reason)).copied()
    }
}
