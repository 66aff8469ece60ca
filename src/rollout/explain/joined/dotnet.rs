//! A key of .NET's configuration that the program misses, beside the variables that it was given: `Section:Key` is read from
//! the variable `Section__Key`, whatever the case.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::given::{self, Given};
use super::line::{Joined, first_group, group};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// ADO.NET, EF Core, Npgsql, Aspire, and what the templates of ASP.NET throw. Some name the connection string.
static CONNECTION: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"(?x)ConnectionString\sproperty\shas\snot\sbeen\sinitialized
        |\(Parameter\s'(?:\w*[cC]onnectionString)'\)|^\s*Parameter\sname:\s\w*[cC]onnectionString\b
        |\bHost\scan't\sbe\snull
        |[Cc]onnection\s?[Ss]tring\s['"`](?:ConnectionStrings:)?(?<name>[\w.-]+)['"`]\s(?:was\s|is\s)?(?:not\s(?:found|set|configured)|missing)
        |named\sconnection\sstring\swas\sused,\sbut\sthe\sname\s'(?:ConnectionStrings:)?(?<name2>[\w.-]+)'
        |(?:ConnectionString\sis\smissing|could\snot\sbe\sconfigured).*'ConnectionStrings:(?<name3>[\w.-]+)'"#,
    )
});
/// A key of several parts, each as .NET writes its names.
static KEY: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"(?:^|[\s'\x22`(\[])(?<key>[A-Z]\w*(?::[A-Z]\w*)+)(?:$|[\s'\x22`).,;\]])"));
static MISSING: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)missing|not (?:set|found|configured|provided|specified|defined|present)|required|(?:is|was|cannot be|can't be|must not be) (?:null|empty|blank)|must be (?:set|provided|configured)",
    )
});
static CONFIGURATION: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?i)config|setting|section|option|\bkey\b"));
/// `GetRequiredSection`
static SECTION: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"Section '(?<key>[\w:]+)' not found in configuration"));
/// How one tells that it is .NET.
static RUNTIME: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"\b(?:System|Microsoft)\.\w+|Unhandled exception\.|\.cs:line \d"));
/// What the host takes off the names of variables before it reads them.
const PREFIXES: [&str; 2] = ["DOTNET_", "ASPNETCORE_"];

/// The last of these lines; those before it tell whether it is .NET.
pub(super) fn of_line(container: &ContainerView, lines: &[&str]) -> Option<Joined> {
    let line = lines.last()?;
    if let Some(found) = CONNECTION.captures(line) {
        let name = first_group(&found, &["name", "name2", "name3"]);
        let key = name.map(|name| format!("ConnectionStrings:{name}"));
        return connection(container, &found, key.as_deref());
    }
    let found = SECTION
        .captures(line)
        .or_else(|| KEY.captures(line).filter(|_| MISSING.is_match(line) && CONFIGURATION.is_match(line)))?;
    let key = group(&found, "key");
    let all = given::all(container);
    let is_runtime = lines.iter().any(|line| RUNTIME.is_match(line))
        || all.iter().any(|one| PREFIXES.iter().any(|prefix| one.name.starts_with(prefix)));
    match Named::of(&all, key) {
        Named::Misspelt(near) => Some(misspelt(container, &found, near, &variable(key))),
        Named::Nowhere if is_runtime && key.contains(':') => Some(absent(container, &found, key)),
        Named::Well(_) | Named::Nowhere => None,
    }
}

/// `Jwt:Key` -> `Jwt__Key`
fn variable(key: &str) -> String {
    key.replace(':', "__")
}

/// How a key stands among the variables.
enum Named<'g> {
    Well(&'g Given),
    /// Its parts are there, joined by something that .NET does not take for its `:`.
    Misspelt(&'g Given),
    Nowhere,
}

impl<'g> Named<'g> {
    fn of(given: &'g [Given], key: &str) -> Self {
        let (wanted, plain) = (variable(key).to_lowercase(), plain(key));
        let own = |one: &&Given| without_prefix(&one.name).to_lowercase() == wanted;
        if let Some(one) = given.iter().find(own) {
            return Self::Well(one);
        }
        // A section is there when one of its keys is.
        let within = |one: &&Given| without_prefix(&one.name).to_lowercase().starts_with(&format!("{wanted}__"));
        if let Some(one) = given.iter().find(within) {
            return Self::Well(one);
        }
        let alike = |one: &&Given| key.contains(':') && self::plain(without_prefix(&one.name)) == plain;
        given.iter().find(alike).map_or(Self::Nowhere, Self::Misspelt)
    }
}

fn without_prefix(name: &str) -> &str {
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// The parts alone, whatever joins them.
fn plain(name: &str) -> String {
    name.to_lowercase().split(['_', ':', '.', '-']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// Of .NET's section of connection strings, however it is joined.
fn is_connection(one: &Given) -> bool {
    let plain = plain(without_prefix(&one.name));
    plain.starts_with("connectionstrings_") || plain.starts_with("connectionstring_")
}

fn connection(container: &ContainerView, found: &Captures, key: Option<&str>) -> Option<Joined> {
    let all = given::all(container);
    let named = match key {
        Some(key) => Named::of(&all, key),
        // Which one it asks for is not said: what is written for it.
        None => all.iter().find(|one| is_connection(one)).map_or(Named::Nowhere, |one| {
            let name = without_prefix(&one.name).to_lowercase();
            let is_well = ["connectionstrings__", "connectionstring__"].iter().any(|begin| name.starts_with(begin));
            if is_well { Named::Well(one) } else { Named::Misspelt(one) }
        }),
    };
    let title = container.title();
    let said = |what: String, hint: Remedy| Joined {
        facts: vec![given::listed(&all)],
        lookups: given::lookups(container),
        ..Joined::new(what, hint)
    };
    match named {
        Named::Misspelt(near) => {
            let own = key.map_or_else(|| rejoined(&near.name), variable);
            Some(misspelt(container, found, near, &own))
        }
        Named::Well(one) => {
            let name = escape(&one.name);
            let own = given::env(container).find(|own| own.name == one.name);
            let empty =
                own.filter(|own| own.value_from.is_none() && own.value.as_deref().unwrap_or_default().is_empty());
            if let Some(own) = empty {
                let field = container.snapshot.source().field(&format!("env.{name}"), "env");
                let hint = Remedy::given(own, format!("give it a value: {field}"));
                return Some(said(format!("{title} misses a connection string: its variable {name} is empty"), hint));
            }
            // Of the name that it asks for it has one.
            key.is_none().then(|| {
                let hint = Remedy::look(format!(
                    "it was given {name} ({}): does the program ask for a connection string of that name?",
                    one.from
                ));
                said(format!("{title} misses a connection string"), hint)
            })
        }
        Named::Nowhere => Some(key.map_or_else(
            || {
                let field = container.snapshot.source().field("env: {ConnectionStrings__NAME: …}", "env");
                let hint =
                    format!("give it one, ConnectionStrings__NAME by the NAME that the program asks for: {field}");
                said(format!("{title} misses a connection string"), Remedy::given(found, hint))
            },
            |key| absent(container, found, key),
        )),
    }
}

/// `CONNECTIONSTRINGS_DEFAULT` -> `CONNECTIONSTRINGS__DEFAULT`: only the first of its parts is known to be one.
fn rejoined(name: &str) -> String {
    let own = without_prefix(name);
    let rest = own.get("ConnectionString".len()..).unwrap_or_default().trim_start_matches(['s', 'S']);
    let is_large = own.chars().all(|c| !c.is_ascii_lowercase());
    let section = if is_large { "CONNECTIONSTRINGS" } else { "ConnectionStrings" };
    format!("{section}__{}", rest.trim_start_matches(['_', ':', '.', '-']))
}

fn misspelt(container: &ContainerView, found: &Captures, near: &Given, own: &str) -> Joined {
    let (name, own) = (escape(&near.name), escape(own));
    Joined {
        facts: vec![format!("it was given {name} ({})", near.from)],
        lookups: given::lookups(container),
        ..Joined::new(
            format!("{} misses the variable {own}: {name} is another name", container.title()),
            Remedy::given(
                found,
                format!(
                    "write {own} instead of {name} ({}): in the name of a variable .NET reads two underscores as the `:` of its key",
                    near.from
                ),
            ),
        )
    }
}

fn absent(container: &ContainerView, found: &Captures, key: &str) -> Joined {
    let own = escape(&variable(key));
    let field = container.snapshot.source().field(&format!("env: {{{own}: …}}"), "env");
    Joined {
        facts: vec![given::listed(&given::all(container))],
        lookups: given::lookups(container),
        ..Joined::new(
            format!("{} misses {} of its configuration", container.title(), escape(key)),
            Remedy::given(
                found,
                format!("give it the variable {own}: {field}; two underscores stand for the `:` of the key"),
            ),
        )
    }
}
