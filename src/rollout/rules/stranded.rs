//! One replica of several can never be placed: the others run, and none of them will make room for it.

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::core::v1::{Pod, PodSpec};

use super::refused::STILL;
use super::rule::{Check, Rule};
use super::unschedulable;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::explain::{InTheWay, own_in_the_way, without_preemption};
use crate::rollout::model::{Cause, Graces, Lookup, LookupResult, Remedy};
use crate::rollout::view::{PodView, RolloutView, is_ready, uid};

pub(super) const RULE: Rule = Rule {
    name: "stranded",
    class: unschedulable::RULE.class,
    pages: &["scheduling.md"],
    check: Check::Rollout(check),
};

/// The reason is none of the pod's own, so the pods that run prove nothing for it. Where no pod is placed, each pod's own
/// symptom decides.
fn check(view: &RolloutView, graces: &Graces) -> Option<Symptom> {
    let Some(since) = view.still_since else { return held(view, graces) };
    let siblings: Vec<&Pod> = view.snapshot.pods.iter().filter(|pod| is_ready(pod)).collect();
    let specs: Vec<&PodSpec> = siblings.iter().filter_map(|pod| pod.spec.as_ref()).collect();
    let has_old = siblings.iter().any(|pod| view.pods.iter().all(|new| new.uid() != uid(&pod.metadata)));
    let mut waiting = view.pods.iter().filter(|pod| !pod.is_ready());
    let symptom = waiting.find_map(|pod| {
        let symptom = unschedulable::symptom(pod, graces)?;
        let own = in_its_own_way(pod, &specs);
        (symptom.may_be_proven() || own.is_some()).then_some((symptom, own))
    });
    let (symptom, own) = symptom?;
    let finding = match (own, view.keeps_all()) {
        (Some(own), Some(spec)) if has_old => Cause { hint: let_go_first(spec, own), ..symptom.finding },
        _ => symptom.finding,
    };
    Some(Symptom { finding, proof: Proof::by(since + graces.unschedulable, STILL), ..symptom })
}

const HELD: &str = "every node that it may use has another replica, which stays";

/// Nodes for fewer than are asked for: those that have one keep it, whether they are ready or wait for the others.
fn held(view: &RolloutView, graces: &Graces) -> Option<Symptom> {
    let is_placed = |pod: &&PodView| pod.pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
    let goes = view.snapshot.pods.iter().any(|pod| pod.metadata.deletion_timestamp.is_some());
    // Pods of another revision may make room.
    if goes || view.snapshot.pods.len() != view.pods.len() {
        return None;
    }
    let placed: Vec<&PodSpec> = view.pods.iter().filter(is_placed).filter_map(|pod| pod.pod.spec.as_ref()).collect();
    view.pods.iter().find_map(|pod| {
        let ("False", "Unschedulable", message) = pod.condition("PodScheduled")? else { return None };
        let since = pod.turned("PodScheduled")?;
        let own = in_its_own_way(pod, &placed).filter(|own| matches!(own, InTheWay::Repelled(_)));
        own.filter(|_| !placed.is_empty() && only_repelled(message))?;
        let symptom = unschedulable::symptom(pod, graces)?;
        Some(Symptom { proof: Proof::by(since + graces.unschedulable, HELD), ..symptom })
    })
}

/// Whether no node is out for a reason that passes (`NodeAffinity`, `TaintToleration`, `InterPodAffinity` of the scheduler).
fn only_repelled(message: &str) -> bool {
    const LASTING: [&str; 4] =
        ["anti-affinity rules", "node affinity/selector", "untolerated taint(s)", "untolerated taint {"];
    let Some((_, reasons)) = without_preemption(message).split_once("nodes are available: ") else { return false };
    reasons
        .split(", ")
        .all(|reason| LASTING.iter().any(|lasting| reason.contains(lasting)) && !reason.contains("node.kubernetes.io/"))
}

/// A Deployment that may not do with fewer pods keeps the old one until the new one is ready.
fn let_go_first(spec: &DeploymentSpec, own: InTheWay) -> Remedy {
    let first = "its own old replica has the place, and goes only when the new one is ready: let it go first \
                 (maxUnavailable: 1, or strategy Recreate)";
    match own {
        InTheWay::Repelled(term) => Remedy::given(term, format!("{first}, or prefer instead of require")),
        InTheWay::Filled => Remedy::given(spec, first),
    }
}

/// Whether it is the other replicas that take its room: they stay.
fn in_its_own_way<'a>(pod: &PodView<'a>, siblings: &[&PodSpec]) -> Option<InTheWay<'a>> {
    let nodes = match pod.result_of(&Lookup::Nodes) {
        Some(LookupResult::Nodes(nodes)) => nodes.as_slice(),
        _ => &[],
    };
    let message = pod.condition("PodScheduled").map_or("", |(_, _, message)| message);
    if unschedulable::scales_up(pod) { None } else { own_in_the_way(message, pod.pod, siblings, nodes) }
}
