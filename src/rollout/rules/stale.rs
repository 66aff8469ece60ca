//! A `StatefulSet`'s pod of an older revision that never becomes ready: the update waits for it for ever.

use super::Symptom;
use crate::rollout::evidence::word;
use crate::rollout::model::Finding;
use crate::rollout::view::PodView;

/// What is wrong with the pod, said as what it means for the update: the pod's own errors name the *old* image.
pub(in crate::rollout) fn blocks(pod: &PodView, symptom: Symptom) -> Symptom {
    let name = word(pod.name());
    let finding = Finding {
        what: format!("the update waits for {name} of the revision before: {}", symptom.finding.what),
        hint: format!(
            "the StatefulSet never replaces it by itself; let it be made anew: kubectl -n {} delete pod {name}",
            word(pod.namespace())
        ),
        ..symptom.finding
    };
    Symptom { finding, state_text: format!("of the revision before: {}", symptom.state_text), ..symptom }
}
