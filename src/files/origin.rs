//! Where an object was written, so that each of its values can be found there again.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::scalar::{self, Tag};
use crate::located::{self, Content, Limits, Node, Span};
use crate::manifests::Manifest;

/// A set may be one file of tens of MiB, and only what is refused is looked at again.
const LIMITS: Limits = Limits { nodes: 5_000_000, depth: 100 };

/// Where an object was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// In a text of manifests.
    Text {
        file: String,
        text: Arc<str>,
        /// The bytes of its document.
        part: Range<usize>,
        /// The way to it through lists.
        items: Vec<usize>,
    },
    /// In plat.yaml, at these paths: a manifest of `extra`, patches of what is rendered.
    PlatYaml { file: String, text: Arc<str>, environment: Option<String>, paths: Vec<Vec<String>> },
    /// This program printed it.
    Program(String),
}

/// Where the objects of a set were written; what nobody wrote is not among them.
#[derive(Debug, Clone, Default)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    pub fn note(&mut self, manifest: &Manifest, origin: Origin) {
        self.0.insert(key(manifest), origin);
    }

    #[must_use]
    pub fn of(&self, manifest: &Manifest) -> Option<&Origin> {
        self.0.get(&key(manifest))
    }
}

fn key(manifest: &Manifest) -> String {
    format!("{} {}", manifest.api_version, manifest.describe())
}

/// A part of a text as a tree, with the lines before it; none where it is no YAML or JSON.
#[must_use]
pub fn tree(text: &str, part: Range<usize>) -> Option<(Node, usize)> {
    let before = text.get(..part.start)?.matches('\n').count();
    let part = text.get(part)?;
    let (root, _) = if part.trim_start().starts_with('{') {
        located::read(&as_yaml(part), LIMITS).ok()?
    } else {
        located::read(part, LIMITS).ok()?
    };
    Some((root?, before))
}

/// JSON is YAML but for tabs, and for characters that are written as two halves. Each character keeps its place.
fn as_yaml(json: &str) -> String {
    let mut out = json.replace('\t', " ");
    let halves: Vec<usize> =
        out.match_indices("\\u").map(|(at, _)| at).filter(|at| out.get(at + 2..at + 4).is_some_and(is_half)).collect();
    for at in halves {
        out.replace_range(at + 2..at + 4, "00");
    }
    out
}

/// The beginning of U+D800 to U+DFFF.
fn is_half(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'])
}

/// The value of a key, and the key's own place; what a merge (`<<`) brings counts as go-yaml has it: whatever is
/// written last.
#[must_use]
pub fn entry<'n>(node: &'n Node, key: &str) -> Option<(&'n Node, Span)> {
    node.entries().iter().rev().find_map(|entry| match (&entry.value.content, entry.key.as_str()) {
        (_, own) if own == key || scalar::key(own, Tag::Plain).is_ok_and(|own| own == key) => {
            Some((&entry.value, entry.key_span))
        }
        (Content::Map(_), "<<") => self::entry(&entry.value, key),
        (Content::List(merged), "<<") => merged.iter().find_map(|merged| self::entry(merged, key)),
        _ => None,
    })
}

/// The line of each item of the list of objects that these lists lead to; nothing where they cannot be told.
pub(super) fn lines_of_items(text: &str, part: Range<usize>, lists: &[usize]) -> Vec<usize> {
    let Some((root, before)) = tree(text, part) else { return Vec::new() };
    let list = object(&root, lists).and_then(|list| entry(list, "items"));
    list.map(|(items, _)| items.items().iter().map(|item| before + item.span.line).collect()).unwrap_or_default()
}

/// The object that these lists lead to.
#[must_use]
pub fn object<'n>(root: &'n Node, lists: &[usize]) -> Option<&'n Node> {
    lists.iter().try_fold(root, |list, index| entry(list, "items")?.0.items().get(*index))
}
