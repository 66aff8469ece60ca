//! Raw manifests.

use super::subject::Subject;
use crate::located::Finding;
use crate::located::{Content, Node};

/// Each is at least named; what else it has to be, its own API says.
pub(super) fn extras_are_manifests(subject: &Subject) -> Vec<Finding> {
    let Some(extra) = subject.entry("extra") else { return Vec::new() };
    let mut findings = Vec::new();
    for (index, item) in extra.value.items().iter().enumerate() {
        if !matches!(item.content, Content::Map(_)) {
            continue;
        }
        let name = item.entry("metadata").and_then(|metadata| metadata.value.entry("name"));
        let fields = [("apiVersion", item.entry("apiVersion")), ("kind", item.entry("kind")), ("metadata.name", name)];
        for (field, _) in fields.into_iter().filter(|(_, entry)| entry.and_then(|e| text(&e.value)).is_none()) {
            findings.push(
                Finding::new(item.span, format!("`extra[{index}]` is not a manifest: it has no `{field}`"))
                    .hint("as kubectl takes it: apiVersion, kind, metadata.name"),
            );
        }
    }
    findings
}

fn text(node: &Node) -> Option<&str> {
    node.text().filter(|text| !text.is_empty())
}
