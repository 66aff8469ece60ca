//! A URL that the program cannot read, beside the variables that may have it.

use std::sync::LazyLock;

use regex::Captures;

use super::given::{self, Given};
use super::line::{Joined, Phrase, Read};
use super::origin::{self, Answer};
use super::{unexpanded, value};
use crate::rollout::explain::mounts::ConfigKind;
use crate::rollout::model::{Lookup, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::redact;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 2] = [
        (
            // Go, requests of Python, reqwest, Prisma
            r"(?i)missing protocol scheme|unsupported protocol scheme|RelativeUrlWithoutBase|relative URL without a base|No connection adapters were found|No scheme supplied|MissingSchema|error parsing url[^:]*: no scheme|URI is not absolute|\bURL must start with (?:the protocol|one of)|(?:unknown|unsupported|invalid|unrecogni[sz]ed|unexpected) (?:URL |URI |database )?(?:scheme|protocol)\b|(?:scheme|protocol) \S+ (?:is )?not (?:supported|recogni[sz]ed)",
            |container, found| Some(unread(container, found, Fault::NoScheme)),
        ),
        (
            // Go, Python, libpq, Prisma, Node.js, Ruby, SQLAlchemy
            r#"invalid URL escape|(?i:invalid userinfo)|invalid port number in \w+ (?:URL|string)|Port could not be cast to integer|invalid percent-encoded token|invalid port "[^"]*" after host|first path segment in URL cannot contain colon|ERR_INVALID_URL|TypeError: Invalid URL|URI::InvalidURIError|bad URI ?\(|Could not parse (?:rfc1738|SQLAlchemy) URL|\bP1013\b|database string is invalid|Illegal character in \w+ at index|(?i:invalid (?:database|connection|redis|amqp|broker) (?:url|uri)\b)"#,
            |container, found| Some(unread(container, found, Fault::Characters)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

#[derive(Clone, Copy)]
enum Fault {
    NoScheme,
    Characters,
}

fn is_url(name: &str) -> bool {
    let name = name.to_uppercase();
    ["URL", "URI", "DSN", "CONNECTION_STRING", "ENDPOINT"].iter().any(|end| name.ends_with(end))
}

/// Where it is from: a value that is written is shown as a log would be.
fn described(container: &ContainerView, one: &Given) -> String {
    let name = escape(&one.name);
    let own = given::env(container).find(|own| own.name == one.name);
    let from = own.and_then(|own| given::described(own.value_from.as_ref()?));
    let written = own.and_then(|own| Some(redact(&format!("{}={}", own.name, own.value.as_deref()?))));
    match (from, written) {
        (Some(from), _) => format!("{name} is {from}"),
        (None, Some(written)) => format!("`env` gives it {}", escape(&written)),
        (None, None) => format!("{name} is a key of {}", one.from),
    }
}

/// The parts of a URL that may have to be written in another way (RFC 3986, 2.1).
const CODES: &str = "@ is %40, : is %3A, / is %2F, # is %23, ? is %3F, % is %25";

fn unread(container: &ContainerView, found: &Captures, fault: Fault) -> Joined {
    let title = container.title();
    let line = &found[0];
    let mut all = given::all(container);
    all.retain(|one| is_url(&one.name));
    let named = all.iter().find(|one| value::is_named(line, &one.name));
    let only = named.or_else(|| all.first().filter(|_| all.len() == 1));
    let unexpanded = given::env(container)
        .filter(|own| only.is_none_or(|one| one.name == own.name) && is_url(&own.name))
        .find_map(|own| unexpanded::of_variable(container, own));
    if let Some(joined) = unexpanded {
        return joined;
    }
    let whose = only.map(|one| format!(" of its variable {}", escape(&one.name))).unwrap_or_default();
    let what = match fault {
        Fault::NoScheme => format!("{title} cannot use the URL{whose}: it has no scheme"),
        Fault::Characters => {
            format!(
                "{title} cannot read the URL{whose}: a character in it, of a password as it may be, means something there"
            )
        }
    };
    let mut facts: Vec<String> = all.iter().take(4).map(|one| described(container, one)).collect();
    let (answers, asked) = origin::answers(container, ConfigKind::Secret, Lookup::Ragged);
    let ragged = answers.iter().find_map(|answer| {
        let is_url = |key: &&String| {
            let variable = origin::variable(container, &answer.config, key);
            variable.is_some_and(|name| all.iter().any(|one| one.name == name))
        };
        Some((answer, answer.all.iter().find(is_url)?))
    });
    let lookups = given::lookups(container).into_iter().chain(asked).collect();
    if let Some((Answer { config, result, .. }, key)) = ragged {
        let (key, name) = (escape(key), escape(config.name));
        facts.push(format!("the value of key {key} of Secret {name} has quotation marks or white space around it"));
        let what =
            format!("{title} cannot read the URL of its variable {key}: quotation marks or white space are part of it");
        let hint = format!(
            "write key {key} of Secret {name} without them (a file of variables keeps them, and echo adds a line break)"
        );
        return Joined { facts, lookups, ..Joined::new(what, Remedy::given(*result, hint)) };
    }
    let hint = match fault {
        Fault::NoScheme => "begin it with what it is reached by, such as http:// or postgres://".to_owned(),
        Fault::Characters => format!("percent-encode them ({CODES}), or give the parts by variables of their own"),
    };
    Joined { facts, lookups, ..Joined::new(what, Remedy::given(found, hint)) }
}
