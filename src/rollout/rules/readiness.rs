//! The container has started, but its readiness probe does not pass. The probe has no end of its own and never kills: what
//! warms up may do so for minutes. Only a container that answers elsewhere, or by
//! another protocol, is given up before the rollout's deadline.

use super::rule::{Check, Rule};
use super::startup;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::explain::{ContainerProbe, ProbeKind};
use crate::rollout::model::Graces;
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "readiness", class: startup::RULE.class, pages: &["probes.md"], check: Check::Container(check) };

fn check(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let probe = container.spec.readiness_probe.as_ref()?;
    container.timeline.unready_since()?;
    let readiness = ContainerProbe { container, kind: ProbeKind::Readiness, probe };
    readiness.failing(readiness.never_passes(graces).unwrap_or(Proof::Never))
}
