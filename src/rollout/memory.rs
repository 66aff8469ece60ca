//! What was seen before of each container and each symptom. Only `now` tells the time: the cluster's clock may differ.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Event;

use super::rules::Class;
use super::view::{ContainerView, PodView};

/// Pod UID and container name; empty where it is about the whole pod or the whole rollout.
pub(super) type Key = (String, String);

pub(super) fn key(pod: &str, container: &str) -> Key {
    (pod.to_owned(), container.to_owned())
}

/// What was seen of the containers of the new pods.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    containers: BTreeMap<Key, Seen>,
}

/// What was seen of one container.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Exits before it was seen first: they belong to an older story.
    exits_before: i32,
    exits: i32,
    /// The instance that runs, and since when this was seen.
    running: Option<(String, Timestamp)>,
    unready_since: Option<Timestamp>,
    ready_since: Option<Timestamp>,
    /// How often the present instance was ready and then was not.
    readiness_lost: u32,
    /// Since when its pod has a node, and the kubelet has not said a word about the container.
    silent_since: Option<Timestamp>,
    /// The last word of the kubelet about it, in short, and when it came.
    last_word: Option<(String, Timestamp)>,
    /// Instances that ended for want of memory.
    out_of_memory: BTreeSet<String>,
    /// Instances that ended by SIGKILL, and nobody in Kubernetes said that they would.
    killed: BTreeSet<String>,
    pull_message: Option<String>,
    hook_message: Option<String>,
}

impl Memory {
    /// How this container is now, after how it was before.
    pub fn next(&self, container: &ContainerView) -> Seen {
        Seen::next(self.containers.get(&container.key()), container)
    }

    /// What is to be remembered; pods that are gone are forgotten.
    pub fn of(pods: &[PodView]) -> Self {
        let all = pods.iter().flat_map(|pod| &pod.containers);
        let seen = all.map(|container| (container.key(), container.seen.clone()));
        Self { containers: seen.collect() }
    }
}

impl Seen {
    fn next(before: Option<&Self>, container: &ContainerView) -> Self {
        let now = container.now;
        let mut seen = before.cloned().unwrap_or_else(|| Self { exits_before: container.exits(), ..Self::default() });
        seen.exits = container.exits();
        let instance = container.status.and_then(|status| status.container_id.clone()).unwrap_or_default();
        if !container.is_running() {
            seen.running = None;
        } else if seen.running.as_ref().is_none_or(|(id, _)| *id != instance) {
            seen.running = Some((instance, now));
            seen.unready_since = None;
            seen.ready_since = None;
            seen.readiness_lost = 0;
        }
        if container.is_out_of_sight() {
            // Its budgets begin anew when the node is back.
            seen.running = seen.running.map(|(id, _)| (id, now));
            seen.unready_since = None;
        }
        let since = |before: Option<Timestamp>, holds: bool| if holds { before.or(Some(now)) } else { None };
        let running = container.is_running();
        let was_ready = seen.ready_since.is_some();
        seen.ready_since = since(seen.ready_since, running && container.is_ready());
        seen.readiness_lost += u32::from(was_ready && running && !container.is_ready());
        let has_node = container.pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        seen.silent_since = since(seen.silent_since, has_node && container.status.is_none());
        seen.unready_since = since(seen.unready_since, running && container.is_started() && !container.is_ready());
        let word = word_of(container);
        if seen.last_word.as_ref().is_none_or(|(last, _)| *last != word) {
            seen.last_word = Some((word, now));
        }
        for exit in container.known_exits() {
            let instance = exit.container_id.clone().unwrap_or_default();
            if exit.reason.as_deref() == Some("OOMKilled") {
                seen.out_of_memory.insert(instance);
            } else if container.is_killed_unasked(exit) {
                seen.killed.insert(instance);
            }
        }
        if container.waiting_reason() == "ErrImagePull" {
            seen.pull_message = container.waiting().and_then(|waiting| waiting.message.clone()).or(seen.pull_message);
        }
        if container.waiting_reason() == "PostStartHookError" {
            seen.hook_message = container.waiting().and_then(|waiting| waiting.message.clone()).or(seen.hook_message);
        }
        seen
    }

    /// Exits while plat watched.
    pub fn exits_watched(&self) -> i32 {
        self.exits - self.exits_before
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

    /// Since when the kubelet owes its first word about the container.
    pub fn silent_since(&self) -> Option<Timestamp> {
        self.silent_since
    }

    /// Since when the kubelet has said nothing new about it.
    pub fn quiet_since(&self) -> Option<Timestamp> {
        self.last_word.as_ref().map(|(_, since)| *since)
    }

    /// Exits for want of memory. The runtime may learn of the kernel's reason after the end (containerd hears of both by
    /// events of their own), and under load the kubelet then reports a plain SIGKILL: where one instance was told, the
    /// others are of the same kind.
    pub fn out_of_memory(&self) -> usize {
        if self.out_of_memory.is_empty() { 0 } else { self.out_of_memory.union(&self.killed).count() }
    }

    /// What the postStart hook met: between two attempts the status only says "back-off".
    pub fn hook_message(&self) -> Option<&str> {
        self.hook_message.as_deref()
    }

    /// The pull message that names the cause: later ones may only say "Back-off pulling image".
    pub fn pull_message(&self) -> Option<&str> {
        self.pull_message.as_deref()
    }
}

/// Changes with whatever the kubelet says of a container: its state, or one more event.
fn word_of(container: &ContainerView) -> String {
    let count =
        |event: &&Event| event.count.unwrap_or(1) + event.series.as_ref().and_then(|series| series.count).unwrap_or(0);
    let events: i32 = container.events.iter().map(count).sum();
    let state = container.status.map(|status| (&status.state, status.ready, status.started, status.restart_count));
    format!("{events} {state:?}")
}

/// Since when each symptom was seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Timers {
    spans: BTreeMap<(Key, Class), Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    first: Timestamp,
    gone: Option<Timestamp>,
}

/// Reasons alternate; a symptom that was away for less than this has lasted all along.
const FLICKER: SignedDuration = SignedDuration::from_secs(5);

impl Timers {
    /// When this symptom was first seen: now, when it is new.
    pub fn since(&mut self, key: Key, class: Class, now: Timestamp) -> Timestamp {
        let new = Span { first: now, gone: None };
        let span = self.spans.entry((key, class)).or_insert(new);
        if span.gone.take().is_some_and(|gone| now.duration_since(gone) >= FLICKER) {
            *span = new;
        }
        span.first
    }

    /// Lets go of symptoms that are not present any more, after a moment.
    pub fn keep_only(&mut self, present: &BTreeSet<(Key, Class)>, now: Timestamp) {
        self.spans.retain(|symptom, span| {
            present.contains(symptom) || {
                let gone = *span.gone.get_or_insert(now);
                now.duration_since(gone) < FLICKER
            }
        });
    }
}
