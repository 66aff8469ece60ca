//! Manifests as people and programs write them -> objects, as kubectl would read them. Pure.
//!
//! ```text
//! split    one text -> its documents
//! yaml     a document of YAML 1.1 -> JSON
//! scalar   what an unquoted word is: number, true, nothing, text
//! json     a stream of JSON values
//! document what a document says about itself: kind, name; lists are unpacked
//! kinds    which kinds are built in, and what discovery says about the others
//! object   a document -> a Manifest with its namespace
//! origin   where an object was written, to find its values there again
//! problem  why a document cannot be used, and where it was written
//! hooks    what Helm would run at a moment of its own
//! ```

mod document;
mod hooks;
mod json;
mod kinds;
mod object;
mod origin;
mod problem;
mod scalar;
mod split;
#[cfg(test)]
mod tests;
mod yaml;

/// What kubectl reads of a folder.
pub const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];
/// What kustomize looks for (`sigs.k8s.io/kustomize/api`, `konfig`).
pub const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

pub use document::{Document, read};
pub use hooks::{HOOK, Hooks, without_hooks};
pub use kinds::{Kind, Kinds, Scope, built_in};
pub use object::{Namespaces, Objects, Unknown, manifests, unknown};
pub use origin::{Origin, Origins, entry, object, tree};
pub use problem::{Place, Problem};
