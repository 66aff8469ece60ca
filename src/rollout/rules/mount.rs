//! A volume cannot be mounted. The container's status says nothing: only `FailedMount` events do.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::KeyToPath;
use regex::Regex;

use super::config::{Missing, missing};
use super::{Doom, Symptom};
use crate::rollout::events::message;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::{ContainerView, PodView};

static KEY: LazyLock<Regex> = LazyLock::new(|| {
    // Since Kubernetes 1.36 the kind comes first: `configmap references non-existent config key: mode`.
    Regex::new(r#"for volume "([^"]+)" : .*?references non-existent (secret|config) key: ([^\s,\]]+)"#)
        .expect("a literal pattern")
});

/// The message names the volume and the key; the pod says which Secret or ConfigMap the volume is.
fn missing_key(pod: &PodView, text: &str) -> Option<Missing> {
    let found = KEY.captures(text)?;
    let volumes = pod.pod.spec.as_ref()?.volumes.as_deref()?;
    let volume = volumes.iter().find(|volume| volume.name == found[1])?;
    let (is_secret, key) = (&found[2] == "secret", found[3].to_owned());
    let secret = volume.secret.as_ref().and_then(|secret| secret.secret_name.clone());
    let map = volume.config_map.as_ref().map(|map| map.name.clone());
    // A projected volume has several sources: the one that is to bring this key.
    let projected = || {
        let sources = volume.projected.as_ref()?.sources.as_deref()?;
        let brings = |items: Option<&Vec<KeyToPath>>| items.is_some_and(|items| items.iter().any(|i| i.key == key));
        sources.iter().find_map(|source| match (is_secret, &source.secret, &source.config_map) {
            (true, Some(secret), _) if brings(secret.items.as_ref()) => Some(secret.name.clone()),
            (false, _, Some(map)) if brings(map.items.as_ref()) => Some(map.name.clone()),
            _ => None,
        })
    };
    let name = if is_secret { secret } else { map }.or_else(projected)?;
    Some(if is_secret { Missing::key_of_secret(name, key) } else { Missing::key_of_map(name, key) })
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
