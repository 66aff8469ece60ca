//! A variable that the program misses, beside those that it was given.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource};
use regex::Regex;

use super::given::{self, Given};
use super::line::Joined;
use crate::rollout::explain::mounts::Config;
use crate::rollout::model::{Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::{escape, escape_line, message};
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, is_secret, nearest};

/// How programs say that something is not there.
static MISSING: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?ix)\bnot\s(set|defined|found|provided|present|specified|configured|given)\b|undefined|\bunset\b|unbound\svariable|missing|required
        |must\s(not\s)?be\s(set|provided|defined|specified|non-?empty|empty|blank|null)|must\s(specify|set|provide|define)|NotPresent|KeyError|no\svalue
        |parameter\s(not\sset|null)|could\snot\sresolve\splaceholder|(is|was|are|cannot\sbe|can't\sbe)\s(empty|blank|null|nil|none)\b
        |needs?\sto\sbe\sset|\bset\sthe\s\w+\senvironment|unable\sto\sfind|please\s(set|provide|define)",
    )
});
/// Two words and more are a variable wherever they stand.
static NAME: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"));
/// One word is where the line says so.
static WORD: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"\b[A-Z][A-Z0-9]{2,}\b"));
static SAYS_VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r"(?i)\benv(s|ironment)?\b|environ\b|variable|KeyError|placeholder|: parameter |\$\{?[A-Z]")
});
/// Spring's placeholders and the fields of settings classes (pydantic) are written small.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"placeholder:? '?([A-Za-z][\w.-]*)"));
static FIELD: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r#"^\s*"?([A-Za-z][A-Za-z0-9_]*)"?,?\s*$"#));
static OF_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r#"Field required|"message": "(Required|Invalid input: expected \w+, received undefined)""#)
});
/// A setting in the program's own spelling (Rails, Quarkus), which its variable has in capitals.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"[Mm]issing `([a-z][a-z0-9_]*)` for|config property ([\w.-]+) is required|missing (?:configuration )?field [`\x22]([a-z][\w.]*)[`\x22]",
    )
});
/// Frameworks that do not name the variable (Spring Boot, Laravel, Keycloak, Auth.js, Phoenix, Superset).
const KNOWN: [(&str, &str); 9] = [
    ("configured datasource <default> not found", "QUARKUS_DATASOURCE_JDBC_URL"),
    ("http/https services won't start", "PHX_SERVER"),
    ("efusing to start due to insecure SECRET_KEY", "SUPERSET_SECRET_KEY"),
    ("A Default SECRET_KEY was detected", "SUPERSET_SECRET_KEY"),
    ("no hostname setting provided", "KC_HOSTNAME"),
    ("hostname is not configured; either configure hostname", "KC_HOSTNAME"),
    ("[next-auth][error][NO_SECRET]", "NEXTAUTH_SECRET"),
    ("'url' attribute is not specified", "SPRING_DATASOURCE_URL"),
    ("No application encryption key has been specified", "APP_KEY"),
];
/// A field is named so many lines before what is said of it, at most.
const BEFORE: usize = 4;
/// What begins so names an error, not a variable.
const ERRORS: [&str; 24] = [
    "ERR_",
    "MODULE_NOT_FOUND",
    "EAI_",
    "SSL_",
    "CERT_",
    "UNABLE_TO_",
    "DEPTH_ZERO_",
    "SELF_SIGNED_",
    // AMQP's replies and gRPC's codes.
    "NOT_ALLOWED",
    "NOT_FOUND",
    "ACCESS_REFUSED",
    "PRECONDITION_FAILED",
    "RESOURCE_LOCKED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "INVALID_ARGUMENT",
    "PERMISSION_DENIED",
    "DEADLINE_EXCEEDED",
    "ALREADY_EXISTS",
    "OUT_OF_RANGE",
    "CHANNEL_ERROR",
    "INTERNAL_ERROR",
    "UNKNOWN_TOPIC",
    "NO_ROUTE",
];
/// Words that log lines are full of.
const WORDS: [&str; 38] = [
    "ERROR", "FATAL", "PANIC", "WARN", "WARNING", "INFO", "DEBUG", "CRITICAL", "CRIT", "TRACE", "EOF", "HTTP", "HTTPS",
    "JSON", "YAML", "UTC", "ENV", "JDBC", "SQL", "TCP", "UDP", "TLS", "SSL", "DNS", "JVM", "JMX", "JPA", "XML", "CSV",
    "HTML", "UUID", "REST", "GRPC", "LDAP", "SMTP", "AMQP", "MQTT", "SSH",
];

/// The last of these lines, and those before it that it may be about.
pub(super) fn of_line(container: &ContainerView, lines: &[&str]) -> Option<Joined> {
    let (seen, mut names) = named(lines)?;
    let mut known = BTreeSet::new();
    names.retain(|name| known.insert(name.clone()));
    let gaps: Vec<(String, Gap)> =
        names.into_iter().filter_map(|name| Gap::of(container, &name).map(|gap| (name, gap))).collect();
    said(container, seen, &gaps)
}

/// What says that something is missing, and the names that it may mean.
fn named<'l>(lines: &[&'l str]) -> Option<(Words<'l>, Vec<String>)> {
    let (line, before) = lines.split_last()?;
    let variable = |name: &str| name.to_uppercase().replace(['.', '-'], "_");
    if let Some(found) = OF_FIELD.find(line) {
        return Some((Words::of(line, found.as_str())?, fields(lines)));
    }
    if let Some(found) = PLACEHOLDER.captures(line).or_else(|| QUOTED.captures(line)) {
        let name = found.iter().skip(1).flatten().next()?.as_str();
        return Some((Words::of(line, name)?, vec![variable(name)]));
    }
    if let Some((words, name)) = KNOWN.iter().find_map(|(words, name)| Some((Words::of(line, words)?, name))) {
        return Some((words, vec![(*name).to_owned()]));
    }
    // A dictionary says it in the same words.
    if is_of_a_dictionary(lines) {
        return None;
    }
    let found = MISSING.find(line)?;
    // What is missing is often listed, a line each.
    let listed = before.iter().rev().take_while(|line| MISSING.is_match(line)).count();
    let names = lines[before.len() - listed..].iter().flat_map(|line| in_capitals(line)).collect();
    Some((Words::of(line, found.as_str())?, names))
}

/// Whether a `KeyError` was raised by something else than `os.environ` or a library of settings, as its frames tell.
fn is_of_a_dictionary(lines: &[&str]) -> bool {
    const OF_VARIABLES: [&str; 6] = ["<frozen os>", "/os.py\"", "environ", "getenv", "decouple", "/env.py\""];
    let Some((line, before)) = lines.split_last() else { return false };
    let Some(begin) = before.iter().rposition(|line| line.contains("Traceback (most recent call last)")) else {
        return false;
    };
    let frames = &before[begin..];
    line.trim_start().starts_with("KeyError:")
        && !frames.iter().any(|frame| OF_VARIABLES.iter().any(|known| frame.contains(known)))
}

/// The fields of a settings class, each named some lines before what is said of it.
fn fields(lines: &[&str]) -> Vec<String> {
    let said = lines.iter().enumerate().filter(|(_, line)| OF_FIELD.is_match(line));
    let field = |(at, _): (usize, &&str)| {
        lines[..at].iter().rev().take(BEFORE).find_map(|line| Some(FIELD.captures(line)?[1].to_uppercase()))
    };
    said.filter_map(field).collect()
}

fn in_capitals(line: &str) -> Vec<String> {
    let words = SAYS_VARIABLE.is_match(line).then(|| WORD.find_iter(line)).into_iter().flatten();
    let names = NAME.find_iter(line).chain(words).map(|found| found.as_str());
    let is_error = |name: &&str| ERRORS.iter().any(|error| name.starts_with(error)) || WORDS.contains(name);
    names.filter(|name| !is_error(name)).map(str::to_owned).collect()
}

/// Why a variable is not there.
enum Gap<'a> {
    Empty(&'a EnvVar),
    /// It comes from a key that may be missing.
    Optional(&'a EnvVarSource),
    /// There is one of nearly that name.
    Near(Given),
    Absent,
}

impl<'a> Gap<'a> {
    /// None where the container has it.
    fn of(container: &ContainerView<'a>, name: &str) -> Option<Self> {
        if let Some(own) = given::env(container).find(|one| one.name == name) {
            return match &own.value_from {
                None if own.value.as_deref().unwrap_or_default().is_empty() => Some(Self::Empty(own)),
                None => None,
                Some(from) => {
                    let optional = from.secret_key_ref.as_ref().and_then(|from| from.optional);
                    let optional = optional.or(from.config_map_key_ref.as_ref().and_then(|from| from.optional));
                    (optional == Some(true)).then_some(Self::Optional(from))
                }
            };
        }
        let mut given = given::all(container);
        if given.iter().any(|one| one.name == name) {
            return None;
        }
        let near = alike(name, &given).or_else(|| nearest(name, given.iter().map(|one| one.name.as_str())));
        let near = near.and_then(|near| given.iter().position(|one| one.name == near));
        Some(near.map_or(Self::Absent, |at| Self::Near(given.swap_remove(at))))
    }

    /// What to do about it alone; what is just absent is given with the others.
    fn remedy(&self, container: &ContainerView, name: &str) -> Option<Remedy> {
        let field = || container.snapshot.source().field(&format!("env.{}", escape(name)), "env");
        match self {
            Self::Empty(own) => Some(Remedy::given(*own, format!("give it a value: {}", field()))),
            Self::Optional(from) => {
                let described = given::described(from)?;
                Some(match instead(container, from, name) {
                    Some((owner, key)) => Remedy::look(format!(
                        "it is taken from {described}, which is optional and not there; {owner} has {}: one of the two names is wrong",
                        escape(&key)
                    )),
                    None => Remedy::given(
                        *from,
                        format!("add the {described}: it is optional there, and the program needs it"),
                    ),
                })
            }
            Self::Near(Given { name: near, from, prefix: Some(prefix) }) if *near == format!("{prefix}{name}") => {
                Some(Remedy::look(format!(
                    "it was given {} ({from}): is `prefix: {}` of its `envFrom` meant, or the name without?",
                    escape(near),
                    escape(prefix)
                )))
            }
            Self::Near(near) => Some(match nested(&near.name, name, &given::all(container)) {
                Some((whole, sibling)) => Remedy::look(format!(
                    "it was given {} ({}): nested settings have two underscores, as {} has: is {} meant?",
                    escape(&near.name),
                    near.from,
                    escape(sibling),
                    escape(&whole)
                )),
                None => Remedy::look(format!(
                    "it was given {} ({}): one of the two names is wrong",
                    escape(&near.name),
                    near.from
                )),
            }),
            Self::Absent => None,
        }
    }
}

/// What an optional key may be called instead, where its owner has no key of its name: `Secret app`, `SECRET_KEY`.
fn instead(container: &ContainerView, from: &EnvVarSource, variable: &str) -> Option<(String, String)> {
    let (config, key) = given::key_of(from)?;
    let LookupResult::Present(keys) = container.result_of(&config.lookup)? else { return None };
    if keys.iter().any(|one| one == key) {
        return None;
    }
    let named = |name: &String| Given { name: name.clone(), from: String::new(), prefix: None };
    let given: Vec<Given> = keys.iter().map(named).collect();
    let near = alike(key, &given)
        .or_else(|| nearest(key, keys.iter().map(String::as_str)))
        .or_else(|| alike(variable, &given))
        .map(str::to_owned)?;
    Some((format!("{} {}", config.kind, escape(config.name)), near))
}

/// What their owners have, of keys that are optional and not there.
fn of_owners(container: &ContainerView, gaps: &[(String, Gap)]) -> (Vec<String>, Vec<Lookup>) {
    let optional = gaps.iter().filter_map(|(_, gap)| match gap {
        Gap::Optional(from) => given::key_of(from),
        _ => None,
    });
    let owners: Vec<Config> = optional.map(|(config, _)| config).collect();
    let facts = owners.iter().filter_map(|Config { kind, name, lookup }| match container.result_of(lookup)? {
        LookupResult::Present(keys) => {
            let keys = keys.iter().take(MOST).map(|key| escape(key)).collect::<Vec<_>>().join(", ");
            Some(format!("{kind} {} has the keys {keys}", escape(name)))
        }
        LookupResult::Absent(_) => Some(format!("{kind} {} is not there, and optional", escape(name))),
        _ => None,
    });
    let mut facts: Vec<String> = facts.collect();
    facts.dedup();
    (facts, owners.into_iter().map(|config| config.lookup).collect())
}

/// `seen`: what says that they are missing.
fn said(container: &ContainerView, seen: Words, gaps: &[(String, Gap)]) -> Option<Joined> {
    let title = container.title();
    let what = match gaps {
        [] => return None,
        [(name, Gap::Empty(_))] => format!("{title} misses the variable {}, which is empty", escape(name)),
        [(name, _)] => format!("{title} misses the variable {}", escape(name)),
        all => format!("{title} misses the variables {}", listed(all.iter().map(|(name, _)| name.as_str()))),
    };
    let absent: Vec<&str> =
        gaps.iter().filter(|(_, gap)| matches!(gap, Gap::Absent)).map(|(name, _)| name.as_str()).collect();
    // What is a secret by its name does not belong into a file that is committed.
    let (secret, plain): (Vec<&str>, Vec<&str>) = absent.iter().partition(|name| is_secret(name, "…"));
    let give = |names: &[&str], plat_yaml: &dyn Fn(&str) -> String, manifest: &str| {
        let is_part = names.len() < gaps.len();
        let names: Vec<String> = names.iter().take(MOST).map(|name| escape(name)).collect();
        let field = container.snapshot.source().field(&plat_yaml(&names.join(", ")), manifest);
        let what = match names.len() {
            _ if is_part => &listed(names.iter().map(String::as_str)),
            1 => "one",
            _ => "them",
        };
        (!names.is_empty()).then(|| Remedy::given(&seen, format!("give it {what}: {field}")))
    };
    let own = gaps.iter().filter_map(|(name, gap)| gap.remedy(container, name));
    let plain = give(&plain, &|names| format!("env: {{{}: …}}", names.replace(", ", ": …, ")), "env");
    let secret = give(&secret, &|names| format!("secrets: [{names}]"), "env.valueFrom.secretKeyRef");
    let hint = own.chain(plain).chain(secret).reduce(|all, one| all.and(Some(one)))?;
    let skipped = container.events.iter().copied().map(message).find(|said| said.contains("were skipped"));
    let is_written = gaps.iter().all(|(_, gap)| matches!(gap, Gap::Empty(_) | Gap::Optional(_)));
    let facts = std::iter::once(given::listed(&given::all(container)))
        .chain(given::absent(container))
        .chain(skipped.map(escape_line))
        .filter(|_| !is_written);
    let (of_owners, asked) = of_owners(container, gaps);
    let lookups = given::lookups(container).into_iter().chain(asked).collect();
    Some(Joined { facts: facts.chain(of_owners).collect(), lookups, ..Joined::new(what, hint) })
}

/// Names that are listed in one sentence.
const MOST: usize = 6;

/// `A, B and C`
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(escape).collect();
    match names.len() {
        0 | 1 => names.concat(),
        n if n > MOST => format!("{} and {} more", names[..MOST].join(", "), n - MOST),
        n => format!("{} and {}", names[..n - 1].join(", "), names[n - 1]),
    }
}

/// `APP_DATABASE__HOST` for `APP_DATABASE_HOST`, where `APP_DATABASE__PORT` is given: nested settings have two underscores.
fn nested<'g>(near: &str, name: &str, given: &'g [Given]) -> Option<(String, &'g str)> {
    let group =
        near.strip_suffix(name)?.strip_suffix('_').filter(|group| !group.is_empty() && !group.ends_with('_'))?;
    let sibling = given.iter().find(|one| one.name.starts_with(&format!("{group}__")))?;
    Some((format!("{group}__{name}"), &sibling.name))
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
