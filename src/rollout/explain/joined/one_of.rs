//! Variables of which the program wants one, whichever: what the images of databases say at their first start.

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::Joined;
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, either, nearest};

/// In one line, or with a line for each below it.
static ONE_OF: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)\b(?:specify|set|provide|define|need|needs|requires?|missing|least|either)\b.{0,20}?\b(?:one of|either)\b|\b(?:one of|either)\b.*\b(?:must|has to|needs to|should) be (?:set|specified|provided|defined)|\b(?:one of|either)\b.*\b(?:is|are) required",
    )
});
static NAME: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"));
/// `- MYSQL_ROOT_PASSWORD`
static ITEM: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"^\s*[-*•]?\s*([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s*$"));

/// What follows are values.
static VALUES: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?i)\b(?:to|be|is|as) (?:one of|either)\b"));

/// Names below that are read.
const MOST: usize = 8;

/// What the line at this place says, with those below it.
pub(super) fn of_line(container: &ContainerView, lines: &[&str], at: usize) -> Option<Joined> {
    let line = lines[at];
    let found = ONE_OF.find(line).filter(|_| !VALUES.is_match(line))?;
    let seen = Words::of(line, found.as_str())?;
    let mut names: Vec<&str> = NAME.find_iter(line).map(|name| name.as_str()).collect();
    if names.is_empty() {
        let below = lines[at + 1..].iter().take(MOST).map_while(|line| Some(ITEM.captures(line)?.get(1)?.as_str()));
        names = below.collect();
    }
    let all = given::all(container);
    // Where it has one of them, it is about something else.
    if names.len() < 2
        || names.iter().any(|name| name.starts_with("CAP_"))
        || names.iter().any(|name| has(container, name, &all))
    {
        return None;
    }
    let empty = given::env(container).find(|one| names.contains(&one.name.as_str()));
    let others: Vec<&str> = all.iter().map(|one| one.name.as_str()).filter(|name| !names.contains(name)).collect();
    let near = names.iter().find_map(|name| {
        let near = nearest(name, others.iter().copied())?;
        all.iter().find(|one| one.name == near)
    });
    let field = container.snapshot.source().field(&format!("env: {{{}: …}}", escape(names[0])), "env");
    let hint = match (empty, near) {
        (Some(empty), _) => Remedy::given(empty, format!("give {} a value: {field}", escape(&empty.name))),
        (None, Some(near)) => Remedy::look(format!(
            "it was given {} ({}): is its name to be one of these?",
            escape(&near.name),
            near.from
        )),
        (None, None) => Remedy::given(&seen, format!("give it one: {field}")),
    };
    let shown: Vec<String> = names.iter().map(|name| escape(name)).collect();
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    Some(Joined {
        facts: std::iter::once(given::listed(&all)).chain(given::absent(container)).collect(),
        lookups: given::lookups(container),
        ..Joined::new(format!("{} misses one of the variables {}", container.title(), either(&shown)), hint)
    })
}

fn has(container: &ContainerView, name: &str, all: &[given::Given]) -> bool {
    let is_empty = |value: Option<&str>| value.unwrap_or_default().is_empty();
    let own = given::env(container).find(|one| one.name == name);
    match own {
        Some(own) => own.value_from.is_some() || !is_empty(own.value.as_deref()),
        None => all.iter().any(|one| one.name == name),
    }
}
