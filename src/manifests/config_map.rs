//! The files of `config`. The name carries the hash of the content, so that a changed file makes a new revision and
//! a rollback takes its config along; immutable, so that the kubelet need not watch it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sha2::{Digest, Sha256};

use super::context::Context;
use super::digest::hex;
use super::model::Manifest;
use super::program::Program;
use crate::spec::config_file_name;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    of(&Program::of_service(context), |name| context.metadata_named(name))
}

/// The files of one program; none where it has none.
pub(super) fn of(program: &Program, metadata: impl FnOnce(String) -> ObjectMeta) -> Option<Manifest> {
    let files = files(program).into_iter().map(|(name, content)| (name.to_owned(), content.to_owned()));
    Some(Manifest::of(&ConfigMap {
        metadata: metadata(name(program)?),
        data: Some(files.collect()),
        immutable: Some(true),
        ..ConfigMap::default()
    }))
}

/// `payments-api-1a2b3c4d`: eight hex digits of the hash of names and contents.
pub(super) fn name(program: &Program) -> Option<String> {
    let files = files(program);
    if files.is_empty() {
        return None;
    }
    let mut hasher = Sha256::new();
    for (name, content) in files {
        // Lengths keep two files from being taken for one.
        hasher.update(format!("{} {} ", name.len(), content.len()));
        hasher.update(name);
        hasher.update(content);
    }
    Some(format!("{}-{}", program.identity, &hex(&hasher.finalize())[..8]))
}

fn files<'a>(program: &Program<'a>) -> BTreeMap<&'a str, &'a str> {
    let inputs = program.context.inputs;
    let named = |path: &'a String| Some((config_file_name(path), inputs.files.get(path)?.as_str()));
    program.config.iter().filter_map(named).collect()
}
