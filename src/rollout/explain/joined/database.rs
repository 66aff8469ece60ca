//! A database that its server does not have, beside the variable that names it and what workloads of the namespace make.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::EnvVar;
use regex::{Captures, Regex};

use super::given;
use super::line::{Joined, first_group, group};
use super::origin::{self, Origin};
use crate::rollout::model::{DatabaseMade, Lack, Lookup, LookupResult, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, nearest};

/// `PostgreSQL`, `ClickHouse`, Prisma; `MySQL`, `MariaDB`; SQL Server, which says so too where the user may not open it.
static ABSENT: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"(?i)database ["'`]?(?<name>[\w-]+)["'`]? (?:does not|doesn't) exist|unknown database ["'`](?<name2>[\w-]+)|cannot open database "(?<asked>[^"]+)" requested by the login"#,
    )
});
/// What SQL Server says after it.
const AFTER: &str = "Login failed for user";

/// What the servers of the namespace make at their first start, as far as is known.
pub(super) fn made<'a>(container: &ContainerView<'a>) -> &'a [DatabaseMade] {
    match container.result_of(&Lookup::Databases) {
        Some(LookupResult::Databases(made)) => made,
        _ => &[],
    }
}

/// What the line at this place says.
pub(super) fn of_line(container: &ContainerView, lines: &[&str], at: usize) -> Option<Joined> {
    let before = || ABSENT.captures(lines[at.checked_sub(1)?]);
    let found = ABSENT.captures(lines[at]).or_else(|| before().filter(|_| lines[at].contains(AFTER)))?;
    let name = first_group(&found, &["name", "name2", "asked"])?;
    Some(said(container, &found, name))
}

fn said(container: &ContainerView, found: &Captures, name: &str) -> Joined {
    let own = named_by(container, name);
    let shown = escape(name);
    let origin = match own {
        Some(one) => Origin { place: Some(format!("variable {}", escape(&one.name))), lookups: Vec::new() },
        None => origin::of(container, name),
    };
    let from = origin.suffix();
    let lacks = if group(found, "asked").is_empty() {
        "which the server does not have"
    } else {
        "which the server does not have, or which its user may not open"
    };
    let result = container.result_of(&Lookup::Databases);
    let made: Vec<&DatabaseMade> = made(container).iter().filter(|one| !one.is_virtual_host()).collect();
    let mut facts: Vec<String> = made.iter().take(4).copied().map(makes).collect();
    if own.is_none() {
        facts.extend(by_user(container, name));
        facts.extend(given::of_secrets(container).take(4));
    }
    let hint = match (result, meant(&made, name)) {
        (Some(result), Some(one)) if one.name == name => Remedy::given(
            result,
            format!(
                "{} is to make it ({}), and does so only while its data folder is empty: create it there by hand (CREATE DATABASE), or name \
                 the server that is meant",
                escape(&one.by),
                escape(&one.variable)
            ),
        ),
        (Some(result), Some(one)) if one.name.is_empty() => Remedy::given(
            result,
            format!(
                "set POSTGRES_DB: {shown} of {} before its first start, or create it there (CREATE DATABASE)",
                escape(&one.by)
            ),
        ),
        (_, Some(one)) => Remedy::look(format!("{}: is one of the two names wrong?", makes(one))),
        (_, None) => correct(container, found, own),
    };
    Joined {
        facts,
        lookups: std::iter::once(Lookup::Databases).chain(origin.lookups).collect(),
        // Whoever runs the server may be about to make it.
        lack: Lack::Absent,
        ..Joined::new(format!("{} asks for the database {shown}{from}, {lacks}", container.title()), hint)
    }
}

fn correct(container: &ContainerView, found: &Captures, own: Option<&EnvVar>) -> Remedy {
    match own {
        Some(own) => {
            let field = container.snapshot.source().field(&format!("env.{}", escape(&own.name)), "env");
            Remedy::given(own, format!("create it, or correct its name: {field}"))
        }
        None => Remedy::given(found, "create it, or correct its name where the program has it from"),
    }
}

/// `StatefulSet db makes the database shop (POSTGRES_DB)`
fn makes(one: &DatabaseMade) -> String {
    let (by, name, variable) = (escape(&one.by), escape(&one.name), escape(&one.variable));
    if name.is_empty() {
        format!("{by} makes only a database of the name of its user ({variable}): POSTGRES_DB is not set")
    } else {
        format!("{by} makes the database {name} ({variable})")
    }
}

/// The same, one of nearly that name, or the only one.
fn meant<'m>(made: &[&'m DatabaseMade], name: &str) -> Option<&'m DatabaseMade> {
    let near = nearest(name, made.iter().map(|one| one.name.as_str()));
    let by_name = |wanted: &str| made.iter().find(|one| one.name == wanted);
    by_name(name).or_else(|| by_name(near?)).or_else(|| made.first().filter(|_| made.len() == 1)).copied()
}

/// The variable that holds the name: within a URL or a connection string, else alone, where its own name says so.
pub(super) fn named_by<'a>(container: &ContainerView<'a>, name: &str) -> Option<&'a EnvVar> {
    let name = regex::escape(name);
    let within = Regex::new(&format!(
        r#"(?i)://\S*/{name}(?:[?&;#"'\s]|$)|@[^/\s]+/{name}(?:[?\s]|$)|\b(?:database|dbname|initial catalog|db)\s*=\s*{name}(?:[;&"'\s]|$)"#
    ))
    .ok()?;
    let alone = Regex::new(&format!(r"^{name}$")).ok()?;
    let find = |pattern: &Regex, is_own: fn(&str) -> bool| {
        let matches =
            |one: &&EnvVar| is_own(&one.name) && one.value.as_deref().is_some_and(|value| pattern.is_match(value));
        given::env(container).find(matches)
    };
    let is_name = |variable: &str| {
        let variable = variable.to_uppercase();
        ["DATABASE", "DB", "SCHEMA", "CATALOG"].iter().any(|word| variable.contains(word))
            && !["USER", "HOST", "PASS", "ROLE"].iter().any(|word| variable.contains(word))
    };
    find(&within, |_| true).or_else(|| find(&alone, is_name))
}

/// libpq and others ask for the database that is called like the user, where no other is named.
fn by_user(container: &ContainerView, name: &str) -> Option<String> {
    let is_user = |one: &&EnvVar| one.name.to_uppercase().contains("USER") && one.value.as_deref() == Some(name);
    let user = given::env(container).find(is_user)?;
    Some(format!(
        "{} is the same word: where no database is named, that of the name of the user is asked for",
        escape(&user.name)
    ))
}
