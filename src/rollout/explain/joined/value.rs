//! A value that the program cannot use, beside the variable that has it; an argument that it does not know.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::EnvVar;
use regex::{Captures, Regex};

use super::line::Joined;
use super::{given, origin};
use crate::rollout::model::{Evidence, Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, redact};

static BAD: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)invalid|pars(e|ing)|cannot|can't|unsupported|unknown|unrecogni[sz]ed|\bbad\b|illegal|malformed|not a valid|unexpected|must be|should be|received|\bwrong\b|NumberFormatException|converting|missing unit|out of range|could not (?:cast|convert|coerce)|cannot be (?:cast|converted)|^\s*Value: \x22",
    )
});
/// That it is a text from outside that was read.
static PARSED: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)\bpars(?:e|ing)\b|missing unit|unknown unit|invalid (?:duration|literal|boolean|integer|number|value)|For input string|could not convert|NumberFormatException",
    )
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r#""([^"]{2,200})"|'([^']{2,200})'|`([^`]{2,200})`"#));
static ARGUMENT: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"(?i)(?:unknown|unrecogni[sz]ed|unexpected|invalid|unsupported|no such)\s+(?:long |short |command[- ]line )?(?:flag|option|argument|arguments|switch)s?\s*[:=]?\s*['"`]?(-{1,2}[A-Za-z][\w.-]*)|flag provided but not defined:\s*(-{1,2}[\w.-]+)|found argument ['"`](--?[\w.-]+)['"`] which|(?:invalid|unrecogni[sz]ed|illegal|unknown|bad) option (?:-- )?['"‘`]?(-{0,2}[\w-]+)|field not found, node: (\w+)|Unrecognized VM option '[+-]?(\w+)|Unrecognized option: (-[\w:+-]+)"#,
    )
});
/// What Kubernetes gives each pod for each Service of the namespace (`enableServiceLinks`): `REDIS_PORT=tcp://10.96.0.7:6379`.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    // The images of Confluent refuse a variable that they had once.
    ascii_regex(
        r"tcp://\d+\.\d+\.\d+\.\d+:\d+|\b(?<link>[A-Z][A-Z0-9_]*_(?:PORT_\d+_(?:TCP|UDP)(?:_(?:ADDR|PORT|PROTO))?|SERVICE_(?:HOST|PORT)))\b|(?<kafka>port is deprecated\. Please use KAFKA_ADVERTISED_LISTENERS)",
    )
});

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    value(container, line)
}

/// What names an argument or a variable of Kubernetes' own says so beyond doubt.
pub(super) fn beyond_doubt(container: &ContainerView, line: &str) -> Option<Joined> {
    argument(container, line).or_else(|| link(container, line))
}

fn argument(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = ARGUMENT.captures(line)?;
    let name = found.iter().skip(1).flatten().next()?.as_str();
    let bare = name.trim_start_matches('-');
    // getopt names one letter, of several that were given together.
    let is_letter = bare.chars().count() == 1;
    let is_it = |given: &&String| {
        let short = given.starts_with('-') && !given.starts_with("--");
        let own = given.trim_start_matches('-').split(['=', ' ']).next().unwrap_or_default();
        // Traefik names the part of it.
        let own = if name.starts_with('-') { own } else { own.split('.').next().unwrap_or_default() };
        given.starts_with('-') && !bare.is_empty() && (own == bare || is_letter && short && own.contains(bare))
    };
    let of = |list: &Option<Vec<String>>| list.iter().flatten().find(is_it).cloned();
    // The JVM and Node.js take some from a variable.
    let by_variable = || {
        let own = given::env(container).find(|one| {
            let value = one.value.as_deref().unwrap_or_default();
            one.name.contains("OPT")
                && value.split([' ', '=', ':', '+']).any(|word| word.trim_start_matches('-') == bare)
        })?;
        Some(("env", format!("{}={}", own.name, own.value.as_deref().unwrap_or_default())))
    };
    let (field, given) = of(&container.spec.args)
        .map(|given| ("args", given))
        .or_else(|| of(&container.spec.command).map(|given| ("command", given)))
        .or_else(by_variable)?;
    // Two words in one, as a shell would not write them.
    if let Some((option, value)) = given.split_once(' ').filter(|_| given.len() < origin::ARGUMENT) {
        let (option, value) = (escape(option), escape(&redact(value)));
        return Some(Joined {
            lack: Lack::Given,
            facts: vec![format!("`{field}` gives it {} as one word", escape(&redact(&given)))],
            ..Joined::new(
                format!("{} takes {option} and what follows it for one argument", container.title()),
                Remedy::given(
                    &found,
                    format!(
                        "write two words, or {option}={value}: {}",
                        container.snapshot.source().field(field, field)
                    ),
                ),
            )
        });
    }
    Some(Joined {
        facts: vec![format!("`{field}` gives it {}", escape(&redact(&given)))],
        lack: Lack::Given,
        ..Joined::new(
            format!("{} does not know its argument {}", container.title(), escape(name)),
            Remedy::given(&found, format!("correct {}", container.snapshot.source().field(field, field))),
        )
    })
}

fn link(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = LINK.captures(line)?;
    let is_kafka = found.name("kafka").is_some();
    let address = if is_kafka { "KAFKA_PORT" } else { &found[0] };
    let is_bad = is_kafka || BAD.is_match(line) || line.contains("not expected");
    if !is_bad || given::env(container).any(|one| one.name == address) {
        return None;
    }
    if !has_links(container) || given::holding(container, address).is_some() {
        return None;
    }
    Some(Joined { lack: Lack::Given, ..of_link(container, address, &found) })
}

/// Whether Kubernetes gives its pod variables of the Services (`enableServiceLinks`).
pub(super) fn has_links(container: &ContainerView) -> bool {
    container.pod.spec.as_ref().and_then(|spec| spec.enable_service_links) != Some(false)
}

/// What is said of a setting that Kubernetes gave. `taken`: the variable, or its value.
pub(super) fn of_link(container: &ContainerView, taken: &str, seen: &impl Evidence) -> Joined {
    let off = container.snapshot.source().field(
        "patch: {Deployment: {spec: {template: {spec: {enableServiceLinks: false}}}}}",
        "enableServiceLinks: false",
    );
    Joined::new(
        format!("{} takes a variable of Kubernetes' own for its setting: {}", container.title(), escape(taken)),
        Remedy::given(
            seen,
            format!(
                "each Service NAME of the namespace brings a variable NAME_PORT: set the program's own variable, or turn these off: {off}"
            ),
        ),
    )
}

fn value(container: &ContainerView, line: &str) -> Option<Joined> {
    if !BAD.is_match(line) {
        return None;
    }
    let quoted = QUOTED.captures_iter(line).filter_map(|found| found.iter().skip(1).flatten().next());
    let quoted: Vec<&str> = quoted.map(|text| text.as_str()).collect();
    let is_it = |value: &str| value.len() > 1 && quoted.contains(&value);
    let is_named =
        |one: &&EnvVar| is_named(line, &one.name) && one.value.as_deref().is_some_and(|value| !value.is_empty());
    let of_value = given::env(container).find(|one| one.value.as_deref().is_some_and(is_it));
    let Some(own) = of_value.or_else(|| given::env(container).find(is_named)) else {
        let found = PARSED.captures(line)?;
        return of_map(container, line, quoted.last()?, &found);
    };
    let name = escape(&own.name);
    // What is masked in a log is masked here.
    let shown = redact(&format!("{}={}", own.name, own.value.as_deref().unwrap_or_default()));
    let field = container.snapshot.source().field(&format!("env.{name}"), "env");
    Some(Joined {
        facts: vec![format!("`env` gives it {}", escape(&shown))],
        ..Joined::new(
            format!("{} cannot use the value of its variable {name}", container.title()),
            Remedy::given(own, format!("correct {field}")),
        )
    })
}

/// The value that it quotes is of a ConfigMap: its key may be meant by a word of the line.
fn of_map(container: &ContainerView, line: &str, value: &str, found: &Captures) -> Option<Joined> {
    let (mut all, lookups) = origin::variables_of_maps(container, value);
    if all.len() > 1 {
        let line = line.to_lowercase();
        let is_meant = |name: &str| name.split('_').any(|word| word.len() > 3 && line.contains(&word.to_lowercase()));
        let meant: Vec<_> = all.iter().filter(|(name, _)| is_meant(name)).cloned().collect();
        if meant.len() == 1 {
            all = meant;
        }
    }
    let (title, shown) = (container.title(), escape(value));
    let facts =
        all.iter().take(4).map(|(name, owner)| format!("{} is {owner}, and has {shown}", escape(name))).collect();
    let (what, hint) = match all.as_slice() {
        [(name, owner)] => (
            format!("{title} cannot use the value of its variable {}", escape(name)),
            Remedy::given(found, format!("correct {owner} as the log says")),
        ),
        [] if lookups.iter().all(|lookup| container.result_of(lookup).is_some()) => return None,
        _ => (format!("{title} cannot use the value {shown}"), Remedy::look("which of its variables has it?")),
    };
    Some(Joined { facts, lookups, ..Joined::new(what, hint) })
}

/// Whether the line names this variable, as nothing else is called.
pub(super) fn is_named(line: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.contains('_') && line.split(|c| !is_part(c)).any(|word| word == name)
}
