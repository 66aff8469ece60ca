//! Where the words stand that an error names and that no other wording knows: it is not a cause, and often next to one.

use std::sync::LazyLock;

use regex::Regex;

use super::{given, origin, value};
use crate::rollout::model::{Lookup, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::redact;

/// Words that are looked for: each costs a request for each `ConfigMap` and Secret.
const MOST: usize = 2;

/// What an error is about is often quoted, else it looks like nothing of a language: a path, a host, a number with a unit.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"[\"'`]+(?<quoted>[^"'`\\\s]{3,80})[\"'`]+|(?:^|[\s=(\[])(?<odd>/?[A-Za-z0-9][\w-]*(?:[./:@-][\w-]+)+)"#,
    )
    .expect("a literal pattern")
});
/// A place in the program's own sources, a time.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\w./-]+\.(?:go|rs|py|js|ts|mjs|cjs|java|kt|rb|php|c|cc|cpp|ex|exs|erl|cs):?\d*|^\d[\d:.TZ/-]*$")
        .expect("a literal pattern")
});

pub(in crate::rollout) struct Mentioned {
    pub facts: Vec<String>,
    pub hint: Option<Remedy>,
    pub lookups: Vec<Lookup>,
}

/// `error`: the line that says why the program ended.
pub(in crate::rollout) fn mentioned(container: &ContainerView, error: &str) -> Mentioned {
    let mut all = Mentioned { facts: Vec::new(), hint: None, lookups: Vec::new() };
    // What is masked is a secret.
    let error = redact(error);
    if let Some(one) = given::env(container).find(|one| value::is_named(&error, &one.name)) {
        let from = one.value_from.as_ref().and_then(given::described);
        let value = one.value.as_deref().map(|value| redact(&format!("{}={value}", one.name)));
        all.facts.extend(from.map(|from| format!("{} is {from}", escape(&one.name))));
        all.facts.extend(value.map(|value| format!("`env` gives it {}", escape(&value))));
    }
    for word in words(&error) {
        let origin = origin::of(container, word);
        all.lookups.extend(origin.lookups);
        if let Some(place) = origin.place {
            all.facts.push(format!("{} is from here: {place}", escape(word)));
            all.hint
                .get_or_insert_with(|| Remedy::look(format!("is {} right? It is from here: {place}", escape(word))));
        }
    }
    all
}

fn words(error: &str) -> impl Iterator<Item = &str> {
    let found =
        WORDS.captures_iter(error).filter_map(|found| Some(found.name("quoted").or(found.name("odd"))?.as_str()));
    found
        .map(|word| word.trim_end_matches([':', '.', ',']))
        .filter(|word| !OWN.is_match(word) && word.len() > 2)
        .take(MOST)
}
