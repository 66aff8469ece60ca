//! The container runs, but its startup probe has not passed yet. Its budget is in the probe itself: nothing is proven before
//! its end.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{ContainerProbe, ProbeKind, budget, longest_budget};
use crate::rollout::model::Graces;
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "startup", class: Class::cause("Probe"), pages: &["probes.md"], check: Check::Container(check) };

/// The kubelet's event may come a little after the budget ended, and the status later still.
const SLACK: SignedDuration = SignedDuration::from_secs(5);

fn check(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let probe = container.spec.startup_probe.as_ref().filter(|_| !container.is_started())?;
    let since = container.timeline.running_since()?;
    let proof = Proof::Until { expected: since + budget(probe), latest: since + longest_budget(probe) + SLACK };
    ContainerProbe { container, kind: ProbeKind::Startup, probe }.failing(proof)
}
