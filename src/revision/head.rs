//! One recorded deploy.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodSpec;
use serde::Serialize;

use crate::manifests::Manifest;

/// The type of the Secrets: `kubectl get secrets --field-selector type=plat.dev/revision`.
pub const SECRET_TYPE: &str = "plat.dev/revision";
/// Label: the service (or set) that a revision is of.
pub const OF: &str = "plat.dev/revision-of";
/// Label: its number.
pub const REVISION: &str = "plat.dev/revision";

/// How a deploy ended, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It began to write; whether it ended is not known yet.
    InProgress,
    /// It was ready, and nothing else is known of it.
    Deployed,
    /// It was ready and did not stay so, which was seen after its deploy had ended.
    FailedAfterReady,
    /// It did not become ready, and was left as it is.
    Failed,
    /// Its migration failed, so nothing of it was written.
    MigrationFailed,
    /// It did not become ready, and an earlier revision was restored.
    RolledBack,
    /// It was never finished, and a later one took its place. Never kept: it follows from the later one.
    Superseded,
}

impl Outcome {
    /// The word of the annotation and of `plat history`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Deployed => "deployed",
            Self::FailedAfterReady => "failed-after-ready",
            Self::Failed => "failed",
            Self::MigrationFailed => "migration-failed",
            Self::RolledBack => "rolled-back",
            Self::Superseded => "superseded",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        let kept = [
            Self::InProgress,
            Self::Deployed,
            Self::FailedAfterReady,
            Self::Failed,
            Self::MigrationFailed,
            Self::RolledBack,
        ];
        kept.into_iter().find(|it| it.word() == word)
    }
}

/// What is known of a revision without its manifests: labels and annotations of its first Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Counts from 1.
    pub number: u64,
    /// When it was recorded, by the API server's clock; none before it is written.
    pub at: Option<Timestamp>,
    pub outcome: Outcome,
    /// Kubernetes' or plat's word for why it failed.
    pub reason: Option<String>,
    pub who: Option<String>,
    pub commit: Option<String>,
    /// Pinned by digest where a registry could tell it.
    pub image: Option<String>,
    /// `manifests::hash` of the set: the same rendering has the same hash.
    pub rendered: String,
    /// The revision whose manifests these are, when it was a rollback.
    pub restores: Option<u64>,
    /// The recorded run, as `plat evidence` names it.
    pub run: Option<String>,
    /// How many Secrets hold the manifests.
    pub chunks: usize,
    /// `namespace/name` of the `ConfigMap`s that stay as long as this revision: those of a service. Of plain manifests
    /// there may be thousands, and a revision brings them back itself.
    pub config_maps: BTreeSet<String>,
}

/// `plat-shop-rev-7`, and `plat-shop-rev-7-1` for what does not fit into the first.
#[must_use]
pub fn secret_name(service: &str, number: u64, chunk: usize) -> String {
    match chunk {
        0 => format!("plat-{service}-rev-{number}"),
        n => format!("plat-{service}-rev-{number}-{n}"),
    }
}

/// Enough of a commit to know it by, and whether the sources differed from it: `0123abcd-dirty`.
#[must_use]
pub fn short_commit(commit: &str) -> String {
    let (hash, mark) = match commit.strip_suffix("-dirty") {
        Some(hash) => (hash, "-dirty"),
        None => (commit, ""),
    };
    format!("{}{mark}", hash.chars().take(8).collect::<String>())
}

/// `namespace/name` of the `ConfigMap`s among the manifests.
#[must_use]
pub fn config_maps(manifests: &[impl Borrow<Manifest>]) -> BTreeSet<String> {
    let config_maps = manifests.iter().map(Borrow::borrow).filter(|manifest| manifest.kind == "ConfigMap");
    config_maps.map(|map| format!("{}/{}", map.namespace.as_deref().unwrap_or_default(), map.name)).collect()
}

/// Names of the `ConfigMap`s that a pod cannot start without (or reads when they are there).
#[must_use]
pub fn referenced(pod: &PodSpec) -> BTreeSet<String> {
    let volumes = pod.volumes.iter().flatten();
    let mounted = volumes.clone().filter_map(|volume| volume.config_map.as_ref()).map(|map| &map.name);
    let sources = volumes.filter_map(|volume| volume.projected.as_ref()?.sources.as_ref()).flatten();
    let projected = sources.filter_map(|source| source.config_map.as_ref()).map(|map| &map.name);
    let containers = pod.containers.iter().chain(pod.init_containers.iter().flatten());
    let whole = containers.clone().flat_map(|container| container.env_from.iter().flatten());
    let whole = whole.filter_map(|from| from.config_map_ref.as_ref()).map(|map| &map.name);
    let keys = containers.flat_map(|container| container.env.iter().flatten());
    let keys = keys.filter_map(|env| env.value_from.as_ref()?.config_map_key_ref.as_ref()).map(|map| &map.name);
    mounted.chain(projected).chain(whole).chain(keys).filter(|name| !name.is_empty()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_commit_still_says_that_the_sources_differed() {
        let commit = "0123abcd4567ef890123abcd4567ef890123abcd";
        assert_eq!(short_commit(commit), "0123abcd");
        assert_eq!(short_commit(&format!("{commit}-dirty")), "0123abcd-dirty");
        assert_eq!(short_commit("v1"), "v1");
    }

    #[test]
    fn every_way_to_refer_to_a_config_map_counts() {
        let pod: PodSpec = serde_yaml::from_str(
            "volumes:
- {name: a, configMap: {name: mounted}}
- {name: b, projected: {sources: [{configMap: {name: projected}}, {secret: {name: no}}]}}
- {name: c, emptyDir: {}}
initContainers:
- {name: i, envFrom: [{configMapRef: {name: init}}]}
containers:
- name: app
  envFrom: [{configMapRef: {name: whole}}, {secretRef: {name: no}}]
  env:
  - {name: A, valueFrom: {configMapKeyRef: {name: keyed, key: k}}}
  - {name: B, value: plain}",
        )
        .expect("a PodSpec");
        let names = referenced(&pod);
        assert_eq!(Vec::from_iter(names), ["init", "keyed", "mounted", "projected", "whole"]);
    }
}
