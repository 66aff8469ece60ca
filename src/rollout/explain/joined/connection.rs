//! A connection that is refused or not answered, beside the Services of the namespace.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::EnvVar;
use regex::{Captures, Regex};

use super::endpoint::{self, Endpoint};
use super::line::Joined;
use super::service::{nobody_behind, service_of};
use super::{given, origin};
use crate::rollout::model::{Lack, Lookup, Remedy, ServiceSeen, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// Nothing listens there.
static REFUSED: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)\bconnect\w*\b[^;]{0,80}\brefused\b|ECONNREFUSED|errno 111\b|error 111\b|\(111\)|actively refused|\b503 UF\b.*\x22[\w.-]+:\d+\x22\s*$|broker may not be available|Connection to node -?\d+ \([^)]*\) could not be established|(?:can't|cannot|could not) reach (?:the )?(?:database )?server|server on '[^']+' \(11[05]\)",
    )
});

/// Nothing answers, or what does is not done with its start.
static SILENT: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)the database system is (?:starting up|not yet accepting connections)|server is not ready|ETIMEDOUT|(?:connection|connect|operation|request|selection) timed out|connect(?:ion)? timeout|i/o timeout|no route to host|EHOSTUNREACH|host is unreachable|network is unreachable|ECONNRESET|connection reset by peer|server closed the connection unexpectedly|(?:couldn't|could not|can't|cannot|unable to|failed to) (?:re)?connect to|\b50[234] (?:bad gateway|service unavailable|gateway time-?out)",
    )
});

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Refused,
    Silent,
}

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    if let Some(joined) = advertised(container, line) {
        return Some(joined);
    }
    let (how, found) = REFUSED
        .captures(line)
        .map(|found| (How::Refused, found))
        .or_else(|| Some((How::Silent, SILENT.captures(line)?)))?;
    let is_known = |host: &str| service_of(container, host).is_some();
    match endpoint::of_line(container, line, is_known).or_else(|| suspected(container, how)) {
        Some(endpoint) if endpoint.is_loopback() && how == How::Refused => {
            Some(of_itself(container, &found, endpoint.port))
        }
        Some(endpoint) => Some(of_endpoint(container, &endpoint, how)),
        None => Some(unnamed(container, how)),
    }
}

/// The one that its variables name and that cannot answer, where the line names none.
fn suspected(container: &ContainerView, how: How) -> Option<Endpoint> {
    let known = endpoint::of_variables(container);
    let cannot_answer = |endpoint: &&Endpoint| {
        endpoint.is_loopback() && how == How::Refused
            || service_of(container, &endpoint.host).is_some_and(|service| {
                service.ready == Some(0)
                    || !service.unnamed.is_empty()
                    || !service.undeclared.is_empty()
                    || endpoint.port.is_some_and(|port| !service.ports.contains(&port))
            })
    };
    let dead: Vec<&Endpoint> = known.iter().filter(cannot_answer).collect();
    match (dead.as_slice(), known.as_slice()) {
        ([one], _) => Some((*one).clone()),
        ([], [one]) => Some(one.clone()),
        _ => None,
    }
}

fn unnamed(container: &ContainerView, how: How) -> Joined {
    let title = container.title();
    let what = match how {
        How::Refused => format!("{title} is refused a connection by what it needs"),
        How::Silent => format!("{title} does not get an answer from what it needs"),
    };
    let hint = Remedy::look("does what it calls run? If it only takes long, the program has to try again until then");
    let lookups = std::iter::once(Lookup::Services).chain(endpoint::lookups(container)).collect();
    Joined { lookups, lack: Lack::Starting, ..Joined::new(what, hint) }
}

fn of_endpoint(container: &ContainerView, endpoint: &Endpoint, how: How) -> Joined {
    let (title, shown, host) = (container.title(), endpoint.text(), endpoint.host.as_str());
    let said = match how {
        How::Refused => "is refused by",
        How::Silent => "does not get an answer from",
    };
    let origin = origin::of(container, host);
    let what = format!("{title} {said} {shown}{}", origin.suffix());
    let lookups = std::iter::once(Lookup::Services).chain(origin.lookups).chain(endpoint::lookups(container)).collect();
    let Some(service) = service_of(container, host) else {
        // Whose it is may be known in a moment.
        let is_outside = !endpoint.is_address() && is_of_internet(host);
        let hint = Remedy::look(if is_outside {
            format!(
                "may the pod reach {shown}? A NetworkPolicy, a missing proxy or a network without a way out keeps it"
            )
        } else {
            format!("what listens on {shown}? If it only comes up later, the program has to try again until then")
        });
        return Joined { lookups, lack: Lack::Absent, ..Joined::new(what, hint) };
    };
    let (name, namespace) = (escape(&service.name), escape(container.namespace()));
    let ports = service.ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let wrong_port = endpoint.port.filter(|port| !service.ports.contains(port));
    let nobody = nobody_behind(container, service);
    // What the Service itself has wrong does not come by itself.
    let leads_nowhere = service.ready == Some(0) || !service.unnamed.is_empty() || !service.undeclared.is_empty();
    let is_wrong = wrong_port.is_some() || leads_nowhere && nobody.is_wrong;
    let (fact, hint) = match (wrong_port, service.ready) {
        (Some(port), _) => (
            format!("Service {name} has the port {ports}"),
            Remedy::given(
                service,
                format!("Service {name} does not offer port {port}: use {ports}, or add it to the Service"),
            ),
        ),
        (None, Some(0)) => (format!("Service {name} has no ready endpoint"), nobody.hint),
        (None, _) if leads_nowhere => (format!("Service {name} has no endpoint on that port"), nobody.hint),
        (None, ready) => (
            format!(
                "Service {name} is there, with {} ready endpoints now",
                ready.map_or("?".to_owned(), |n| n.to_string())
            ),
            Remedy::look(match how {
                How::Refused => format!(
                    "does what is behind Service {name} listen where its targetPort says? plat why -n {namespace}"
                ),
                How::Silent => format!(
                    "does a NetworkPolicy keep the pod from Service {name}? kubectl -n {namespace} get networkpolicies"
                ),
            }),
        ),
    };
    let lack = if is_wrong { Lack::Own } else { Lack::Starting };
    Joined { facts: vec![fact], lookups, lack, ..Joined::new(what, hint) }
}

/// Whether it is a name that no Service can have; `cart.shop` is one of another namespace.
fn is_of_internet(host: &str) -> bool {
    const ENDS: [&str; 10] = ["ai", "app", "cloud", "co", "com", "dev", "eu", "io", "net", "org"];
    let parts: Vec<&str> = host.split('.').collect();
    match parts.as_slice() {
        [] | [_] => false,
        [_, end] => ENDS.contains(end),
        [_, _, third, ..] => *third != "svc",
    }
}

/// Kafka's client goes where the broker tells it to (`NetworkClient`).
static ADVERTISED: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"Connection to node \d+ \((?:localhost|127\.0\.0\.1)[^)]*\) could not be established|(?:localhost|127\.0\.0\.1):\d+/\d+: Connect to ",
    )
});

/// What the broker tells its clients.
fn advertised(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = ADVERTISED.captures(line)?;
    let is_own = |one: &EnvVar| one.name.to_uppercase().contains("BOOTSTRAP") && names_itself(one, None);
    if given::env(container).any(is_own) {
        return None;
    }
    let what =
        format!("{} is told by its Kafka broker to connect to localhost, which is its own pod", container.title());
    let hint = "let the broker advertise a name that its clients can reach: KAFKA_ADVERTISED_LISTENERS (advertised.listeners) with its Service or pod, not \
                localhost";
    Some(Joined::new(what, Remedy::given(&found, hint)))
}

/// Loopback is the pod's own.
fn of_itself(container: &ContainerView, found: &Captures, port: Option<i32>) -> Joined {
    let declared = container.beside().flat_map(|other| other.ports.iter().flatten().map(move |own| (other, own)));
    let declared = declared.into_iter().find(|(_, own)| Some(own.container_port) == port);
    let variable = given::env(container).find(|one| names_itself(one, port));
    let (title, shown) =
        (container.title(), port.map_or_else(|| "what it needs".to_owned(), |port| format!("port {port}")));
    let what = format!("{title} looks for {shown} on localhost, which is its own pod, and nothing listens there");
    if let Some((unread, service)) = unread(container, port).filter(|_| declared.is_none() && variable.is_none()) {
        let (variable, value) = (escape(&unread.name), escape(unread.value.as_deref().unwrap_or_default()));
        let name = escape(&service.name);
        return Joined {
            facts: vec![format!("`env` gives it {variable}={value}, and Service {name} offers {shown}")],
            lookups: vec![Lookup::Services],
            ..Joined::new(
                what,
                Remedy::look(format!(
                    "it does not read {variable}, as it seems, and falls back to localhost: how does the program call it ({})?",
                    usual(&unread.name)
                )),
            )
        };
    }
    match (declared, variable) {
        (Some((other, declared)), _) => {
            let other = escape(&other.name);
            let hint = format!("container {other} of the pod listens there, and did not yet: try again until it does");
            Joined { lack: Lack::Starting, ..Joined::new(what, Remedy::given(declared, hint)) }
        }
        (None, Some(variable)) => {
            let name = escape(&variable.name);
            let hint = format!("name the Service that is meant in the variable {name}, instead of localhost");
            Joined::new(what, Remedy::given(variable, hint))
        }
        (None, None) if let Some((other, ports)) = beside(container) => {
            let hint = format!(
                "container {other} of the pod declares {ports}: is that meant? Else name the Service that is, instead of localhost"
            );
            Joined::new(what, Remedy::look(hint))
        }
        (None, None) => {
            let own = |host: &str| port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
            let by = ["localhost", "127.0.0.1"].map(|host| origin::of(container, &own(host)));
            let hint = match by.iter().find_map(|origin| origin.place.as_deref()) {
                Some(place) => format!("name the Service that is meant, instead of localhost: {place}"),
                None => "name the Service that is meant, instead of localhost".to_owned(),
            };
            let lookups = by.into_iter().flat_map(|origin| origin.lookups).chain([Lookup::Services]).collect();
            Joined { lookups, ..Joined::new(what, Remedy::given(found, hint)) }
        }
    }
}

/// Another container of the pod, and the ports that it declares.
fn beside(container: &ContainerView) -> Option<(String, String)> {
    let mut others = container.beside().filter(|other| other.ports.iter().flatten().next().is_some());
    let other = others.next().filter(|_| others.next().is_none())?;
    let ports: Vec<String> = other.ports.iter().flatten().map(|own| own.container_port.to_string()).collect();
    Some((escape(&other.name), ports.join(", ")))
}

/// A variable that names a Service with this port, where the program looks on localhost all the same.
fn unread<'a>(container: &ContainerView<'a>, port: Option<i32>) -> Option<(&'a EnvVar, &'a ServiceSeen)> {
    given::env(container).find_map(|one| {
        let value = one.value.as_deref()?;
        let host = value.rsplit("://").next()?.rsplit('@').next()?.split([':', '/', ',']).next()?;
        let service = service_of(container, host)?;
        port.is_some_and(|port| service.ports.contains(&port)).then_some((one, service))
    })
}

/// Other names that programs have for it.
fn usual(name: &str) -> String {
    let upper = name.to_uppercase();
    let stem = ["_HOSTNAME", "_HOST", "_ADDRESS", "_ADDR", "_URL", "_URI", "_SERVER", "_ENDPOINT"]
        .iter()
        .find_map(|end| upper.strip_suffix(end));
    let stem = stem.unwrap_or(&upper);
    let names = ["_HOST", "_HOSTNAME", "_URL", "_ADDR"].map(|end| format!("{stem}{end}"));
    let others: Vec<String> = names.into_iter().filter(|other| *other != upper).take(3).collect();
    escape(&others.join(", "))
}

/// Whether the variable names the loopback, with this port or with none.
fn names_itself(variable: &EnvVar, port: Option<i32>) -> bool {
    let Some(words) = Words::any(variable.value.as_deref().unwrap_or_default(), &["localhost", "127.0.0.1"]) else {
        return false;
    };
    let own = words.after().strip_prefix(':').map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    own.is_none_or(|own| own.and_then(|own| own.parse().ok()) == port)
}
