//! What the snapshots so far showed of each container. Only `now` tells the time: the cluster's clock may differ.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;

use super::container_snapshot::ContainerSnapshot;
use super::subject::Subject;
use crate::rollout::text::has_reason;

/// Those of the containers of the current pods.
#[derive(Debug, Clone, Default)]
pub(in crate::rollout) struct Timelines {
    containers: BTreeMap<Subject, Timeline>,
    /// Since when nothing moves: what is not ready now, no pod that comes or goes will help.
    pub still_since: Option<Timestamp>,
}

/// What was seen of one container, and when.
#[derive(Debug, Clone, Default)]
pub(in crate::rollout) struct Timeline {
    /// Exits before it was seen first: they belong to an earlier rollout.
    exits_before: i32,
    exits: i32,
    /// As many exits say something: those while something else of the set was unfinished may have had that cause.
    telling_exits: i32,
    /// The instance that runs, and since when this was seen.
    running: Option<(String, Timestamp)>,
    unready_since: Option<Timestamp>,
    ready_since: Option<Timestamp>,
    /// How often the present instance was ready and then was not.
    readiness_lost: u32,
    /// How many failures of its probes the kubelet tells of, and when that grew last.
    probe_failures: i32,
    probe_failed_at: Option<Timestamp>,
    /// Since when its pod has a node, and the kubelet has said nothing about the container.
    silent_since: Option<Timestamp>,
    /// What the kubelet last said about it, in short, and since when.
    last_change: Option<(String, Timestamp)>,
    /// Instances that ended because of too little memory.
    out_of_memory: BTreeSet<String>,
    /// Instances that ended by SIGKILL, without anything in Kubernetes that announced it.
    killed: BTreeSet<String>,
    pull_message: Option<String>,
    hook_message: Option<String>,
}

impl Timelines {
    pub fn new(containers: impl IntoIterator<Item = (Subject, Timeline)>, still_since: Option<Timestamp>) -> Self {
        Self { containers: containers.into_iter().collect(), still_since }
    }

    /// That of a container, with what it is now added.
    pub fn next(&self, container: &ContainerSnapshot) -> Timeline {
        Timeline::next(self.containers.get(&container.subject()), container)
    }
}

impl Timeline {
    fn next(before: Option<&Self>, container: &ContainerSnapshot) -> Self {
        let now = container.now;
        let mut timeline =
            before.cloned().unwrap_or_else(|| Self { exits_before: container.exits(), ..Self::default() });
        timeline.exits = container.exits();
        if !container.snapshot.unfinished.is_empty() {
            // The instance that runs began without it.
            timeline.telling_exits = timeline.exits + 1 + i32::from(container.is_running());
        }
        let instance = container.status.and_then(|status| status.container_id.clone()).unwrap_or_default();
        if !container.is_running() {
            timeline.running = None;
        } else if timeline.running.as_ref().is_none_or(|(id, _)| *id != instance) {
            timeline.running = Some((instance, now));
            timeline.unready_since = None;
            timeline.ready_since = None;
            timeline.readiness_lost = 0;
        }
        if container.is_out_of_sight() {
            // Its budgets start again when the node is back.
            timeline.running = timeline.running.map(|(id, _)| (id, now));
            timeline.unready_since = None;
        }
        let since = |before: Option<Timestamp>, holds: bool| if holds { before.or(Some(now)) } else { None };
        let running = container.is_running();
        let was_ready = timeline.ready_since.is_some();
        timeline.ready_since = since(timeline.ready_since, running && container.is_ready());
        timeline.readiness_lost += u32::from(was_ready && running && !container.is_ready());
        let has_node = container.pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        timeline.silent_since = since(timeline.silent_since, has_node && container.status.is_none());
        timeline.unready_since =
            since(timeline.unready_since, running && container.is_started() && !container.is_ready());
        let failures = counted(container.events.iter().filter(|event| has_reason(event, "Unhealthy")).copied());
        if failures > timeline.probe_failures {
            timeline.probe_failed_at = Some(now);
        }
        timeline.probe_failures = failures;
        let status = kubelet_status(container);
        if timeline.last_change.as_ref().is_none_or(|(last, _)| *last != status) {
            timeline.last_change = Some((status, now));
        }
        for exit in container.known_exits() {
            let instance = exit.container_id.clone().unwrap_or_default();
            if exit.reason.as_deref() == Some("OOMKilled") {
                timeline.out_of_memory.insert(instance);
            } else if container.is_killed_unasked(exit) {
                timeline.killed.insert(instance);
            }
        }
        if container.waiting_reason() == "ErrImagePull" {
            timeline.pull_message =
                container.waiting().and_then(|waiting| waiting.message.clone()).or(timeline.pull_message);
        }
        if container.waiting_reason() == "PostStartHookError" {
            timeline.hook_message =
                container.waiting().and_then(|waiting| waiting.message.clone()).or(timeline.hook_message);
        }
        timeline
    }

    /// Exits while plat watched.
    pub fn exits_watched(&self) -> i32 {
        self.exits - self.exits_before
    }

    /// Whether it has ended since all else of its set was there.
    pub fn exits_tell(&self) -> bool {
        self.exits >= self.telling_exits
    }

    /// Since when the present instance was seen running.
    pub fn running_since(&self) -> Option<Timestamp> {
        self.running.as_ref().map(|(_, since)| *since)
    }

    /// Since when the present instance was seen started but not ready.
    pub fn unready_since(&self) -> Option<Timestamp> {
        self.unready_since
    }

    pub fn ready_since(&self) -> Option<Timestamp> {
        self.ready_since
    }

    /// How often the present instance was seen losing its readiness.
    pub fn readiness_lost(&self) -> u32 {
        self.readiness_lost
    }

    /// When the kubelet was last heard saying that a probe of it failed.
    pub fn probe_failed_at(&self) -> Option<Timestamp> {
        self.probe_failed_at
    }

    /// Since when the kubelet should have said something about the container.
    pub fn silent_since(&self) -> Option<Timestamp> {
        self.silent_since
    }

    /// Since when the kubelet has said nothing new about it.
    pub fn quiet_since(&self) -> Option<Timestamp> {
        self.last_change.as_ref().map(|(_, since)| *since)
    }

    /// Exits because of too little memory. The runtime may learn of the kernel's reason after the end (containerd hears of both by
    /// events of their own), and under load the kubelet then reports a plain SIGKILL: where one instance was told, the
    /// others have the same cause.
    pub fn out_of_memory(&self) -> usize {
        if self.out_of_memory.is_empty() { 0 } else { self.out_of_memory.union(&self.killed).count() }
    }

    /// How the postStart hook failed: between two attempts the status only says "back-off".
    pub fn hook_message(&self) -> Option<&str> {
        self.hook_message.as_deref()
    }

    /// The pull message that names the cause: later ones may only say "Back-off pulling image".
    pub fn pull_message(&self) -> Option<&str> {
        self.pull_message.as_deref()
    }
}

/// How often these happened.
fn counted<'e>(events: impl Iterator<Item = &'e Event>) -> i32 {
    let count =
        |event: &Event| event.count.unwrap_or(1) + event.series.as_ref().and_then(|series| series.count).unwrap_or(0);
    events.map(count).sum()
}

/// Changes with whatever the kubelet says of a container: its state, or one more event.
fn kubelet_status(container: &ContainerSnapshot) -> String {
    let events = counted(container.events.iter().copied());
    let state = container.status.map(|status| (&status.state, status.ready, status.started, status.restart_count));
    format!("{events} {state:?}")
}
