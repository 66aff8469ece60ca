//! All containers are ready, and the pod is not: `spec.readinessGates` (KEP-580) asks for a condition that somebody else
//! sets.

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Lack, Remedy};
use crate::rollout::text::{escape, escape_line};
use crate::rollout::view::PodView;

pub(super) const RULE: Rule = Rule {
    name: "readiness_gate",
    class: Class::cause("ReadinessGate"),
    pages: &["stuck.md"],
    check: Check::Pod(check),
};

fn check(pod: &PodView, _: &Graces) -> Option<Symptom> {
    let ("True", ..) = pod.condition("ContainersReady")? else { return None };
    let ("False", ..) = pod.condition("Ready")? else { return None };
    let gates = pod.pod.spec.as_ref()?.readiness_gates.iter().flatten();
    let mut open = gates.filter_map(|gate| match pod.condition(&gate.condition_type) {
        Some(("True", ..)) => None,
        found => Some((gate.condition_type.as_str(), found)),
    });
    let (gate, found) = open.next()?;
    let (name, others) = (escape(gate), open.count());
    let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
    let said = match found {
        Some((status, reason, message)) => escape_line(&format!("condition {gate} is {status}: {reason} {message}")),
        None => format!("nobody has set the condition {name} of this pod"),
    };
    let finding = Cause {
        reason: Reason::ReadinessGatesNotReady,
        what: format!("its containers are ready, but the readiness gate {name}{more} is not passed"),
        object: format!("Pod {}", escape(pod.name())),
        evidence: vec![said],
        hint: match found {
            Some(_) => Remedy::look(format!("whoever sets {name} says why it is not so yet")),
            None => unset(pod, gate, &name),
        },
    };
    // A load balancer may take minutes to register a pod.
    let state_text = format!("ready, waits for the readiness gate {name}");
    Some(Symptom { finding, state_text, proof: Proof::Never, needs_log: None, lack: Lack::Own })
}

/// The controllers of load balancers give pods gates that no template has.
fn unset(pod: &PodView, gate: &str, name: &str) -> Remedy {
    let asks = format!(
        "a controller has to set {name}, such as that of a load balancer: is it installed, and does it know this \
         namespace?"
    );
    let template = pod.snapshot.workload.pod_spec().and_then(|spec| spec.readiness_gates.as_deref());
    match template.unwrap_or_default().iter().find(|written| written.condition_type == gate) {
        Some(written) => {
            Remedy::given(written, format!("{asks} If nothing does, remove it from readinessGates in the pod template"))
        }
        None => Remedy::look(asks),
    }
}
