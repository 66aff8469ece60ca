//! What must hold between fields: one rule a function, listed in [`RULES`].

mod before;
mod kind;
mod network;
mod objects;
mod program;
mod schedule;
mod storage;

use serde_json::Value;

use super::problem::{Finding, Span};
use super::tree::{Content, Entry, Node};

pub use program::file_name;

/// A service as one environment sees it: the tree for positions and presence, the values that were understood.
pub(super) struct Subject<'a> {
    pub node: &'a Node,
    pub value: &'a Value,
}

type Rule = fn(&Subject) -> Vec<Finding>;

const RULES: &[Rule] = &[
    kind::port_fits_the_kind,
    kind::only_for_its_kind,
    kind::health_needs_a_port,
    kind::range_is_ascending,
    kind::restart_on_needs_secrets,
    program::one_image,
    program::secrets_are_not_in_env,
    program::config_names_differ,
    program::memory_is_enough_to_start,
    network::host_comes_first,
    network::one_way_in,
    schedule::a_cron_has_one,
    schedule::fields_are_in_range,
    storage::a_claim_has_a_size,
    storage::folders_differ,
    storage::one_node_means_one_copy,
    before::does_something_else,
    before::sources_differ,
    objects::extras_are_manifests,
];

pub(super) fn check(subject: &Subject) -> Vec<Finding> {
    if !matches!(subject.node.content, Content::Map(_)) {
        return Vec::new();
    }
    RULES.iter().flat_map(|rule| rule(subject)).collect()
}

impl<'a> Subject<'a> {
    fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.node.entry(key)
    }

    /// A field of a field, such as `before.env`.
    fn entry_in(&self, map: &str, key: &str) -> Option<&'a Entry> {
        self.entry(map)?.value.entry(key)
    }

    /// None when the kind itself could not be understood.
    fn kind(&self) -> Option<&'a str> {
        match self.entry("kind") {
            None => Some("service"),
            Some(_) => self.value["kind"].as_str(),
        }
    }
}

fn texts(list: &Node) -> impl Iterator<Item = (&str, Span)> {
    list.items().iter().filter_map(|item| item.text().map(|text| (text, item.span)))
}
