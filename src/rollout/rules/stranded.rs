//! One replica of several can never be placed: the others run, and none of them will make room for it.

use k8s_openapi::api::core::v1::{Pod, PodSpec};

use super::refused::STILL;
use super::rule::{Check, Rule};
use super::unschedulable;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::explain::own_in_the_way;
use crate::rollout::model::{Cause, Graces, Lookup, LookupResult};
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
        let is_own = is_in_its_own_way(pod, &specs);
        (symptom.may_be_proven() || is_own).then_some((symptom, is_own && has_old))
    });
    let (symptom, is_held_up) = symptom?;
    let finding = if is_held_up {
        Cause {
            hint: "its own old replica has the place, and goes only when the new one is ready: let it go first \
                   (maxUnavailable: 1, or strategy Recreate), or prefer instead of require"
                .to_owned(),
            ..symptom.finding
        }
    } else {
        symptom.finding
    };
    Some(Symptom { finding, proof: Proof::by(since + graces.unschedulable, STILL), ..symptom })
}

/// Whether it is the other replicas that take its room: they stay.
fn is_in_its_own_way(pod: &PodView, siblings: &[&PodSpec]) -> bool {
    let nodes = match pod.result_of(&Lookup::Nodes) {
        Some(LookupResult::Nodes(nodes)) => nodes.as_slice(),
        _ => &[],
    };
    let message = pod.condition("PodScheduled").map_or("", |(_, _, message)| message);
    !unschedulable::scales_up(pod) && own_in_the_way(message, pod.pod, siblings, nodes)
}
