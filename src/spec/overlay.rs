//! Lays an environment over the service: maps are merged, `null` removes, everything else is replaced.

use super::scalar::{Plain, plain};
use crate::located::Finding;
use crate::located::{Content, Entry, Node};

/// Keys of an environment that say where it is and are no fields of the service.
pub(super) const PLACE: [&str; 4] = ["context", "namespace", "registry", "cluster"];

/// Where an image comes from: an environment that says one means it instead of the other.
const IMAGE: [&str; 2] = ["image", "build"];

/// The service as it is in one environment, and what the environment removes although it is not there. Each value
/// keeps the position where it was written.
pub(super) fn merge(service: &Node, environment: &Node) -> (Node, Vec<Finding>) {
    let mut changes = environment.entries().to_vec();
    changes.retain(|entry| !PLACE.contains(&entry.key.as_str()));
    let mut kept = service.entries().to_vec();
    if changes.iter().any(|entry| IMAGE.contains(&entry.key.as_str()) && !is_null(&entry.value)) {
        kept.retain(|entry| !IMAGE.contains(&entry.key.as_str()) || changes.iter().any(|c| c.key == entry.key));
    }
    let map = |at: &Node, entries| Node { span: at.span, content: Content::Map(entries) };
    let mut findings = Vec::new();
    let merged = merged(&map(service, kept), &map(environment, changes), &[], &mut findings);
    (merged, findings)
}

fn merged(base: &Node, over: &Node, path: &[&str], findings: &mut Vec<Finding>) -> Node {
    let Content::Map(over_entries) = &over.content else { return over.clone() };
    // What is not there, or is not a map, is replaced by the map without its removals.
    let mut entries: Vec<Entry> = base.entries().to_vec();
    let is_map = matches!(base.content, Content::Map(_));
    for entry in over_entries {
        let path = [path, &[entry.key.as_str()]].concat();
        let existing = entries.iter().position(|existing| existing.key == entry.key);
        if is_null(&entry.value) && !is_of_kubernetes(&path) {
            match existing {
                Some(at) => drop(entries.remove(at)),
                None => findings.push(
                    Finding::new(entry.key_span, format!("there is no `{}` to remove", path.join(".")))
                        .hint("remove the line"),
                ),
            }
            continue;
        }
        if let Some(at) = existing {
            let value = merged(&entries[at].value, &entry.value, &path, findings);
            entries[at] = Entry { value, ..entry.clone() };
        } else {
            let nothing = Node { span: entry.value.span, content: Content::Map(Vec::new()) };
            entries.push(Entry { value: merged(&nothing, &entry.value, &path, findings), ..entry.clone() });
        }
    }
    Node { span: if is_map { base.span } else { over.span }, content: Content::Map(entries) }
}

fn is_null(node: &Node) -> bool {
    matches!(&node.content, Content::Scalar { text, plain: true } if plain(text) == Plain::Null)
}

/// Inside a patch `null` removes a field of the rendered object, so it is kept.
fn is_of_kubernetes(path: &[&str]) -> bool {
    matches!(path, ["patch", _, _, ..] | ["before", "patch", _, _, ..])
}
