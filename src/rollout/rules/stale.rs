//! A `StatefulSet`'s pod of an older revision that is not ready: the update waits for it.

use jiff::SignedDuration;

use super::cause::lived;
use super::{Class, Doom, Symptom};
use crate::rollout::evidence::word;
use crate::rollout::model::Finding;
use crate::rollout::object::Object;
use crate::rollout::view::{ContainerView, PodView, View};

/// Where nothing probes it, a pod is ready from each start to the crash, and the controller replaces it when it sees
/// that. One that ended so often under plat's eyes, and is still there, was not seen.
const CHANCES: i32 = 2;

/// What is wrong with the pod, said as what it means for the update: the pod's own errors name the *old* image.
pub(in crate::rollout) fn blocks(
    view: &View,
    pod: &PodView,
    class: Class,
    container: &str,
    symptom: Symptom,
) -> Symptom {
    let failing = pod.containers.iter().find(|one| one.name() == container);
    let caught = failing.filter(|failing| is_ready_in_between(view, pod, class, failing));
    let name = word(pod.name());
    let delete = format!("kubectl -n {} delete pod {name}", word(pod.namespace()));
    let finding = Finding {
        what: format!("the update waits for {name} of the revision before: {}", symptom.finding.what),
        hint: match caught {
            Some(_) => format!(
                "the StatefulSet replaces it only if it sees it ready between two failures; to have it made anew now: \
                 {delete}"
            ),
            None => format!("the StatefulSet replaces no pod before this one is ready; let it be made anew: {delete}"),
        },
        ..symptom.finding
    };
    let doom = match caught {
        Some(failing) if failing.seen.exits_watched() < CHANCES => Doom::Open,
        _ => symptom.doom,
    };
    Symptom { finding, state_text: format!("of the revision before: {}", symptom.state_text), doom, ..symptom }
}

/// Whether the pod is ready at times although this container fails: long enough for the controller, which takes the
/// first moment at which all pods are (`updateStatefulSet`, `pkg/controller/statefulset/stateful_set_control.go`).
fn is_ready_in_between(view: &View, pod: &PodView, class: Class, failing: &ContainerView) -> bool {
    match class {
        Class::Flapping => return true,
        Class::Crash if !failing.init || failing.is_sidecar() => {}
        _ => return false,
    }
    let Some(exit) = failing.last_exit() else { return false };
    let needed = match view.workload {
        Object::StatefulSet(set) => set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0),
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
