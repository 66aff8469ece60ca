//! `patch` of plat.yaml: what a rendered object has to be besides.

use serde_json::{Map, Value};

use super::merge::{DIRECTIVE, merge};
use super::model::Manifest;
use crate::spec::Patches;

/// What of plat.yaml does not fit what is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Keys and indices from the top of plat.yaml.
    pub path: Vec<String>,
    /// The predicate of a sentence about the value there, or a sentence.
    pub what: String,
    pub hint: Option<String>,
    /// The object is not rendered at all.
    pub(super) is_absent: bool,
}

/// By these an object is known; another name would be another object.
const IDENTITY: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];

/// Applies each patch to the objects it is for. `at`: where in plat.yaml the patches are.
pub(super) fn apply(manifests: &mut [&mut Manifest], patches: &Patches, at: &[&str]) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    for (key, patch) in patches {
        let path =
            |rest: Vec<String>| at.iter().map(|key| (*key).to_owned()).chain([key.clone()]).chain(rest).collect();
        for identity in IDENTITY.iter().filter(|identity| find(patch, identity).is_some()) {
            misfits.push(Misfit {
                path: path(identity.iter().map(|key| (*key).to_owned()).collect()),
                what: "would make another object of it".to_owned(),
                hint: Some("remove the line; an object of your own belongs under `extra`".to_owned()),
                is_absent: false,
            });
        }
        let mut found = false;
        let leaves_out = is_removal(patch);
        for manifest in manifests.iter_mut().filter(|manifest| is_for(key, manifest)) {
            found = true;
            if leaves_out {
                if manifest.is_workload() || at.len() > 1 {
                    misfits.push(Misfit {
                        path: path(vec![DIRECTIVE.to_owned()]),
                        what: "cannot leave this object out".to_owned(),
                        hint: Some("nothing would run without it; remove the line".to_owned()),
                        is_absent: false,
                    });
                }
                continue;
            }
            let by_key = !manifest.api_version.contains("gateway.networking.k8s.io");
            for clash in merge(&mut manifest.body, patch, by_key) {
                misfits.push(Misfit { path: path(clash.path), what: clash.what, hint: None, is_absent: false });
            }
        }
        if !found {
            let mut names: Vec<&str> = manifests.iter().map(|manifest| manifest.kind.as_str()).collect();
            names.dedup();
            misfits.push(Misfit {
                path: path(Vec::new()),
                what: "is not among the rendered objects".to_owned(),
                hint: Some(format!("they are: {}", names.join(", "))),
                is_absent: true,
            });
        }
    }
    misfits
}

/// `{$patch: delete}`, as kustomize has it.
fn is_removal(patch: &Map<String, Value>) -> bool {
    patch.len() == 1 && patch.get(DIRECTIVE).is_some_and(|directive| directive == "delete")
}

/// Whether plat.yaml wants this object not to be there.
pub(super) fn leaves_out(patches: &Patches, manifest: &Manifest) -> bool {
    !manifest.is_workload() && patches.iter().any(|(key, patch)| is_for(key, manifest) && is_removal(patch))
}

/// Where in plat.yaml the patches of this object are.
#[must_use]
pub fn patches_of(patches: &Patches, manifest: &Manifest) -> Vec<Vec<String>> {
    patches.keys().filter(|key| is_for(key, manifest)).map(|key| vec!["patch".to_owned(), key.clone()]).collect()
}

/// `Deployment`, or `PersistentVolumeClaim/payments-api-data`.
fn is_for(key: &str, manifest: &Manifest) -> bool {
    match key.split_once('/') {
        Some((kind, name)) => manifest.kind == kind && manifest.name == name,
        None => manifest.kind == key,
    }
}

fn find<'v>(patch: &'v Map<String, Value>, keys: &[&str]) -> Option<&'v Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(patch.get(*first)?, |value, key| value.get(*key))
}
