//! The startup probe's budget ended and the kubelet kills the container: only a *Normal* event names the probe.

use super::rule::{Check, Rule};
use super::startup;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::explain::{ContainerLog, ContainerProbe, ProbeKind, budget, killed_by};
use crate::rollout::model::Graces;
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "startup_killed", class: startup::RULE.class, pages: &["probes.md"], check: Check::Container(check) };

fn check(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let probe = container.spec.startup_probe.as_ref().filter(|_| !container.is_ready())?;
    killed_by(container, ProbeKind::Startup)?;
    let is_first = container.exits() == 0;
    let log = if is_first { ContainerLog::of_current(container) } else { ContainerLog::of_last_exit(container) };
    // The end of the budget proved it; the kubelet's word comes a moment later, and its next instance runs by then.
    let end =
        container.timeline.running_since().map_or(container.now, |since| (since + budget(probe)).min(container.now));
    let proof = Proof::by(end, startup::BUDGET);
    Some(ContainerProbe { container, kind: ProbeKind::Startup, probe }.symptom(proof, log))
}
