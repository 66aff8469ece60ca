//! A `StatefulSet`'s pod of an older revision that is not ready: the update waits for it.

use jiff::SignedDuration;

use super::{crash, flapping, node};
use crate::rollout::diagnosis::{Class, Proof, Recognised, Symptom};
use crate::rollout::explain::lived;
use crate::rollout::model::{Cause, Remedy, Workload};
use crate::rollout::text::escape;
use crate::rollout::view::{ContainerView, PodView, RolloutView};

/// Where nothing probes it, a pod is ready from each start to the crash, and the controller replaces it when it sees
/// that. One that ended so often under plat's eyes, and is still there, was not seen.
const CHANCES: i32 = 2;

/// What is wrong with the pod, said as what it means for the update: the pod's own errors name the *old* image.
pub(in crate::rollout) fn blocks(view: &RolloutView, pod: &PodView, recognised: Recognised) -> Recognised {
    let Recognised { class, subject, symptom } = recognised;
    let failing = pod.containers.iter().find(|one| one.name() == subject.container_name());
    let caught = failing.filter(|failing| is_ready_in_between(view, pod, class, failing));
    let name = escape(pod.name());
    let delete = format!("kubectl -n {} delete pod {name}", escape(pod.namespace()));
    let finding = Cause {
        what: format!("the update waits for {name} of the previous revision: {}", symptom.finding.what),
        hint: match caught {
            // Its deletion would wait for the node too.
            _ if class == node::RULE.class => symptom.finding.hint,
            Some(_) => Remedy::given(
                pod.pod,
                format!(
                    "the StatefulSet replaces it only if it sees it ready between two failures; to recreate it now: \
                     {delete}"
                ),
            ),
            None => Remedy::given(
                pod.pod,
                format!("the StatefulSet replaces no pod before this one is ready; recreate it: {delete}"),
            ),
        },
        ..symptom.finding
    };
    let proof = match caught {
        Some(failing) if failing.timeline.exits_watched() < CHANCES => Proof::Never,
        _ => symptom.proof,
    };
    let state_text = format!("of the previous revision: {}", symptom.state_text);
    Recognised { class, subject, symptom: Symptom { finding, state_text, proof, ..symptom } }
}

/// Whether the pod is ready at times although this container fails: long enough for the controller, which takes the
/// first moment at which all pods are (`updateStatefulSet`, `pkg/controller/statefulset/stateful_set_control.go`).
fn is_ready_in_between(view: &RolloutView, pod: &PodView, class: Class, failing: &ContainerView) -> bool {
    if class == flapping::RULE.class {
        return true;
    }
    if class != crash::RULE.class || (failing.init && !failing.is_sidecar()) {
        return false;
    }
    let Some(exit) = failing.last_exit() else { return false };
    let needed = match view.workload {
        Workload::StatefulSet(set) => set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0),
        _ => 0,
    };
    if needed > 0 && lived(exit).is_some_and(|lived| lived < SignedDuration::from_secs(needed.into())) {
        return false;
    }
    // The kubelet dates the condition: one that turned at the end of the last instance was true until then.
    let turned = pod.turned("Ready");
    let was_ready = exit.finished_at.as_ref().zip(turned).is_some_and(|(end, turned)| turned >= end.0);
    let stays = pod.containers.iter().filter(|one| !one.init || one.is_sidecar());
    was_ready || stays.into_iter().all(|one| one.is_ready() || !one.is_probed())
}
