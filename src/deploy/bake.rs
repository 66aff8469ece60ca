//! Whether what is ready stays up, looked at for a while after Ready.
//!
//! Ready is printed and timed before; this is apart. One crash of one replica is not a verdict: it may be its last
//! (docs/deploy.md). A second one of the same replica is, and so is one of each of several.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Pod, PodSpec};

use crate::rollout::{ReplicaLine, Workload};

/// A probe answered: what breaks now breaks within a moment.
const PROBED: Duration = Duration::from_secs(3);
/// Without a probe a pod is ready as soon as its program runs, also when that ends a moment later: long enough for a
/// program that fails on its first connection.
const UNPROBED: Duration = Duration::from_secs(10);

pub struct Bake {
    window: Duration,
    /// Since when it is quiet; none before it was ready first.
    quiet: Option<Instant>,
    pods: BTreeMap<String, Seen>,
}

/// One replica since it was ready first.
#[derive(Debug, Default)]
struct Seen {
    ready: bool,
    lost: i32,
    restarts_before: i32,
    restarts: i32,
}

impl Seen {
    /// A crash loses readiness too, so the larger number tells how often something broke.
    fn troubles(&self) -> i32 {
        self.lost.max(self.restarts - self.restarts_before)
    }
}

impl Bake {
    /// `asked`: the window of plat.yaml. What replaces no pods, and what runs to its end, is not looked at.
    pub fn new(workload: &Workload, changed: bool, asked: Option<Duration>) -> Self {
        let probed = |pod: &PodSpec| pod.containers.iter().all(|container| container.readiness_probe.is_some());
        let window = match asked {
            _ if !changed || workload.runs_to_its_end() => Duration::ZERO,
            Some(asked) => asked,
            None if workload.pod_spec().is_some_and(probed) => PROBED,
            None => UNPROBED,
        };
        Self { window, quiet: None, pods: BTreeMap::new() }
    }

    /// Looks at the new replicas. `ready`: all of them are, at this moment.
    pub fn note(&mut self, ready: bool, replicas: &[ReplicaLine], pods: &[Pod], now: Instant) {
        if self.quiet.is_none() && !ready {
            return;
        }
        let before = self.total();
        for replica in replicas {
            let restarts = pods.iter().find(|pod| pod.metadata.name.as_ref() == Some(&replica.pod)).map_or(0, restarts);
            let new = Seen { ready: replica.ready, restarts_before: restarts, ..Seen::default() };
            let seen = self.pods.entry(replica.pod.clone()).or_insert(new);
            seen.lost += i32::from(seen.ready && !replica.ready);
            seen.ready = replica.ready;
            seen.restarts = restarts;
        }
        // A program that waits out its back-off is not quiet: only time in which all are ready counts.
        if self.quiet.is_none() || self.total() != before || !ready {
            self.quiet = Some(now);
        }
    }

    /// Whether it was ready once.
    pub fn has_begun(&self) -> bool {
        self.quiet.is_some()
    }

    /// How much longer it has to stay up.
    pub fn left(&self, now: Instant) -> Duration {
        self.quiet.map_or(self.window, |since| self.window.saturating_sub(now.duration_since(since)))
    }

    /// Every replica was in trouble, and a single one more than once.
    pub fn is_broken(&self) -> bool {
        let all = !self.pods.is_empty() && self.pods.values().all(|seen| seen.troubles() > 0);
        !self.window.is_zero() && all && (self.pods.len() > 1 || self.total() > 1)
    }

    fn total(&self) -> i32 {
        self.pods.values().map(Seen::troubles).sum()
    }
}

fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    statuses.iter().map(|status| status.restart_count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::Deployment;
    use rstest::rstest;

    #[rstest]
    #[case::a_probe("{name: a, readinessProbe: {tcpSocket: {port: 80}}}", true, None, PROBED)]
    #[case::no_probe("{name: a}", true, None, UNPROBED)]
    #[case::asked_for("{name: a}", true, Some(60), Duration::from_mins(1))]
    #[case::turned_off("{name: a}", true, Some(0), Duration::ZERO)]
    #[case::nothing_was_replaced("{name: a}", false, Some(60), Duration::ZERO)]
    fn how_long_it_is_looked_at(
        #[case] container: &str,
        #[case] changed: bool,
        #[case] asked: Option<u64>,
        #[case] window: Duration,
    ) {
        let text = format!("{{spec: {{selector: {{}}, template: {{spec: {{containers: [{container}]}}}}}}}}");
        let deployment: Deployment = serde_yaml::from_str(&text).expect("a Deployment");
        let bake = Bake::new(&deployment.into(), changed, asked.map(Duration::from_secs));
        assert_eq!(bake.left(Instant::now()), window);
    }

    /// Each look: a second later, `name+` ready or `name-` not, with its restarts: `a+0 b-1`.
    #[rstest]
    #[case::quiet(&["a+0 b+0", "a+0 b+0", "a+0 b+0", "a+0 b+0"], &["3", "2", "1", "done"])]
    #[case::not_ready_yet(&["a-0", "a+0"], &["-", "3"])]
    #[case::restarts_before_it_was_ready_do_not_count(&["a-2", "a+2", "a+2", "a+2", "a+2"], &["-", "3", "2", "1", "done"])]
    #[case::one_crash_of_one_begins_anew(&["a+0", "a-0", "a+1", "a+1", "a+1", "a+1"], &["3", "3", "2", "1", "done"])]
    #[case::a_restart_too_quick_to_be_seen_otherwise(&["a+0", "a+1", "a+1"], &["3", "3", "2"])]
    #[case::the_second_crash_of_one(&["a+0", "a-0", "a+1", "a-1"], &["3", "3", "2", "broken"])]
    #[case::readiness_lost_twice(&["a+0", "a-0", "a+0", "a-0"], &["3", "3", "2", "broken"])]
    #[case::one_bad_of_two_waits(&["a+0 b+0", "a-0 b+0", "a+1 b+0", "a-1 b+0", "a-1 b+0"], &["3", "3", "2", "3", "3"])]
    #[case::a_back_off_is_not_quiet(&["a+0", "a-1", "a-1", "a-1", "a-1", "a+1", "a-2"], &["3", "3", "3", "3", "3", "2", "broken"])]
    #[case::each_of_two_once(&["a+0 b+0", "a-0 b+0", "a+1 b-0"], &["3", "3", "broken"])]
    fn what_breaks_after_ready(#[case] looks: &[&str], #[case] said: &[&str]) {
        let mut bake = Bake { window: Duration::from_secs(3), quiet: None, pods: BTreeMap::new() };
        let start = Instant::now();
        for (second, (look, expected)) in (0..).zip(looks.iter().zip(said)) {
            let (replicas, pods): (Vec<_>, Vec<_>) = look.split(' ').map(replica).unzip();
            let ready = replicas.iter().all(|replica| replica.ready);
            let now = start + Duration::from_secs(second);
            bake.note(ready, &replicas, &pods, now);
            let text = match bake.left(now).as_secs() {
                _ if bake.is_broken() => "broken".to_owned(),
                _ if bake.quiet.is_none() => "-".to_owned(),
                0 => "done".to_owned(),
                left => left.to_string(),
            };
            assert_eq!(text, *expected, "look {second}: {look}");
        }
    }

    fn replica(text: &str) -> (ReplicaLine, Pod) {
        let ready = text.contains('+');
        let (name, restarts) = text.split_once(['+', '-']).expect("a+0");
        let pod = format!(
            "{{metadata: {{name: {name}}}, status: {{containerStatuses: [{{name: c, image: i, imageID: i, ready: true, restartCount: {restarts}}}]}}}}"
        );
        (
            ReplicaLine { pod: name.to_owned(), state_text: String::new(), ready },
            serde_yaml::from_str(&pod).expect("a Pod"),
        )
    }
}
