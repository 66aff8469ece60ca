//! Where a program wanted to connect: as its line says it, or else as its variables do.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::given;
use super::origin::{self, Answer};
use crate::rollout::explain::mounts::ConfigKind;
use crate::rollout::model::Lookup;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// One host, and its port where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub host: String,
    pub port: Option<i32>,
}

impl Endpoint {
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host == "::1" || self.host.starts_with("127.")
    }

    pub fn is_address(&self) -> bool {
        self.host.parse::<std::net::IpAddr>().is_ok()
    }

    /// `db:5432`
    pub fn text(&self) -> String {
        let host = escape(&self.host);
        self.port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
    }
}

/// Ports that a URL need not name.
const PORTS: &[(&str, i32)] = &[
    ("amqp", 5672),
    ("amqps", 5671),
    ("http", 80),
    ("https", 443),
    ("mariadb", 3306),
    ("mongodb", 27017),
    ("mysql", 3306),
    ("nats", 4222),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("redis", 6379),
    ("rediss", 6379),
];

/// Wordings of clients, with `host` and mostly `port`.
static SPELT: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r#"(?i)(?:can't|cannot|could not) reach (?:the )?(?:database )?server at [`'"]?(?<host>[\w.-]+)[`'"]?:[`'"]?(?<port>\d+)"#,
        r#"connection to server at "(?<host>[^"]+)"(?: \([^)]*\))?, port (?<port>\d+)"#,
        r#"on host "(?<host>[^"]+)"(?: \([^)]*\))? and accepting\s+TCP/IP connections on port (?<port>\d+)"#,
        r"host='(?<host>[\w.-]+)', port=(?<port>\d+)",
        r"server on '(?<host>[\w.-]+)(?::(?<port>\d+))?'",
        // Envoy's access log ends with whom it asked.
        r#"\b503 UF\b.* "(?<host>[\w.-]+):(?<port>\d+)"\s*$"#,
        // Kafka: host, address, port.
        r"\((?<host>[a-zA-Z][\w.-]*)/[\d.]+:(?<port>\d+)\)",
        r"\b(?<scheme>[a-z][a-z0-9+.-]*)://(?:[^@/\s]*@)?(?<host>[\w.-]+)(?::(?<port>\d+))?",
    ]
    .into_iter()
    .map(ascii_regex)
    .collect()
});

/// A connection string of .NET and of ODBC: `Server=tcp:mssql,1433;Database=shop`.
static CONNECTION: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)(?:^|;)\s*(?:server|data source|host|address)\s*=\s*(?:tcp:)?(?<host>[\w.-]+)(?:[,:](?<port>\d{2,5}))?",
    )
});

/// `db:5432`, `[::1]:80`; also `main.go:17`, which is none.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r"(?:^|[\s(\[=@/'`\x22])(?<host>[a-zA-Z0-9][\w.-]*|\[[0-9a-fA-F:]*:[0-9a-fA-F:]*\]):(?<port>\d{2,5})\b")
});

/// After one of these a pair is an endpoint.
static TOWARDS: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)\b(?:to|tcp|on|at|connect|connecting|dial|reach|server|broker|host|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH)[\s(\[='`\x22]+$",
    )
});

/// That of the line. What the namespace or a variable knows comes before what only looks like one.
pub(super) fn of_line(container: &ContainerView, line: &str, is_known: impl Fn(&str) -> bool) -> Option<Endpoint> {
    let spelt = SPELT.iter().find_map(|pattern| Some(spelt(&pattern.captures(line)?)));
    let pairs = PAIR.captures_iter(line).filter_map(|found| {
        let host = found.name("host")?;
        let text = host.as_str().trim_matches(['[', ']']);
        let endpoint = Endpoint { host: text.to_owned(), port: found["port"].parse().ok() };
        let is_host = text.starts_with(|first: char| first.is_ascii_alphabetic());
        let is_known =
            endpoint.is_address() || is_host && (is_known(text) || given::holding(container, text).is_some());
        let is_named = is_host && TOWARDS.is_match(&line[..host.start()]);
        (is_known || is_named).then_some((!is_known, endpoint))
    });
    spelt.or_else(|| pairs.min_by_key(|(unknown, _)| *unknown).map(|(_, endpoint)| endpoint))
}

/// By the groups of a wording: what names no scheme and no port is of `MySQL`.
fn spelt(found: &Captures) -> Endpoint {
    let port = found.name("port").and_then(|port| port.as_str().parse().ok());
    let scheme = found.name("scheme").map_or("mysql", |scheme| scheme.as_str());
    Endpoint { host: found["host"].to_owned(), port: port.or_else(|| usual_port(scheme)) }
}

fn usual_port(scheme: &str) -> Option<i32> {
    // `redis+sentinel`, `postgresql+psycopg`
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    PORTS.iter().find(|(name, _)| *name == scheme).map(|(_, port)| *port)
}

/// What would tell more of its variables.
pub(super) fn lookups(container: &ContainerView) -> Vec<Lookup> {
    origin::answers(container, ConfigKind::ConfigMap, Lookup::Endpoints).1
}

/// The host that a variable of a `ConfigMap` names.
pub(super) fn host_of(container: &ContainerView, variable: &str) -> Option<String> {
    let (_, value) = of_configs(container).into_iter().find(|(name, _)| name == variable)?;
    let host = value.split_once("://").map_or(value.as_str(), |(_, rest)| rest);
    Some(host.split_once(':').map_or(host, |(host, _)| host).to_owned())
}

/// Variables that come from a `ConfigMap`, as far as they name a place.
fn of_configs(container: &ContainerView) -> Vec<(String, String)> {
    let (answers, _) = origin::answers(container, ConfigKind::ConfigMap, Lookup::Endpoints);
    let places = answers.into_iter().flat_map(|Answer { config, all, .. }| {
        let named = all.iter().filter_map(|one| one.split_once('='));
        let own = named.filter_map(|(key, value)| Some((origin::variable(container, &config, key)?, value.to_owned())));
        own.collect::<Vec<_>>()
    });
    places.collect()
}

/// Those that its variables name: a URL, `db:5432`, `DB_HOST` with `DB_PORT`. What it listens on itself is none.
pub(super) fn of_variables(container: &ContainerView) -> Vec<Endpoint> {
    let own = |name: &str| ["LISTEN", "BIND"].iter().any(|word| name.contains(word));
    let known = of_configs(container);
    let of_env = || given::env(container).filter_map(|one| Some((one.name.to_uppercase(), one.value.as_deref()?)));
    let written = || of_env().chain(known.iter().map(|(name, value)| (name.to_uppercase(), value.as_str())));
    let endpoints = written().filter(|(name, _)| !own(name)).filter_map(|(name, value)| {
        if let Some(found) = SPELT.last()?.captures(value) {
            return Some(spelt(&found));
        }
        if let Some(found) = CONNECTION.captures(value) {
            return Some(Endpoint {
                host: found["host"].to_owned(),
                port: found.name("port").and_then(|port| port.as_str().parse().ok()),
            });
        }
        let (host, port) = value.split(',').next()?.rsplit_once(':').unwrap_or((value, ""));
        let named = name.strip_suffix("HOST").or_else(|| name.strip_suffix("HOSTNAME"));
        let beside = named.and_then(|stem| written().find(|(other, _)| *other == format!("{stem}PORT")));
        let port: Option<i32> = port.parse().ok().or_else(|| beside?.1.parse().ok());
        let is_host = host.starts_with(|first: char| first.is_ascii_alphanumeric())
            && host.chars().all(|one| one.is_ascii_alphanumeric() || ".-".contains(one))
            && host.chars().any(|one| one.is_ascii_alphabetic() || one == '.');
        (is_host && host != "0.0.0.0" && (port.is_some() || named.is_some()))
            .then(|| Endpoint { host: host.to_owned(), port })
    });
    let mut endpoints: Vec<Endpoint> = endpoints.collect();
    endpoints.dedup();
    endpoints
}
