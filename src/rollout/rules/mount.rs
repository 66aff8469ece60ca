//! A volume cannot be mounted. The container's status says nothing: only `FailedMount` events do.

use std::sync::LazyLock;

use regex::Regex;

use super::config::{Missing, missing};
use super::{Doom, Symptom};
use crate::rollout::events::message;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::{ContainerView, PodView};

static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"for volume "([^"]+)" : references non-existent (?:secret|config) key: (\S+)"#)
        .expect("a literal pattern")
});

/// The message names the volume and the key; the pod says which Secret or ConfigMap the volume is.
fn missing_key(pod: &PodView, text: &str) -> Option<Missing> {
    let found = KEY.captures(text)?;
    let volumes = pod.pod.spec.as_ref()?.volumes.as_deref()?;
    let volume = volumes.iter().find(|volume| volume.name == found[1])?;
    let key = found[2].to_owned();
    let secret = volume.secret.as_ref().and_then(|secret| secret.secret_name.clone());
    let map = volume.config_map.as_ref().map(|map| map.name.clone());
    secret
        .map(|name| Missing::key_of_secret(name, key.clone()))
        .or_else(|| map.map(|name| Missing::key_of_map(name, key)))
}

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
    let missing = missing(text).or_else(|| missing_key(pod, text));
    let (what, hint, doom) = match &missing {
        Some(missing) => {
            let answers = pod.containers.first().map(|container| &*container.snapshot.answers).unwrap_or_default();
            let (what, hint) = missing.explain(namespace, answers);
            (what, hint, missing.doom(graces))
        }
        // Storage may take minutes, and the kubelet's caches a moment.
        None => (
            "a volume is not mounted yet".to_owned(),
            format!("see all events: kubectl -n {} describe pod {}", word(namespace), word(pod.name())),
            Doom::Open,
        ),
    };
    let state_text = missing.map_or_else(|| what.clone(), |missing| missing.brief());
    let object = format!("Pod {}", word(pod.name()));
    let finding = Finding { reason: "FailedMount".to_owned(), what, object, evidence: vec![line(text)], hint };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}
