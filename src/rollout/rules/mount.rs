//! A volume cannot be mounted. The container's status says nothing: only `FailedMount` events do.

use super::config::missing;
use super::{Doom, Symptom};
use crate::rollout::events::message;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::{ContainerView, PodView};

pub(super) fn failed_mount(pod: &PodView, graces: &Graces) -> Option<Symptom> {
    let waits = pod
        .containers
        .iter()
        .any(|container| matches!(container.waiting_reason(), "ContainerCreating" | "PodInitializing"));
    if !waits || pod.containers.iter().any(ContainerView::is_running) {
        return None;
    }
    let text = message(pod.event("FailedMount").or_else(|| pod.event("FailedAttachVolume"))?);
    let namespace = pod.namespace();
    let (what, hint, doom) = match missing(text) {
        Some(missing) => {
            let answers = pod.containers.first().map(|container| &*container.snapshot.answers).unwrap_or_default();
            let (what, hint) = missing.explain(namespace, answers);
            (what, hint, missing.doom(graces))
        }
        None if text.contains("references non-existent") => (
            "a volume refers to a key that its Secret or ConfigMap does not have".to_owned(),
            "add the key, or correct `items` of the volume".to_owned(),
            Doom::After(graces.config),
        ),
        // Storage may take minutes, and the kubelet's caches a moment.
        None => (
            "a volume is not mounted yet".to_owned(),
            format!("see all events: kubectl -n {} describe pod {}", word(namespace), word(pod.name())),
            Doom::Open,
        ),
    };
    let state_text = what.clone();
    let object = format!("Pod {}", word(pod.name()));
    let finding = Finding { reason: "FailedMount".to_owned(), what, object, evidence: vec![line(text)], hint };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}
