//! Where the words stand that an error names and that no other wording knows: it is not a cause, and often next to one.

use std::sync::LazyLock;

use regex::Regex;

use super::{given, origin, value};
use crate::rollout::model::{Lookup, LookupResult, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, nearest, redact};

/// Words that are looked for: each costs a request for each `ConfigMap` and Secret.
const MOST: usize = 2;

/// What an error is about is often quoted, else it looks like nothing of a language: a path, a host, a number with a unit.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"[\"'`]+(?<quoted>[^"'`\\\s]{3,80})(?:\\[nrt])*[\"'`]+|(?:^|[\s=(\[])(?<odd>/?[A-Za-z0-9][\w-]*(?:[./:@-][\w-]+)+)"#,
    )
});
/// A place in the program's own sources, a time.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"^[\w./-]+\.(?:go|rs|py|js|ts|mjs|cjs|java|kt|rb|php|c|cc|cpp|ex|exs|erl|cs):?\d*|^\d+[-:/T][\d:.TZ/-]*$",
    )
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
    absent(container, &mut all);
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

/// Variables that are not set because what they are taken from is optional, and not there.
fn absent(container: &ContainerView, all: &mut Mentioned) {
    for one in given::env(container) {
        let from = one.value_from.as_ref();
        let map = from.and_then(|from| from.config_map_key_ref.as_ref()).filter(|key| key.optional == Some(true));
        let secret = from.and_then(|from| from.secret_key_ref.as_ref()).filter(|key| key.optional == Some(true));
        let map = map.map(|key| ("ConfigMap", &key.name, &key.key, Lookup::ConfigMap(key.name.clone())));
        let secret = secret.map(|key| ("Secret", &key.name, &key.key, Lookup::Secret(key.name.clone())));
        let Some((kind, name, key, lookup)) = map.or(secret) else { continue };
        let (variable, shown) = (escape(&one.name), format!("{kind} {}", escape(name)));
        let near = |names: &[String], wanted: &str| {
            let near = nearest(wanted, names.iter().map(String::as_str));
            near.map(|near| format!("; there is {}", escape(near))).unwrap_or_default()
        };
        let missing = match container.result_of(&lookup) {
            Some(LookupResult::Absent(names)) => {
                Some(format!("{shown}, which is optional and not there{}", near(names, name)))
            }
            Some(result @ LookupResult::Present(keys)) if !result.is_there(Some(key)) => {
                Some(format!("key {} of {shown}, which is optional and not there{}", escape(key), near(keys, key)))
            }
            _ => None,
        };
        all.lookups.push(lookup);
        if let Some(missing) = missing {
            all.facts.push(format!("{variable} is not set: it is taken from {missing}"));
            all.hint
                .get_or_insert_with(|| Remedy::look(format!("does it need {variable}? That is taken from {missing}")));
        }
    }
}

fn words(error: &str) -> impl Iterator<Item = &str> {
    let found =
        WORDS.captures_iter(error).filter_map(|found| Some(found.name("quoted").or(found.name("odd"))?.as_str()));
    found
        .map(|word| word.trim_end_matches([':', '.', ',']))
        .filter(|word| !OWN.is_match(word) && word.len() > 2)
        .take(MOST)
}
