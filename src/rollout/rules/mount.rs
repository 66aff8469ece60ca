//! A volume cannot be mounted. The container's status says nothing: only `FailedMount` events do.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::KeyToPath;
use regex::Regex;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{MissingConfig, missing_config};
use crate::rollout::model::{Cause, Graces, Lack, Remedy};
use crate::rollout::text::{escape, escape_line, message};
use crate::rollout::view::PodView;
use crate::text::ascii_regex;

pub(super) const RULE: Rule =
    Rule { name: "mount", class: Class::cause("Mount"), pages: &["configuration.md"], check: Check::Pod(check) };

static KEY: LazyLock<Regex> = LazyLock::new(|| {
    // Since Kubernetes 1.36 the kind comes first: `configmap references non-existent config key: mode`.
    ascii_regex(r#"for volume "([^"]+)" : .*?references non-existent (secret|config) key: ([^\s,\]]+)"#)
});

/// The message names the volume and the key; the pod says which Secret or ConfigMap the volume is.
fn missing_key<'m>(pod: &PodView, text: &'m str) -> Option<MissingConfig<'m>> {
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
    Some(if is_secret {
        MissingConfig::key_of_secret(found, name, key)
    } else {
        MissingConfig::key_of_map(found, name, key)
    })
}

fn check(pod: &PodView, graces: &Graces) -> Option<Symptom> {
    let waits = pod
        .containers
        .iter()
        .any(|container| matches!(container.waiting_reason(), "ContainerCreating" | "PodInitializing"));
    if !waits || pod.containers.iter().any(|container| container.is_running()) {
        return None;
    }
    let text = message(pod.event("FailedMount").or_else(|| pod.event("FailedAttachVolume"))?);
    let namespace = pod.namespace();
    let missing = missing_config(text).or_else(|| missing_key(pod, text));
    let (what, hint, proof) = match &missing {
        Some(missing) => {
            let snapshot = pod.containers.first()?.snapshot;
            let (what, hint) = missing.explain(namespace, &snapshot.lookups, None);
            (what, hint, missing.proof(graces, snapshot))
        }
        // Storage may take minutes, and the kubelet's caches a moment.
        None => (
            "a volume is not mounted yet".to_owned(),
            Remedy::look(format!(
                "see all events: kubectl -n {} describe pod {}",
                escape(namespace),
                escape(pod.name())
            )),
            Proof::Never,
        ),
    };
    let state_text = missing.map_or_else(|| what.clone(), |missing| missing.brief());
    let object = format!("Pod {}", escape(pod.name()));
    let finding = Cause { reason: Reason::FailedMount, what, object, evidence: vec![escape_line(text)], hint };
    Some(Symptom { finding, state_text, proof, needs_log: None, lack: Lack::Own })
}
