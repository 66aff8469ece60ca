//! A URL that the program cannot read, beside the variables that may have it.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::EnvVar;
use regex::Captures;

use super::line::{Joined, Phrase, Read};
use super::{given, value};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::redact;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 2] = [
        (
            // Go, requests of Python, reqwest
            r#"(?i)missing protocol scheme|unsupported protocol scheme|RelativeUrlWithoutBase|relative URL without a base|No connection adapters were found|No scheme supplied|MissingSchema|error parsing url[^:]*: no scheme|URI is not absolute"#,
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

fn is_url(one: &&EnvVar) -> bool {
    let name = one.name.to_uppercase();
    ["URL", "URI", "DSN", "CONNECTION_STRING", "ENDPOINT"].iter().any(|end| name.ends_with(end))
}

/// The parts of a URL that may have to be written in another way (RFC 3986, 2.1).
const CODES: &str = "@ is %40, : is %3A, / is %2F, # is %23, ? is %3F, % is %25";

fn unread(container: &ContainerView, found: &Captures, fault: Fault) -> Joined {
    let title = container.title();
    let line = &found[0];
    let all: Vec<&EnvVar> = given::env(container).filter(is_url).collect();
    let named = all.iter().copied().find(|one| value::is_named(line, &one.name));
    let only = named.or_else(|| all.first().copied().filter(|_| all.len() == 1));
    let whose = only.map(|one| format!(" of its variable {}", escape(&one.name))).unwrap_or_default();
    let what = match fault {
        Fault::NoScheme => format!("{title} cannot use the URL{whose}: it has no scheme"),
        Fault::Characters => {
            format!(
                "{title} cannot read the URL{whose}: a character in it, of a password as it may be, means something there"
            )
        }
    };
    let facts = all.iter().take(4).filter_map(|one| {
        let from =
            one.value_from.as_ref().and_then(given::described).map(|from| format!("{} is {from}", escape(&one.name)));
        let value = || Some(redact(&format!("{}={}", one.name, one.value.as_deref()?)));
        from.or_else(|| Some(format!("`env` gives it {}", escape(&value()?))))
    });
    let facts: Vec<String> =
        facts.chain(given::of_secrets(container).filter(|fact| fact.starts_with("`envFrom`"))).collect();
    let hint = match fault {
        Fault::NoScheme => "begin it with what it is reached by, such as http:// or postgres://".to_owned(),
        Fault::Characters => format!("percent-encode them ({CODES}), or give the parts by variables of their own"),
    };
    Joined { facts, ..Joined::new(what, Remedy::given(found, hint)) }
}
