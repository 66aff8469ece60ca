//! Whether what is ready stays up, looked at in the foreground for a while after Ready.
//!
//! Ready is printed and timed before; this is apart. What decides is the rule of [`super::falls`].

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;

use super::falls::{Falls, restarts};
use super::release::Afterwards;
use crate::rollout::{ReplicaLine, Workload};

/// A probe answered: what breaks now breaks within a moment.
const PROBED: Duration = Duration::from_secs(3);
/// Without a probe a pod is ready as soon as its program runs, also when that ends a moment later: long enough for a
/// program that fails on its first connection.
const UNPROBED: Duration = Duration::from_secs(10);

pub struct Bake {
    window: Duration,
    /// Whether a probe says that it works.
    probed: bool,
    /// Since when it is quiet; none before it was ready first.
    quiet: Option<Instant>,
    falls: Falls,
}

impl Bake {
    /// What replaces no pods, and what runs to its end, is not looked at.
    pub fn new(workload: &Workload, changed: bool, afterwards: Afterwards) -> Self {
        let probed = workload.is_probed();
        let window = match afterwards {
            _ if !changed || workload.runs_to_its_end() => Duration::ZERO,
            Afterwards::Lookout { .. } | Afterwards::Nothing => Duration::ZERO,
            Afterwards::Bake(Some(asked)) => asked,
            Afterwards::Bake(None) if probed => PROBED,
            Afterwards::Bake(None) => UNPROBED,
        };
        Self { window, probed, quiet: None, falls: Falls::default() }
    }

    /// Looks at the new replicas. `ready`: all of them are, at this moment.
    pub fn note(&mut self, ready: bool, replicas: &[ReplicaLine], pods: &[Pod], now: Instant) {
        if self.quiet.is_none() && !ready {
            return;
        }
        let before = self.falls.total();
        for replica in replicas {
            let restarts = pods.iter().find(|pod| pod.metadata.name.as_ref() == Some(&replica.pod)).map_or(0, restarts);
            self.falls.note(&replica.pod, replica.ready, restarts);
        }
        // A program that waits out its back-off is not quiet: only time in which all are ready counts.
        if self.quiet.is_none() || self.falls.total() != before || !ready {
            self.quiet = Some(now);
        }
    }

    /// What nobody sees is not quiet: the window begins anew.
    pub fn begin_anew(&mut self, now: Instant) {
        if self.quiet.is_some() {
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

    /// It was ready and did not stay so. Without a probe it is ready at each start, also while it waits for what it
    /// needs: then the rules decide how many ends are a habit, as before Ready.
    pub fn is_broken(&self) -> bool {
        !self.window.is_zero() && self.probed && self.falls.are_decisive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::Deployment;
    use rstest::rstest;

    const MINUTE: Duration = Duration::from_mins(1);

    #[rstest]
    #[case::a_probe("{name: a, readinessProbe: {tcpSocket: {port: 80}}}", true, Afterwards::Bake(None), PROBED)]
    #[case::no_probe("{name: a}", true, Afterwards::Bake(None), UNPROBED)]
    #[case::asked_for("{name: a}", true, Afterwards::Bake(Some(MINUTE)), MINUTE)]
    #[case::in_the_background("{name: a}", true, Afterwards::Lookout { guard: None }, Duration::ZERO)]
    #[case::turned_off("{name: a}", true, Afterwards::Nothing, Duration::ZERO)]
    #[case::nothing_was_replaced("{name: a}", false, Afterwards::Bake(Some(MINUTE)), Duration::ZERO)]
    fn how_long_it_is_looked_at(
        #[case] container: &str,
        #[case] changed: bool,
        #[case] afterwards: Afterwards,
        #[case] window: Duration,
    ) {
        let text = format!("{{spec: {{selector: {{}}, template: {{spec: {{containers: [{container}]}}}}}}}}");
        let deployment: Deployment = serde_yaml::from_str(&text).expect("a Deployment");
        let bake = Bake::new(&deployment.into(), changed, afterwards);
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
        let mut bake = Bake { window: Duration::from_secs(3), probed: true, quiet: None, falls: Falls::default() };
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

    #[test]
    fn what_nobody_sees_does_not_count() {
        let mut bake = Bake { window: Duration::from_secs(3), probed: true, quiet: None, falls: Falls::default() };
        let (start, (line, pod)) = (Instant::now(), replica("a+0"));
        let after = |seconds| start + Duration::from_secs(seconds);
        bake.begin_anew(start);
        assert!(!bake.has_begun());
        bake.note(true, &[line], &[pod], start);
        bake.begin_anew(after(2));
        bake.begin_anew(after(9));
        assert_eq!((bake.left(after(11)).as_secs(), bake.left(after(12)).as_secs()), (1, 0));
    }

    #[test]
    fn of_what_nothing_probes_the_ends_are_not_counted() {
        let mut bake = Bake { window: Duration::from_secs(3), probed: false, quiet: None, falls: Falls::default() };
        for look in ["a+0", "a-0", "a+1", "a-1", "a+2", "a-2", "a+3", "a-3"] {
            let (line, pod) = replica(look);
            bake.note(line.ready, &[line], &[pod], Instant::now());
            assert!(!bake.is_broken() && !bake.left(Instant::now()).is_zero(), "{look}");
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
