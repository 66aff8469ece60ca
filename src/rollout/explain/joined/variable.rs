//! A variable that the program misses, beside those that it was given.

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::Joined;
use crate::rollout::model::{Evidence, Remedy, Words};
use crate::rollout::text::{escape, escape_line, message};
use crate::rollout::view::ContainerView;
use crate::text::nearest;

/// How programs say that something is not there.
static MISSING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\bnot\s(set|defined|found|provided|present|specified|configured|given)\b|undefined|\bunset\b|unbound\svariable|missing|required
        |must\s(not\s)?be\s(set|provided|defined|specified|non-?empty|empty|blank|null)|must\s(specify|set|provide|define)|NotPresent|KeyError|no\svalue
        |parameter\s(not\sset|null)|could\snot\sresolve\splaceholder|(is|was|are|cannot\sbe|can't\sbe)\s(empty|blank|null|nil|none)\b
        |needs?\sto\sbe\sset|unable\sto\sfind|please\s(set|provide|define)",
    )
    .expect("a literal pattern")
});
/// Two words and more are a variable wherever they stand.
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b").expect("a literal pattern"));
/// One word is where the line says so.
static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[A-Z][A-Z0-9]{2,}\b").expect("a literal pattern"));
static SAYS_VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\benv(s|ironment)?\b|environ\b|variable|KeyError|placeholder|: parameter |\$\{?[A-Z]")
        .expect("a literal pattern")
});
/// Spring's placeholders and the fields of settings classes (pydantic) are written small.
static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"placeholder '([A-Za-z][\w.-]*)'").expect("a literal pattern"));
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^\s*"?([A-Za-z][A-Za-z0-9_]*)"?,?\s*$"#).expect("a literal pattern"));
static OF_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"Field required|"message": "(Required|Invalid input: expected \w+, received undefined)""#)
        .expect("a literal pattern")
});
/// A setting in the program's own spelling (Rails, Quarkus), which its variable has in capitals.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[Mm]issing `([a-z][a-z0-9_]*)` for|config property ([\w.-]+) is required").expect("a literal pattern")
});
/// Frameworks that do not name the variable (Spring Boot, Laravel).
const KNOWN: [(&str, &str); 2] = [
    ("'url' attribute is not specified", "SPRING_DATASOURCE_URL"),
    ("No application encryption key has been specified", "APP_KEY"),
];
/// A field is named so many lines before what is said of it, at most.
const BEFORE: usize = 4;
/// What begins so names an error, not a variable.
const ERRORS: [&str; 8] =
    ["ERR_", "MODULE_NOT_FOUND", "EAI_", "SSL_", "CERT_", "UNABLE_TO_", "DEPTH_ZERO_", "SELF_SIGNED_"];
/// Words that log lines are full of.
const WORDS: [&str; 16] = [
    "ERROR", "FATAL", "PANIC", "WARN", "WARNING", "INFO", "DEBUG", "CRITICAL", "CRIT", "TRACE", "EOF", "HTTP", "HTTPS",
    "JSON", "YAML", "UTC",
];

/// The last of these lines, and those before it that it may be about.
pub(super) fn of_line(container: &ContainerView, lines: &[&str]) -> Option<Joined> {
    let (line, before) = lines.split_last()?;
    if OF_FIELD.is_match(line) {
        let mut fields = before.iter().rev().take(BEFORE).filter_map(|line| FIELD.captures(line));
        return fields.find_map(|found| missing(container, &found, &found[1].to_uppercase()));
    }
    if let Some(found) = PLACEHOLDER.captures(line) {
        return missing(container, &found, &found[1].to_uppercase().replace(['.', '-'], "_"));
    }
    if let Some(found) = QUOTED.captures(line) {
        let name = found.iter().skip(1).flatten().next()?.as_str();
        return missing(container, &found, &name.to_uppercase().replace(['.', '-'], "_"));
    }
    if let Some((words, name)) = KNOWN.iter().find_map(|(words, name)| Some((Words::of(line, words)?, name))) {
        return missing(container, &words, name);
    }
    let found = MISSING.captures(line)?;
    let words = SAYS_VARIABLE.is_match(line).then(|| WORD.find_iter(line)).into_iter().flatten();
    let names = NAME.find_iter(line).chain(words).map(|found| found.as_str());
    let is_error = |name: &&str| ERRORS.iter().any(|error| name.starts_with(error)) || WORDS.contains(name);
    names.filter(|name| !is_error(name)).find_map(|name| missing(container, &found, name))
}

/// None where it has it. `seen`: what says that it is missing.
fn missing(container: &ContainerView, seen: &impl Evidence, name: &str) -> Option<Joined> {
    let title = container.title();
    let shown = escape(name);
    let lookups = given::lookups(container);
    let source = container.snapshot.source();
    if let Some(own) = given::env(container).find(|one| one.name == name) {
        return match &own.value_from {
            None if own.value.as_deref().unwrap_or_default().is_empty() => Some(Joined {
                lookups,
                ..Joined::new(
                    format!("{title} misses the variable {shown}, which is empty"),
                    Remedy::given(own, format!("give it a value: {}", source.field(&format!("env.{shown}"), "env"))),
                )
            }),
            None => None,
            Some(from) => {
                let optional = from.secret_key_ref.as_ref().and_then(|from| from.optional);
                let optional = optional.or(from.config_map_key_ref.as_ref().and_then(|from| from.optional));
                let described = given::described(from).filter(|_| optional == Some(true))?;
                let add = format!("add the {described}: it is optional there, and the program needs it");
                Some(Joined {
                    lookups,
                    ..Joined::new(format!("{title} misses the variable {shown}"), Remedy::given(from, add))
                })
            }
        };
    }
    let given = given::all(container);
    if given.iter().any(|one| one.name == name) {
        return None;
    }
    let skipped = container.events.iter().copied().map(message).find(|said| said.contains("were skipped"));
    let facts = std::iter::once(given::listed(&given))
        .chain(given::absent(container))
        .chain(skipped.map(escape_line))
        .collect();
    let near = alike(name, &given).or_else(|| nearest(name, given.iter().map(|one| one.name.as_str())));
    let hint = match near.and_then(|near| given.iter().find(|one| one.name == near)) {
        Some(near) => {
            Remedy::look(format!("it was given {} ({}): one of the two names is wrong", escape(&near.name), near.from))
        }
        None => Remedy::given(seen, format!("give it one: {}", source.field(&format!("env: {{{shown}: …}}"), "env"))),
    };
    Some(Joined { facts, lookups, ..Joined::new(format!("{title} misses the variable {shown}"), hint) })
}

/// The same name in another spelling, or with something before it: `database-url`, `APP_DATABASE_URL`.
fn alike<'g>(name: &str, given: &'g [given::Given]) -> Option<&'g str> {
    let plain = |name: &str| name.to_uppercase().replace(['-', '.'], "_");
    let joined = |name: &str| name.replace('_', "");
    let is_alike = |other: &str| {
        let (name, other) = (plain(name), plain(other));
        joined(&name) == joined(&other)
            || name.ends_with(&format!("_{other}"))
            || other.ends_with(&format!("_{name}"))
            || is_abbreviated(&name, &other)
    };
    given.iter().map(|one| one.name.as_str()).find(|other| is_alike(other))
}

/// Whether they have the same words, some of them shortened: `DB_URL` and `DATABASE_URL`.
fn is_abbreviated(name: &str, other: &str) -> bool {
    let (words, others): (Vec<&str>, Vec<&str>) = (name.split('_').collect(), other.split('_').collect());
    let is_short_for = |short: &str, long: &str| {
        let mut letters = long.chars();
        short.len() > 1
            && short.chars().next() == long.chars().next()
            && short.chars().all(|one| letters.any(|next| next == one))
    };
    words.len() > 1
        && words.len() == others.len()
        && words.iter().zip(&others).all(|(a, b)| is_short_for(a, b) || is_short_for(b, a))
}
