//! What is asked of a container whose probe does not pass: the reply proves where it answers, and makes the hint true.

use super::elsewhere::Elsewhere;
use super::http_lookup::{Asked, EARLY, probe_lookups};
use super::probe::{ProbeKind, killed_by, unhealthy};
use crate::rollout::model::{Graces, Lookup};
use crate::rollout::text::message;
use crate::rollout::view::ContainerView;

pub(in crate::rollout) fn probe_lookup(container: &ContainerView, graces: &Graces) -> Vec<Lookup> {
    let (waits, is_started) = (!container.is_ready(), container.is_started());
    let startup =
        container.spec.startup_probe.as_ref().filter(|_| !is_started).map(|probe| (ProbeKind::Startup, probe));
    let readiness = container.spec.readiness_probe.as_ref().filter(|_| is_started);
    let readiness = readiness.map(|probe| (ProbeKind::Readiness, probe));
    let Some((kind, probe)) = startup.or(readiness).filter(|_| waits) else { return Vec::new() };
    let (Some(event), Some(since)) = (unhealthy(container, kind), container.timeline.running_since()) else {
        return Vec::new();
    };
    let failure = message(event);
    // The previous instance did not pass it either: there is nothing to wait for.
    let is_killed = killed_by(container, ProbeKind::Startup).is_some();
    let proves = Elsewhere::of(container, probe, failure, graces).map(|found| found.due);
    let first = if is_killed { since } else { since + EARLY };
    probe_lookups(container, probe, failure, Asked { now: container.now, since, first, proves })
}
