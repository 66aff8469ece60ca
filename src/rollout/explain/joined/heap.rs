//! A heap that is full, beside the option that limits it and the memory that the container may have.

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::Joined;
use super::memory::{Options, options};
use crate::rollout::explain::fields;
use crate::rollout::explain::memory_option::{MEGABYTE, MemoryOption, MemoryUser};
use crate::rollout::model::Remedy;
use crate::rollout::text::{escape, quantity};
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// A heap of less than this part of the limit leaves room to grow.
const ROOM: f64 = 0.6;
/// The part of the limit that a heap may have: what is beside it needs memory too.
const SHARE: f64 = 0.75;
/// V8 writes its last collections before the error.
const BEFORE: usize = 20;

static FULL: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r"java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead)|(?<node>JavaScript heap out of memory)")
});
/// `Mark-sweep 63.4 (66.1) -> 62.9 (66.1) MB`: what V8 has after it collected.
static COLLECTED: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"Mark-(?:sweep|Compact)[^>]*-> (?<used>\d+(?:\.\d+)?) \(\d"));

/// What the line at this place says, where the limit of memory leaves room: otherwise that limit is the matter.
pub(super) fn of_line(container: &ContainerView, lines: &[&str], at: usize) -> Option<Joined> {
    let found = FULL.captures(lines[at])?;
    let limit = container.memory_limit()?;
    let bytes = quantity::parse(&limit.0)?;
    let is_node = found.name("node").is_some();
    let (option, unit) = if is_node { ("--max-old-space-size", "") } else { ("-Xmx", "m") };
    let enough = format!("{option}{}{:.0}{unit}", if is_node { "=" } else { "" }, bytes * SHARE / MEGABYTE);
    let title = container.title();
    let runtime = if is_node { MemoryUser::Node } else { MemoryUser::Jvm };
    let Options { found: all, lookups } = options(container);
    if let Some((MemoryOption { text, bytes: size, .. }, place)) = all.iter().find(|(one, _)| one.user == runtime) {
        return (*size < bytes * ROOM).then(|| {
            let what = format!(
                "{title} fills its heap, which {} limits: its memory limit of {} leaves room",
                escape(text),
                escape(&limit.0)
            );
            let place = if place.starts_with("variable ") { format!("the {place}") } else { place.clone() };
            Joined {
                facts: vec![format!("{place} gives it {}", escape(text))],
                lookups,
                ..Joined::new(
                    what,
                    Remedy::given(limit, format!("raise it in {place} ({enough}), or find what keeps it")),
                )
            }
        });
    }
    let used = lines[..at]
        .iter()
        .rev()
        .take(BEFORE)
        .find_map(|line| COLLECTED.captures(line)?["used"].parse::<f64>().ok().map(|used| used * MEGABYTE))?;
    if used >= bytes * ROOM {
        return None;
    }
    let what = format!(
        "{title} fills its heap at {:.0} MB, far below its memory limit of {}: {option} limits it",
        used / MEGABYTE,
        escape(&limit.0)
    );
    let source = node_options(container);
    let place = source.clone().unwrap_or_else(|| "what starts it, in its image or by a variable".to_owned());
    let hint =
        format!("raise {option} in {place} ({enough}), not {}; or find what keeps it", fields::memory(container));
    Some(Joined {
        facts: source.into_iter().map(|source| format!("its options come from {source}")).collect(),
        lookups: given::lookups(container).into_iter().chain(lookups).collect(),
        ..Joined::new(what, Remedy::given(&found, hint))
    })
}

/// Where Node.js has its options from, when their text is not known.
fn node_options(container: &ContainerView) -> Option<String> {
    let own = given::env(container)
        .find(|one| one.name == "NODE_OPTIONS")
        .map(|one| one.value_from.as_ref().and_then(given::described).map(|from| format!("NODE_OPTIONS ({from})")));
    let of_sources = || {
        let one = given::all(container).into_iter().find(|one| one.name == "NODE_OPTIONS")?;
        Some(format!("NODE_OPTIONS (key NODE_OPTIONS of {})", one.from))
    };
    own.unwrap_or_else(of_sources)
}
