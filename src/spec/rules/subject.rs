//! What a rule looks at.

use serde_json::Value;

use crate::located::Span;
use crate::located::{Entry, Node};

/// A service as one environment sees it: the tree for positions and presence, the values that were understood.
pub(in crate::spec) struct Subject<'a> {
    pub node: &'a Node,
    pub value: &'a Value,
}

impl<'a> Subject<'a> {
    pub(super) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.node.entry(key)
    }

    /// A field of a field, such as `before.env`.
    pub(super) fn entry_in(&self, map: &str, key: &str) -> Option<&'a Entry> {
        self.entry(map)?.value.entry(key)
    }

    /// None when the kind itself could not be understood.
    pub(super) fn kind(&self) -> Option<&'a str> {
        match self.entry("kind") {
            None => Some("service"),
            Some(_) => self.value["kind"].as_str(),
        }
    }
}

/// The texts of a list, each with its place.
pub(super) fn texts(list: &Node) -> impl Iterator<Item = (&str, Span)> {
    list.items().iter().filter_map(|item| item.text().map(|text| (text, item.span)))
}
