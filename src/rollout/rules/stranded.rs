//! One replica of several can never be placed: the others run, and none of them will make room for it.

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::core::v1::{Pod, PodSpec};

use super::refused::STILL;
use super::rule::{Check, Rule};
use super::unschedulable;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::explain::{InTheWay, own_in_the_way};
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
    let since = view.still_since?;
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
