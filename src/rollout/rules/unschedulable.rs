//! No node takes the pod.

use k8s_openapi::api::core::v1::Pod;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{
    Explanation, explain_unschedulable, never_fits, volume_claim, why_not, without_preemption,
};
use crate::rollout::model::{Cause, Graces, Lack, Lookup, LookupResult, NodeCapacity};
use crate::rollout::text::{escape, escape_line};
use crate::rollout::view::PodView;

pub(super) const RULE: Rule = Rule {
    name: "unschedulable",
    class: Class::cause("Unschedulable"),
    pages: &["scheduling.md", "storage.md"],
    check: Check::Pod(symptom),
};

/// Why a pod waits for a node; none where it does not.
pub(super) fn symptom(pod: &PodView, graces: &Graces) -> Option<Symptom> {
    let ("False", "Unschedulable", message) = pod.condition("PodScheduled")? else { return None };
    if let Some(symptom) = volume_claim(pod, message, graces) {
        return Some(symptom);
    }
    let scales_up = scales_up(pod);
    let nodes = match pod.result_of(&Lookup::Nodes) {
        Some(LookupResult::Nodes(nodes)) => nodes.as_slice(),
        _ => &[],
    };
    let may_pass = scales_up || !never_fits(message) || port_is_freed(pod, nodes);
    let proof = if may_pass { Proof::Never } else { Proof::Lasting(graces.unschedulable) };
    let spec = pod.pod.spec.as_ref()?;
    let own = |holder: &str| {
        let name = |other: &Pod| format!("{}/{}", pod.namespace(), other.metadata.name.as_deref().unwrap_or_default());
        pod.snapshot.pods.iter().any(|other| name(other) == holder)
    };
    let Explanation { what, hint } = explain_unschedulable(message, spec, nodes, &own);
    let state_text =
        if scales_up { "waits for a new node".to_owned() } else { "waits for a node that takes it".to_owned() };
    let mut evidence = vec![escape_line(without_preemption(message))];
    evidence.extend(why_not(spec, nodes));
    let object = format!("Pod {}", escape(pod.name()));
    let finding = Cause { reason: Reason::Unschedulable, what, object, evidence, hint };
    Some(Symptom { finding, state_text, proof: proof.informed_by([Lookup::Nodes]), needs_log: None, lack: Lack::Own })
}

/// Whether somebody who has a host port that it wants is being deleted.
fn port_is_freed(pod: &PodView, nodes: &[NodeCapacity]) -> bool {
    let ports = |pod: &Pod| -> Vec<i32> {
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        containers.flat_map(|one| one.ports.iter().flatten()).filter_map(|port| port.host_port).collect()
    };
    let wanted = ports(pod.pod);
    let goes = |other: &&Pod| other.metadata.deletion_timestamp.is_some();
    let of_own =
        pod.snapshot.pods.iter().filter(goes).any(|other| ports(other).iter().any(|port| wanted.contains(port)));
    of_own || nodes.iter().flat_map(|node| &node.ports).any(|taken| taken.goes && wanted.contains(&taken.port))
}

/// cluster-autoscaler's and Karpenter's words: a node is on its way.
pub(super) fn scales_up(pod: &PodView) -> bool {
    pod.event("TriggeredScaleUp").or_else(|| pod.event("Nominated")).is_some()
}
