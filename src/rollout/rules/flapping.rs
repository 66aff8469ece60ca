//! The container is ready, then not, again and again. Twice is what a program does that warms up.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{ContainerLog, ContainerProbe, ProbeKind};
use crate::rollout::model::Graces;
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "flapping", class: Class::cause("Flapping"), pages: &["probes.md"], check: Check::Container(check) };

/// A program may lose its readiness once or twice while it warms up.
const LOSSES: u32 = 3;
/// Ready for so long, it has warmed up.
const STEADY: SignedDuration = SignedDuration::from_secs(10);

fn check(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let probe = container.spec.readiness_probe.as_ref()?;
    let lost = container.timeline.readiness_lost();
    let is_steady = container.timeline.ready_since().is_some_and(|since| container.now.duration_since(since) >= STEADY);
    if lost < LOSSES || is_steady {
        return None;
    }
    let readiness = ContainerProbe { container, kind: ProbeKind::Readiness, probe };
    let mut symptom = readiness
        .symptom(Proof::Immediate("it was lost as often as no warm-up explains"), ContainerLog::of_current(container));
    symptom.finding.what = format!("{} loses its readiness again and again", container.title());
    symptom.finding.evidence.insert(0, format!("it was ready and then was not, {lost} times"));
    symptom.state_text = format!("loses its readiness again and again, {lost} times so far");
    Some(symptom)
}
