//! The container has started, but its readiness probe does not pass. It never kills, so a grace comes after its budget.

use super::rule::{Check, Rule};
use super::startup;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::explain::{ContainerProbe, ProbeKind, ready_by};
use crate::rollout::model::Graces;
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "readiness", class: startup::RULE.class, pages: &["probes.md"], check: Check::Container(check) };

fn check(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let probe = container.spec.readiness_probe.as_ref()?;
    let due = ready_by(container, probe, graces)?;
    let proof = Proof::Until { expected: due, latest: due };
    ContainerProbe { container, kind: ProbeKind::Readiness, probe }.failing(proof)
}
