//! A heap that is full, beside the option that limits it and the memory that the container may have.

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::Joined;
use crate::rollout::explain::fields;
use crate::rollout::explain::heap_size::{MEGABYTE, heap_size};
use crate::rollout::model::Remedy;
use crate::rollout::text::{escape, quantity};
use crate::rollout::view::ContainerView;

/// A heap of less than this part of the limit leaves room to grow.
const ROOM: f64 = 0.6;
/// The part of the limit that a heap may have: what is beside it needs memory too.
const SHARE: f64 = 0.75;
/// V8 writes its last collections before the error.
const BEFORE: usize = 20;

static FULL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead)|(?<node>JavaScript heap out of memory)")
        .expect("a literal pattern")
});
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-Xmx(?<size>\d+)(?<unit>[kKmMgG]?)\b|--max[-_]old[-_]space[-_]size[= ](?<megabytes>\d+)")
        .expect("a literal pattern")
});
/// `Mark-sweep 63.4 (66.1) -> 62.9 (66.1) MB`: what V8 has after it collected.
static COLLECTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"Mark-(?:sweep|Compact)[^>]*-> (?<used>\d+(?:\.\d+)?) \(\d").expect("a literal pattern")
});

/// What the line at this place says, where the limit of memory leaves room: otherwise that limit is the matter.
pub(super) fn of_line(container: &ContainerView, lines: &[&str], at: usize) -> Option<Joined> {
    let found = FULL.captures(lines[at])?;
    let limit = container.memory_limit()?;
    let bytes = quantity::parse(&limit.0)?;
    let is_node = found.name("node").is_some();
    let (option, unit) = if is_node { ("--max-old-space-size", "") } else { ("-Xmx", "m") };
    let enough = format!("{option}{}{:.0}{unit}", if is_node { "=" } else { "" }, bytes * SHARE / MEGABYTE);
    let title = container.title();
    if let Some((text, place)) = written(container, is_node) {
        let size = OPTION.captures(&text).as_ref().and_then(heap_size)?;
        return (size < bytes * ROOM).then(|| {
            let what = format!(
                "{title} fills its heap, which {} limits: its memory limit of {} leaves room",
                escape(&text),
                escape(&limit.0)
            );
            Joined {
                facts: vec![format!("{place} gives it {}", escape(&text))],
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
    let source = options(container);
    let place = source.clone().unwrap_or_else(|| "what starts it, in its image or by a variable".to_owned());
    let hint =
        format!("raise {option} in {place} ({enough}), not {}; or find what keeps it", fields::memory(container));
    Some(Joined {
        facts: source.into_iter().map(|source| format!("its options come from {source}")).collect(),
        lookups: given::lookups(container),
        ..Joined::new(what, Remedy::given(&found, hint))
    })
}

/// The option as it is written, and where.
fn written(container: &ContainerView, is_node: bool) -> Option<(String, String)> {
    let of = |text: &str| {
        let found = OPTION.captures(text).filter(|found| found.name("megabytes").is_some() == is_node)?;
        Some(found[0].to_owned())
    };
    let by_variable = given::env(container)
        .find_map(|one| Some((of(one.value.as_deref()?)?, format!("the variable {}", escape(&one.name)))));
    let by = |field: &str, words: &Option<Vec<String>>| {
        words.iter().flatten().find_map(|word| Some((of(word)?, format!("`{field}`"))))
    };
    by_variable.or_else(|| by("args", &container.spec.args)).or_else(|| by("command", &container.spec.command))
}

/// Where Node.js has its options from, when their text is not known.
fn options(container: &ContainerView) -> Option<String> {
    let own = given::env(container)
        .find(|one| one.name == "NODE_OPTIONS")
        .map(|one| one.value_from.as_ref().and_then(given::described).map(|from| format!("NODE_OPTIONS ({from})")));
    let of_sources = || {
        let one = given::all(container).into_iter().find(|one| one.name == "NODE_OPTIONS")?;
        Some(format!("NODE_OPTIONS (key NODE_OPTIONS of {})", one.from))
    };
    own.unwrap_or_else(of_sources)
}
