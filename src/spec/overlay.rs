//! Lays an environment over the service: maps are merged, everything else is replaced.

use super::tree::{Content, Entry, Node};

/// Keys of an environment that say where it is and are no fields of the service.
const PLACE: [&str; 3] = ["context", "namespace", "registry"];

/// Where an image comes from: an environment that says one means it instead of the other.
const IMAGE: [&str; 2] = ["image", "build"];

/// The service as it is in one environment. Each value keeps the position where it was written.
pub(super) fn merge(service: &Node, environment: &Node) -> Node {
    let mut changes = environment.entries().to_vec();
    changes.retain(|entry| !PLACE.contains(&entry.key.as_str()));
    let mut kept = service.entries().to_vec();
    if changes.iter().any(|entry| IMAGE.contains(&entry.key.as_str())) {
        kept.retain(|entry| !IMAGE.contains(&entry.key.as_str()) || changes.iter().any(|c| c.key == entry.key));
    }
    let map = |at: &Node, entries| Node { span: at.span, content: Content::Map(entries) };
    merged(&map(service, kept), &map(environment, changes))
}

fn merged(base: &Node, over: &Node) -> Node {
    let (Content::Map(base_entries), Content::Map(over_entries)) = (&base.content, &over.content) else {
        return over.clone();
    };
    let mut entries: Vec<Entry> = base_entries.clone();
    for entry in over_entries {
        match entries.iter_mut().find(|existing| existing.key == entry.key) {
            Some(existing) => {
                *existing = Entry { value: merged(&existing.value, &entry.value), ..entry.clone() };
            }
            None => entries.push(entry.clone()),
        }
    }
    Node { span: base.span, content: Content::Map(entries) }
}
