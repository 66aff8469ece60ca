//! Documents -> manifests: how each is addressed, and in which namespace it is.

use std::collections::HashMap;

use serde_json::Value;

use super::document::Document;
use super::kinds::{Kinds, Scope};
use super::origin::Origins;
use super::problem::{Place, Problem};
use crate::manifests::Manifest;
use crate::reason::Reason;
use crate::text::foreign_line;

/// Where objects go that name no namespace.
#[derive(Debug, Clone, Copy)]
pub struct Namespaces<'a> {
    pub default: &'a str,
    /// The user asked for this one (`-n`), so an object that names another is a mistake, as for kubectl.
    pub asked: bool,
}

/// A kind that nobody knows (yet).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub place: Place,
    pub api_version: String,
    pub kind: String,
}

/// The documents whose kind is unknown; none when all can be addressed.
#[must_use]
pub fn unknown(documents: &[Document], kinds: &Kinds) -> Vec<Unknown> {
    let is_unknown = |document: &&Document| kinds.find(&document.api_version, &document.kind).is_none();
    let unknown = |document: &Document| Unknown {
        place: document.place.clone(),
        api_version: document.api_version.clone(),
        kind: document.kind.clone(),
    };
    documents.iter().filter(is_unknown).map(unknown).collect()
}

/// Manifests, and where they were written.
#[derive(Debug, Clone, Default)]
pub struct Objects {
    pub manifests: Vec<Manifest>,
    pub origins: Origins,
}

/// The documents as manifests; those of unknown kind are left out, see [`unknown`].
///
/// # Errors
/// Objects in another namespace than the one asked for; what is there twice.
pub fn manifests(documents: Vec<Document>, kinds: &Kinds, namespaces: Namespaces) -> Result<Objects, Vec<Problem>> {
    let mut seen: HashMap<(String, String, Option<String>, String), Place> = HashMap::new();
    let mut objects = Objects::default();
    let mut problems = Vec::new();
    for document in documents {
        let Some(kind) = kinds.find(&document.api_version, &document.kind) else { continue };
        let namespace = match kind.scope {
            Scope::Cluster => None,
            Scope::Namespaced => match namespace(&document, namespaces) {
                Ok(namespace) => Some(namespace),
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            },
        };
        let group = document.api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        let key = (group, document.kind.clone(), namespace.clone(), document.name.clone());
        let Document { place, origin, api_version, kind: name_of_kind, name, mut body } = document;
        if let Some(first) = seen.get(&key) {
            problems.push(Problem {
                place,
                what: format!(
                    "{} {} is there twice; first at {first}",
                    foreign_line(&name_of_kind, 80),
                    foreign_line(&name, 80)
                ),
                hint: Some("keep one of them: whichever came last would win".to_owned()),
                reason: Reason::DuplicateObject,
            });
            continue;
        }
        seen.insert(key, place);
        tidy(&mut body, namespace.as_deref());
        let manifest = Manifest { api_version, kind: name_of_kind, resource: kind.resource, name, namespace, body };
        objects.origins.note(&manifest, origin);
        objects.manifests.push(manifest);
    }
    if problems.is_empty() { Ok(objects) } else { Err(problems) }
}

fn namespace(document: &Document, namespaces: Namespaces) -> Result<String, Problem> {
    let problem = |what, hint, reason| Problem { place: document.place.clone(), what, hint: Some(hint), reason };
    let what = || format!("{} {}", foreign_line(&document.kind, 80), foreign_line(&document.name, 80));
    let own = document.body["metadata"]["namespace"].as_str().filter(|own| !own.is_empty());
    let Some(own) = own else { return Ok(namespaces.default.to_owned()) };
    let shown = foreign_line(own, 80);
    let is_label = own.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_label {
        let hint = "namespaces are made of a-z, 0-9 and -".to_owned();
        return Err(problem(
            format!("\"{shown}\", the namespace of {}, is not a valid name", what()),
            hint,
            Reason::InvalidName,
        ));
    }
    if namespaces.asked && own != namespaces.default {
        let what = format!("{} is in namespace {shown}, not in {}", what(), namespaces.default);
        let hint = format!("leave out -n, give -n {shown}, or take the namespace out of the manifest");
        return Err(problem(what, hint, Reason::NamespaceMismatch));
    }
    Ok(own.to_owned())
}

/// What the server wrote into an object that was read from a cluster and is applied again, and the namespace it has.
fn tidy(body: &mut Value, namespace: Option<&str>) {
    const SERVER: [&str; 6] =
        ["managedFields", "resourceVersion", "uid", "generation", "selfLink", "creationTimestamp"];
    if let Some(metadata) = body["metadata"].as_object_mut() {
        metadata.retain(|field, _| !SERVER.contains(&field.as_str()));
        match namespace {
            Some(namespace) => metadata.insert("namespace".to_owned(), Value::from(namespace)),
            None => metadata.shift_remove("namespace"),
        };
    }
}
