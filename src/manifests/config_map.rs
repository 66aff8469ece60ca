//! The files of `config`. The name carries the hash of the content, so that a changed file makes a new revision and
//! a rollback takes its config along; immutable, so that the kubelet need not watch it.

use k8s_openapi::api::core::v1::ConfigMap;
use sha2::{Digest, Sha256};

use super::{Context, Manifest, hex};
use crate::spec::config_file_name;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let files = files(context);
    if files.is_empty() {
        return None;
    }
    Some(Manifest::of(&ConfigMap {
        metadata: context.metadata_named(name(context)),
        data: Some(files.into_iter().map(|(name, content)| (name.to_owned(), content.to_owned())).collect()),
        immutable: Some(true),
        ..ConfigMap::default()
    }))
}

/// `payments-api-1a2b3c4d`: eight hex digits of the hash of names and contents.
pub(super) fn name(context: &Context) -> String {
    let mut hasher = Sha256::new();
    for (name, content) in files(context) {
        // Lengths keep two files from being taken for one.
        hasher.update(format!("{} {} ", name.len(), content.len()));
        hasher.update(name);
        hasher.update(content);
    }
    format!("{}-{}", context.spec.name, &hex(&hasher.finalize())[..8])
}

fn files<'a>(context: &'a Context) -> std::collections::BTreeMap<&'a str, &'a str> {
    let named = |path: &'a String| Some((config_file_name(path), context.inputs.files.get(path)?.as_str()));
    context.spec.config.iter().filter_map(named).collect()
}
