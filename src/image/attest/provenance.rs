//! What an image was made from and by whom: an in-toto statement with SLSA's provenance
//! (<https://slsa.dev/spec/v1.0/provenance>). Pure. docs/image.md says what its fields mean.
//!
//! No time and no id of the run is in it: the same build of the same commit has the same statement.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::record::Record;
use crate::image::component::Component;

pub const MEDIA_TYPE: &str = "application/vnd.in-toto+json";
pub const PREDICATE: &str = "https://slsa.dev/provenance/v1";
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const BUILD: &str = "https://plat.dev/build/v1";
const BUILDER: &str = "https://plat.dev/builder/v1";

/// Where the sources come from, as far as git tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkout {
    /// Its address, without what logs in.
    pub repository: Option<String>,
    /// What is checked out; none outside a repository.
    pub commit: Option<String>,
    /// Whether a file differs from it, or is not in it.
    pub is_modified: bool,
    /// The folder of plat.yaml in the repository; empty for its root.
    pub folder: String,
}

/// `name`: the image in its registry, without tag and digest.
#[must_use]
pub fn statement(name: &str, digest: &str, record: &Record, checkout: &Checkout) -> Vec<u8> {
    let bases: BTreeSet<&str> = record.images.iter().filter_map(|image| image.base.as_deref()).collect();
    let resolved: Vec<Value> = commit(checkout).into_iter().chain(bases.into_iter().map(image)).collect();
    json!({
        "_type": STATEMENT,
        "subject": [{ "name": name, "digest": hashed(digest) }],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD,
                "externalParameters": parameters(record, checkout),
                "resolvedDependencies": resolved,
            },
            "runDetails": {
                "builder": { "id": BUILDER, "version": { "plat": env!("CARGO_PKG_VERSION") } },
            },
        },
    })
    .to_string()
    .into_bytes()
}

/// What somebody decided: which sources, and what plat.yaml says of the build.
fn parameters(record: &Record, checkout: &Checkout) -> Value {
    let mut source = Map::new();
    if let Some(repository) = checkout.repository.as_deref().and_then(location) {
        source.insert("repository".to_owned(), json!(repository));
    }
    if let Some(commit) = &checkout.commit {
        source.insert("revision".to_owned(), json!(commit));
        source.insert("modified".to_owned(), json!(checkout.is_modified));
        source.insert("path".to_owned(), json!(if checkout.folder.is_empty() { "." } else { &checkout.folder }));
    }
    let mut build = json!(record.build);
    if let Some(fields) = build.as_object_mut() {
        // What is built for is named for each image; the rest of what is not said has no meaning of its own.
        fields.retain(|name, value| !value.is_null() && !["attest", "platform", "stack"].contains(&name.as_str()));
    }
    let platforms: Vec<String> = record.platforms.iter().map(ToString::to_string).collect();
    json!({ "source": source, "stack": record.stack, "platforms": platforms, "build": build })
}

/// The commit. Where something was modified since, it is only what the sources began from.
fn commit(checkout: &Checkout) -> Option<Value> {
    let commit = checkout.commit.as_ref()?;
    let mut described = json!({ "name": "source", "digest": { "gitCommit": commit } });
    if let Some(location) = checkout.repository.as_deref().and_then(location) {
        described["uri"] = json!(location);
    }
    if checkout.is_modified {
        described["annotations"] = json!({ "modified": true });
    }
    Some(described)
}

fn image(reference: &str) -> Value {
    let (name, digest) = reference.split_once('@').unwrap_or((reference, ""));
    let uri = Component::image(reference).purl;
    json!({ "name": name, "uri": uri, "digest": hashed(digest) })
}

fn hashed(digest: &str) -> Value {
    json!({ "sha256": digest.trim_start_matches("sha256:") })
}

/// As SPDX names a repository: `git+https://…`. None for a folder of somebody's machine.
fn location(repository: &str) -> Option<String> {
    match repository.split_once("://") {
        Some(("file", _)) => None,
        Some(_) => Some(format!("git+{repository}")),
        None => {
            let (host, path) = repository.split_once(':')?;
            // `git@host:path`, not `C:\path`.
            (host.contains(['@', '.']) && !host.contains('/')).then(|| format!("git+ssh://{host}/{path}"))
        }
    }
}
