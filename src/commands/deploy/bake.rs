//! Whether what is ready stays up.
//!
//! A pod without a readiness probe is ready as soon as its program runs, also when that ends a moment later. With a
//! probe, ready means that it answered, and nobody has to wait.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::PodSpec;

use crate::rollout::Object;

/// Long enough for a program that fails on its first connection, short enough to wait for.
const WINDOW: Duration = Duration::from_secs(10);

pub struct Bake {
    window: Duration,
    /// How many exits there were when it became quiet, and since when it is.
    quiet: Option<(i32, Instant)>,
}

impl Bake {
    pub fn of(workload: &Object) -> Self {
        let probed = |pod: &PodSpec| pod.containers.iter().all(|container| container.readiness_probe.is_some());
        let proves_itself = workload.runs_to_its_end() || workload.pod_spec().is_some_and(probed);
        Self { window: if proves_itself { Duration::ZERO } else { WINDOW }, quiet: None }
    }

    /// It is ready: how much longer it has to stay up.
    pub fn left(&mut self, exits: i32, now: Instant) -> Duration {
        let since = match self.quiet {
            Some((before, since)) if before == exits => since,
            _ => now,
        };
        self.quiet = Some((exits, since));
        self.window.saturating_sub(now.duration_since(since))
    }

    /// It is not ready any more.
    pub fn again(&mut self) {
        self.quiet = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::Deployment;

    fn of(container: &str) -> Bake {
        let text = format!("{{spec: {{selector: {{}}, template: {{spec: {{containers: [{container}]}}}}}}}}");
        let deployment: Deployment = serde_yaml::from_str(&text).expect("a Deployment");
        Bake::of(&deployment.into())
    }

    #[test]
    fn a_probe_needs_no_bake() {
        let mut bake = of("{name: a, readinessProbe: {tcpSocket: {port: 80}}}");
        assert_eq!(bake.left(0, Instant::now()), Duration::ZERO);
    }

    #[test]
    fn an_exit_begins_the_window_anew() {
        let mut bake = of("{name: a}");
        let start = Instant::now();
        assert_eq!(bake.left(0, start), WINDOW);
        assert_eq!(bake.left(0, start + WINDOW / 2), WINDOW / 2);
        assert_eq!(bake.left(1, start + WINDOW), WINDOW);
        assert_eq!(bake.left(1, start + WINDOW * 2), Duration::ZERO);
        bake.again();
        assert_eq!(bake.left(1, start + WINDOW * 3), WINDOW);
    }
}
