//! What is asked of a container shortly before its probe is given up: the reply makes the hint true.

use super::http_lookup::{LEAD, http_lookup};
use super::probe::{ProbeKind, killed_by, unhealthy};
use super::probe_budget::{budget, ready_by};
use crate::rollout::model::{Graces, Lookup};
use crate::rollout::text::message;
use crate::rollout::view::ContainerView;

pub(in crate::rollout) fn probe_lookup(container: &ContainerView, graces: &Graces) -> Option<Lookup> {
    let startup = || {
        let probe = container.spec.startup_probe.as_ref().filter(|_| !container.is_started())?;
        let since = container.timeline.running_since()?;
        // The previous instance did not pass it either: there is nothing to wait for.
        let is_killed = killed_by(container, ProbeKind::Startup).is_some();
        Some((ProbeKind::Startup, probe, if is_killed { since } else { since + budget(probe) }))
    };
    let readiness = || {
        let waits = container.is_started() && !container.is_ready();
        let probe = container.spec.readiness_probe.as_ref().filter(|_| waits)?;
        Some((ProbeKind::Readiness, probe, ready_by(container, probe, graces)?))
    };
    [startup(), readiness()]
        .into_iter()
        .flatten()
        .find_map(|(kind, probe, due)| http_lookup(container, probe, message(unhealthy(container, kind)?), due - LEAD))
}
