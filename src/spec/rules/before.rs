//! The migration.

use super::program::one_source;
use super::subject::Subject;
use crate::located::Content;
use crate::located::Finding;

/// The same image with the same command would be the service itself, which never ends.
pub(super) fn does_something_else(subject: &Subject) -> Vec<Finding> {
    let Some(before) = subject.entry("before") else { return Vec::new() };
    let says = |key: &str| before.value.entry(key).is_some();
    if !matches!(before.value.content, Content::Map(_)) || ["command", "args", "image"].into_iter().any(says) {
        return Vec::new();
    }
    vec![
        Finding::new(before.key_span, "`before` would run the service itself, and that never ends")
            .hint("say what it runs: `command: [/app, migrate]`, `args: [migrate]` or another `image`"),
    ]
}

/// What `before` leaves out is as the service has it.
pub(super) fn sources_differ(subject: &Subject) -> Vec<Finding> {
    let own = |key: &str| subject.entry_in("before", key);
    if own("env").is_none() && own("secrets").is_none() {
        return Vec::new();
    }
    let of = |key: &str| own(key).or_else(|| subject.entry(key)).map(|entry| &entry.value);
    one_source(of("env"), of("secrets"))
}
