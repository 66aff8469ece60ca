//! When the new pods were scheduled, started and ready, as this machine saw it: the server's own timestamps have
//! whole seconds and another clock. Only how long a pull took comes from the kubelet.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Event, Pod};

use crate::rollout::{Assessment, Snapshot};
use crate::telemetry::{Phase, Recorder};

/// Moments in milliseconds since the run started.
#[derive(Debug, Default)]
pub struct Milestones {
    applied: f64,
    scheduled: Option<f64>,
    started: Option<f64>,
    ready: Option<f64>,
    pull: Option<f64>,
}

impl Milestones {
    pub fn new(applied: f64) -> Self {
        Self { applied, ..Self::default() }
    }

    /// Notes what has been reached by all new pods.
    pub fn note(&mut self, assessment: &Assessment, snapshot: &Snapshot, now: f64) {
        let new: BTreeSet<&str> = assessment.replicas.iter().map(|replica| replica.pod.as_str()).collect();
        let is_new = |pod: &&Pod| pod.metadata.name.as_deref().is_some_and(|name| new.contains(name));
        let pods: Vec<&Pod> = snapshot.pods.iter().filter(is_new).collect();
        let all = |reached: fn(&Pod) -> bool| {
            usize::try_from(assessment.desired).is_ok_and(|wanted| pods.len() >= wanted)
                && pods.iter().all(|pod| reached(pod))
        };
        if self.scheduled.is_none() && all(is_scheduled) {
            self.scheduled = Some(now);
        }
        if self.started.is_none() && all(is_started) {
            self.started = Some(now);
        }
        let of_new = |event: &&Event| event.involved_object.name.as_deref().is_some_and(|name| new.contains(name));
        let pulls = snapshot.events.iter().filter(of_new).filter_map(pull_time);
        self.pull = pulls
            .map(|pull| pull.as_secs_f64() * 1000.0)
            .fold(self.pull, |longest, pull| Some(longest.map_or(pull, |longest| longest.max(pull))));
    }

    /// Notes that all are ready.
    pub fn ready(&mut self, now: f64) {
        self.ready.get_or_insert(now);
    }

    /// One that was ready is not any more.
    pub fn not_ready(&mut self) {
        self.ready = None;
    }

    /// Of several workloads the moments at which the last of them was so far.
    pub fn slowest<'m>(all: impl Iterator<Item = &'m Self>, now: f64) -> Self {
        let start = Self { applied: now, ready: Some(0.0), ..Self::default() };
        let later = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
        all.fold(start, |sum, one| Self {
            applied: sum.applied.min(one.applied),
            scheduled: later(sum.scheduled, one.scheduled),
            started: later(sum.started, one.started),
            ready: later(sum.ready, one.ready),
            pull: later(sum.pull, one.pull),
        })
    }

    /// Since when all are ready.
    pub fn ready_at(&self, now: f64) -> f64 {
        self.ready.filter(|ready| *ready > 0.0).unwrap_or(now)
    }

    /// Adds the phases to the run; returns since when all are ready. The pull lies somewhere between scheduled and started; it is put right before.
    pub fn record(&self, run: &Recorder, now: f64) -> f64 {
        let ready = self.ready_at(now);
        let scheduled = self.scheduled.unwrap_or(self.applied);
        let started = self.started.unwrap_or(scheduled);
        let phase = |name: &str, from: f64, to: f64| {
            run.add_phase(Phase { name: name.to_owned(), start_ms: from, duration_ms: (to - from).max(0.0) });
        };
        phase("schedule", self.applied, scheduled);
        if let Some(pull) = self.pull {
            phase("pull", (started - pull).max(scheduled), started);
        }
        phase("start", scheduled, started);
        phase("ready", started, ready);
        if now > ready {
            phase("bake", ready, now);
        }
        ready
    }
}

fn is_scheduled(pod: &Pod) -> bool {
    pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some())
}

fn is_started(pod: &Pod) -> bool {
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    !statuses.is_empty()
        && statuses.iter().all(|status| status.state.as_ref().is_some_and(|state| state.running.is_some()))
}

/// Out of `Successfully pulled image "…" in 1.234s (2s including waiting). Image size: …` (kubelet, `image_manager.go`).
fn pull_time(event: &Event) -> Option<SignedDuration> {
    if event.reason.as_deref() != Some("Pulled") {
        return None;
    }
    let (_, rest) = event.message.as_deref()?.rsplit_once("\" in ")?;
    rest.split_whitespace().next()?.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Successfully pulled image \"r/a:v1\" in 1.5s (2s including waiting). Image size: 5 bytes.", Some(1500))]
    #[case("Successfully pulled image \"r/a:v1\" in 48ms (48ms including waiting). Image size: 5 bytes.", Some(48))]
    #[case("Successfully pulled image \"r/a:v1\" in 1m2.5s (…)", Some(62500))]
    #[case("Container image \"r/a:v1\" already present on machine", None)]
    fn the_kubelet_says_how_long_a_pull_took(#[case] message: &str, #[case] expected: Option<i128>) {
        let event = Event { reason: Some("Pulled".to_owned()), message: Some(message.to_owned()), ..Event::default() };
        assert_eq!(pull_time(&event).map(|time| time.as_millis()), expected);
    }
}
