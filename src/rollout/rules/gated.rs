//! The scheduler does not look at the pod yet: `spec.schedulingGates` is not empty. Whoever set a gate takes it off.

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Lack, Remedy};
use crate::rollout::text::{escape, escape_line};
use crate::rollout::view::PodView;

pub(super) const RULE: Rule =
    Rule { name: "gated", class: Class::cause("Gated"), pages: &["scheduling.md"], check: Check::Pod(check) };

/// Kueue's gates begin with its name: `kueue.x-k8s.io/admission`, `kueue.x-k8s.io/topology`.
const KUEUE: &str = "kueue.x-k8s.io/";

fn check(pod: &PodView, _: &Graces) -> Option<Symptom> {
    let ("False", "SchedulingGated", message) = pod.condition("PodScheduled")? else { return None };
    let gates: Vec<&str> =
        pod.pod.spec.as_ref()?.scheduling_gates.iter().flatten().map(|gate| gate.name.as_str()).collect();
    // The last gate was taken off a moment ago: the scheduler has not said so yet.
    if gates.is_empty() {
        return None;
    }
    let names = escape(&gates.join(", "));
    let what = match gates.len() {
        1 => format!("the scheduling gate {names} keeps the pod from every node"),
        n => format!("{n} scheduling gates keep the pod from every node: {names}"),
    };
    let hint = if gates.iter().all(|gate| gate.starts_with(KUEUE)) {
        Remedy::look(format!(
            "Kueue takes it off when its queue has room: kubectl -n {} get workloads.kueue.x-k8s.io",
            escape(pod.namespace())
        ))
    } else {
        by_hand(pod, &gates)
    };
    let finding = Cause {
        reason: Reason::SchedulingGated,
        what,
        object: format!("Pod {}", escape(pod.name())),
        evidence: vec![escape_line(message)],
        hint,
    };
    // A queue may take hours: only the deadlines decide.
    let state_text = format!("waits for the scheduling gate {names}");
    Some(Symptom { finding, state_text, proof: Proof::Never, needs_log: None, lack: Lack::Own })
}

/// A webhook gives a pod a gate that no template has.
fn by_hand(pod: &PodView, gates: &[&str]) -> Remedy {
    let template = pod.snapshot.workload.pod_spec().and_then(|spec| spec.scheduling_gates.as_deref());
    let written = template.unwrap_or_default().iter().find(|gate| gates.contains(&gate.name.as_str()));
    match written {
        Some(gate) => Remedy::given(
            gate,
            "whoever set a gate takes it off; if nothing does, remove it from schedulingGates in the pod template",
        ),
        None => {
            Remedy::look("whoever set a gate takes it off; it is not of the pod template: a webhook gave it to the pod")
        }
    }
}
