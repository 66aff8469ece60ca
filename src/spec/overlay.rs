//! Lays an environment over the service: maps are merged, everything else is replaced.

use super::tree::{Content, Entry, Node};

/// Keys of an environment that say where it is and are no fields of the service.
const PLACE: [&str; 3] = ["context", "namespace", "registry"];

/// The service as it is in one environment. Each value keeps the position where it was written.
pub(super) fn merge(service: &Node, environment: &Node) -> Node {
    let changes = environment.entries().iter().filter(|entry| !PLACE.contains(&entry.key.as_str())).cloned().collect();
    merged(service, &Node { span: environment.span, content: Content::Map(changes) })
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
