//! Credentials that a server is to make for itself at its first start, and does not accept: it was refused by nobody.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::given::{self, Given};
use super::line::{Joined, Phrase, Read, group};
use crate::rollout::model::Remedy;
use crate::rollout::text::{escape, escape_line};
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 5] = [
        // MinIO
        (
            r"(?i)(?:MINIO_ROOT_USER|MINIO_ACCESS_KEY|access key) length (?:should be )?at least \d+|(?:MINIO_ROOT_PASSWORD|MINIO_SECRET_KEY|secret key) length (?:should be )?at least \d+",
            |container, found| minio(container, found),
        ),
        (r"Unable to validate credentials inherited from the shell environment", |container, found| {
            minio(container, found)
        }),
        // Of any program that names its variable: JWT_SECRET must be at least 32 characters
        (
            r"(?x)\b(?<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b['\x22`]?:?\s(?:(?:length|must|should|has\sto|needs\sto|is\stoo\sshort|be|have|contain|with|a|of|and|,|\()\s?){1,6}at\sleast\s(?<least>\d+)\s(?:characters|chars|bytes)",
            |container, found| short(container, found),
        ),
        // Phoenix, Rails
        (r"(?i)(?<name>secret_key_base)\b.{0,30}\bat least (?<least>\d+) (?:characters|bytes)", |container, found| {
            short(container, found)
        }),
        // SQL Server, MySQL, OpenSearch; what follows says why.
        (
            r"(?i)(?:unable to set system administrator password|password validation failed\. the password does not meet|password \S+ failed validation|your password does not satisfy the current policy|(?:the|initial|admin) password (?:is too (?:short|weak)|does not (?:meet|satisfy)))[^\n]*",
            |container, found| weak(container, found),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

/// The old names and the new ones, and what `MinIO` asks of each.
const MINIO: [(&str, usize); 4] =
    [("MINIO_ROOT_USER", 3), ("MINIO_ACCESS_KEY", 3), ("MINIO_ROOT_PASSWORD", 8), ("MINIO_SECRET_KEY", 8)];

/// `key password of Secret db`, `env`, `Secret db`: where it is written.
fn whence(container: &ContainerView, one: &Given) -> String {
    let own = given::env(container).find(|own| own.name == one.name).and_then(|own| own.value_from.as_ref());
    own.and_then(given::described).unwrap_or_else(|| match one.from.as_str() {
        "env" => container.snapshot.source().field(&format!("env.{}", escape(&one.name)), "env"),
        from => from.to_owned(),
    })
}

fn minio(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let all = given::all(container);
    let own: Vec<(&Given, usize)> =
        MINIO.iter().filter_map(|(name, least)| Some((all.iter().find(|one| one.name == *name)?, *least))).collect();
    let too_short = |(one, least): &&(&Given, usize)| {
        given::written(container, &one.name).is_some_and(|value| value.chars().count() < *least)
    };
    // What comes from a Secret is of a length that plat does not read.
    let may_be = |(one, _): &&(&Given, usize)| given::written(container, &one.name).is_none();
    let meant: Vec<&(&Given, usize)> = match own.iter().find(too_short) {
        Some(_) => own.iter().filter(too_short).collect(),
        None => own.iter().filter(may_be).collect(),
    };
    (!meant.is_empty()).then(|| {
        let meant: Vec<(&Given, String)> =
            meant.into_iter().map(|(one, least)| (*one, format!("at least {least} characters"))).collect();
        said(container, found, &meant)
    })
}

fn short(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let all = given::all(container);
    let one = all.iter().find(|one| one.name.eq_ignore_ascii_case(group(found, "name")))?;
    // An empty one is missing.
    if given::written(container, &one.name) == Some("") {
        return None;
    }
    Some(said(container, found, &[(one, format!("at least {} characters", escape(group(found, "least"))))]))
}

/// `meant`: the variables, and how long each must be.
fn said(container: &ContainerView, found: &Captures, meant: &[(&Given, String)]) -> Joined {
    let fact = |(one, _): &(&Given, String)| match given::written(container, &one.name) {
        Some(value) => format!("`env` gives it {} with {} characters", escape(&one.name), value.chars().count()),
        None => format!("{} is {}", escape(&one.name), whence(container, one)),
    };
    let needs = meant.iter().map(|(one, needs)| format!("{}: {needs}", escape(&one.name))).collect::<Vec<_>>();
    let places = meant.iter().map(|(one, _)| whence(container, one)).collect::<Vec<_>>().join(" or ");
    let (longer, what) = match needs.as_slice() {
        [one] => {
            ("a longer one", format!("does not accept the length of {}", one.replacen(": ", ", which must be ", 1)))
        }
        all => ("longer ones", format!("does not accept the length of its credentials ({})", all.join(", "))),
    };
    Joined {
        facts: meant.iter().map(fact).collect(),
        lookups: given::lookups(container),
        ..Joined::new(
            format!("{} {what}", container.title()),
            Remedy::given(found, format!("give it {longer}: {places}")),
        )
    }
}

/// A password that the server is to set up, by a rule of its own.
fn weak(container: &ContainerView, found: &Captures) -> Option<Joined> {
    static PASSWORD: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?i)pass(?:word|wd)?(?:$|_)"));
    let all = given::all(container);
    let own: Vec<&Given> = all.iter().filter(|one| PASSWORD.is_match(&one.name)).take(3).collect();
    let named = own.iter().map(|one| escape(&one.name)).collect::<Vec<_>>().join(" or ");
    let places = own.iter().map(|one| whence(container, one)).collect::<Vec<_>>().join(" or ");
    (!own.is_empty()).then(|| Joined {
        facts: own.iter().map(|one| format!("{} is from {}", escape(&one.name), whence(container, one))).collect(),
        lookups: given::lookups(container),
        ..Joined::new(
            format!(
                "{} does not accept the password that it is to set: {}",
                container.title(),
                escape(&escape_line(&found[0]))
            ),
            Remedy::given(found, format!("give it a stronger one in {named}: {places}")),
        )
    })
}
