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
//! hooks    what Helm would run at a moment of its own
//! ```

mod document;
mod hooks;
mod json;
mod kinds;
mod object;
mod scalar;
mod split;
#[cfg(test)]
mod tests;
mod yaml;

pub use document::{Document, read};
pub use hooks::{Hooks, without_hooks};
pub use kinds::{Kind, Kinds, Scope, built_in};
pub use object::{Namespaces, Unknown, manifests, unknown};

/// Where something was written: the file as it was named, the document in it and the line, both from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub document: usize,
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} (document {})", self.file, self.line, self.document)
    }
}

/// Why a document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    /// Foreign words in it are already safe to print.
    pub what: String,
    pub hint: Option<String>,
    /// For programs: `NotYaml`, `DuplicateKey`, `NoName`, …
    pub reason: &'static str,
}
