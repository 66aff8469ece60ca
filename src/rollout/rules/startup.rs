//! The container runs, but its startup probe has not passed yet. Its budget is in the probe itself: nothing else is proven
//! before its end than that the container answers elsewhere, or by another protocol.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{ContainerProbe, ProbeKind, budget, longest_budget};
use crate::rollout::model::Graces;
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "startup", class: Class::cause("Probe"), pages: &["probes.md"], check: Check::Container(check) };

/// What is said of it then.
pub(super) const BUDGET: &str = "the time that the probe leaves it is over";
/// The kubelet's event may come a little after the budget ended, and the status later still.
const SLACK: SignedDuration = SignedDuration::from_secs(5);

fn check(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let probe = container.spec.startup_probe.as_ref().filter(|_| !container.is_started())?;
    let since = container.timeline.running_since()?;
    let expected = since + budget(probe);
    let startup = ContainerProbe { container, kind: ProbeKind::Startup, probe };
    let sooner = startup.never_passes(graces).filter(|proof| proof.ends_before(expected));
    let own = Proof::Until { expected, latest: since + longest_budget(probe) + SLACK, why: BUDGET };
    startup.failing(sooner.unwrap_or(own))
}
