//! A host that is not found, or that refuses the connection, beside the Services of the namespace.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::EnvVar;
use regex::{Captures, Regex};

use super::given;
use super::line::{Joined, Phrase, Read, group};
use crate::rollout::model::{Lack, Lookup, LookupResult, Remedy, ServiceSeen, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::nearest;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: Vec<(&'static str, Read)> = vec![
        // Go, Node.js, libpq, JVM, curl, busybox, MySQL
        (
            r"lookup (?<host>[\w.-]+?)\.?(?: on [\d.\[\]:]+)?: (?:no such host|server misbehaving)",
            |container, found| Some(unknown(container, found)),
        ),
        (r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?<host>[\w.-]+)", |container, found| Some(unknown(container, found))),
        (r#"could not translate host name "(?<host>[^"]+)""#, |container, found| Some(unknown(container, found))),
        (r"UnknownHostException: (?<host>[\w.-]+)", |container, found| Some(unknown(container, found))),
        (
            r"(?i)(?:could not resolve host|bad address|unknown mysql server host|unknown host)[: ]+'?(?<host>[\w.-]+)",
            |container, found| Some(unknown(container, found)),
        ),
        (r#"host not found in upstream "(?<host>[\w.-]+)"#, |container, found| Some(unknown(container, found))),
        (r"No resolvable bootstrap urls", bootstrap),
        (
            r#"(?i)(?:can't|cannot|could not) reach (?:the )?(?:database )?server at [`'"]?(?<host>[\w.-]+)[`'"]?:[`'"]?(?<port>\d+)"#,
            refused,
        ),
        (
            r"(?i)the database system is (?:starting up|not yet accepting connections)|server is not ready|ETIMEDOUT|connection timed out|i/o timeout",
            |container, _| Some(starting(container)),
        ),
        (
            r#"connection to server at "(?<host>[^"]+)"(?: \([^)]*\))?, port (?<port>\d+) failed: (?i:connection refused)"#,
            refused,
        ),
        (r"(?i)(?:connect )?ECONNREFUSED (?<host>[\w.:\[\]-]+?):(?<port>\d+)", refused),
        (r"dial tcp (?<host>[\w.:\[\]-]+?):(?<port>\d+): connect: connection refused", refused),
        (r"(?i)connect(?:ing|ion)? to (?<host>[\w.-]+):(?<port>\d+)[^\w]*(?:was |: )?[\w ]*refused", refused),
        (r"(?i)host='(?<host>[\w.-]+)', port=(?<port>\d+).*refused", refused),
    ];
    all.into_iter().map(Phrase::new).collect()
});

/// Those of the namespace, and the look-up that showed them.
fn services<'a>(container: &ContainerView<'a>) -> Option<(&'a LookupResult, &'a [ServiceSeen])> {
    match container.result_of(&Lookup::Services)? {
        result @ LookupResult::Services(services) => Some((result, services)),
        _ => None,
    }
}

/// The name of a Service of this namespace, as its DNS has it: `db`, `db.shop`, `db.shop.svc.cluster.local`.
fn service_name<'h>(container: &ContainerView, host: &'h str) -> Option<&'h str> {
    let (name, rest) = host.split_once('.').unwrap_or((host, ""));
    let namespace = rest.split('.').next().unwrap_or_default();
    (rest.is_empty() || namespace == container.namespace()).then_some(name)
}

/// Where the program has it from, where that is written in `env`.
fn written_in(container: &ContainerView, host: &str) -> String {
    given::holding(container, host).map(|one| format!(" (variable {})", escape(&one.name))).unwrap_or_default()
}

fn unknown(container: &ContainerView, found: &Captures) -> Joined {
    of_host(container, group(found, "host"))
}

fn of_host(container: &ContainerView, host: &str) -> Joined {
    let what = format!("{} does not find the host {}{}", container.title(), escape(host), written_in(container, host));
    absent(container, host, what)
}

/// A host that is not found, beside the Services of that name and of nearly that name.
fn absent(container: &ContainerView, host: &str, what: String) -> Joined {
    let (shown, namespace) = (escape(host), escape(container.namespace()));
    let name = host.split('.').next().unwrap_or(host);
    let elsewhere = Lookup::ServiceElsewhere(name.to_owned());
    let found = match container.result_of(&elsewhere) {
        Some(LookupResult::Present(namespaces)) => Some(namespaces.as_slice()),
        _ => None,
    };
    let lookups = vec![Lookup::Services, elsewhere];
    let there = |other: &str| format!("namespace {0} has one: {1}.{0}", escape(other), escape(name));
    if service_name(container, host).is_none() {
        let wanted = host.split('.').nth(1).unwrap_or_default();
        let hint = Remedy::look(match found {
            Some([one, ..]) if host_is_of_cluster(host) && one != wanted => {
                format!("namespace {} has no Service {}; {}", escape(wanted), escape(name), there(one))
            }
            _ => format!(
                "{shown} is no Service of namespace {namespace}: is it spelt right, and may the pod ask DNS (a NetworkPolicy can forbid it)?"
            ),
        });
        return Joined { lookups, lack: Lack::Absent, ..Joined::new(what, hint) };
    }
    let name_shown = escape(name);
    let Some((result, services)) = services(container) else {
        let hint = Remedy::look(format!("is there a Service {name_shown}? kubectl -n {namespace} get services"));
        return Joined { lookups, lack: Lack::Absent, ..Joined::new(what, hint) };
    };
    if let Some(service) = services.iter().find(|service| service.name == name) {
        let hint = format!("Service {name_shown} is there now: it came after the program had asked; start it again");
        return Joined { lookups, lack: Lack::Starting, ..Joined::new(what, Remedy::given(service, hint)) };
    }
    let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    let like = |other: &&&str| other.contains(name) || name.contains(**other);
    let near = nearest(name, names.iter().copied()).or_else(|| names.iter().find(like).copied());
    let listed = names.iter().take(8).map(|name| escape(name)).collect::<Vec<_>>().join(", ");
    let facts = vec![if names.is_empty() {
        format!("namespace {namespace} has no Service")
    } else {
        format!("the Services of namespace {namespace}: {listed}")
    }];
    let none = format!("there is no Service {name_shown} in namespace {namespace}");
    let (hint, lack) = match (near, found) {
        (Some(near), _) => (Remedy::look(format!("{none}; there is {}", escape(near))), Lack::Own),
        (None, Some([one, ..])) => (Remedy::look(format!("{none}; {}", there(one))), Lack::Absent),
        (None, _) => {
            let hint = format!("{none}: deploy it first, or name the one that is meant");
            (Remedy::given(result, hint), Lack::Absent)
        }
    };
    Joined { facts, lookups, lack, ..Joined::new(what, hint) }
}

/// `cart.shop`, `cart.shop.svc.cluster.local`: a name of the cluster's own DNS.
fn host_is_of_cluster(host: &str) -> bool {
    let parts: Vec<&str> = host.split('.').collect();
    parts.len() == 2 || parts.get(2) == Some(&"svc")
}

/// Commands that wait for a host, in the script of an init container.
static WAITS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:\bnslookup|\bgetent hosts|\bnc(?:\s+-\S+)*|\bwait-for(?:-it)?(?:\.sh)?|\bpg_isready\b.*?\s-h|\bredis-cli\b.*?\s-h|\bmysqladmin\b.*?\s-h|\bcurl\b(?:\s+-\S+)*|\bwget\b(?:\s+-\S+)*)[\s=]+["']?(?:\w+://)?(?<host>[a-z][a-z0-9.-]*[a-z0-9])"#,
    )
    .expect("a literal pattern")
});

/// What the script of a container waits for, where that is not there.
pub(in crate::rollout) fn waited_for(container: &ContainerView) -> Option<Joined> {
    let words = container.spec.command.iter().chain(&container.spec.args).flatten();
    let mut hosts = words.flat_map(|word| WAITS.captures_iter(word)).map(|found| found["host"].to_owned());
    let host = hosts.find(|host| host != "localhost")?;
    let name = service_name(container, &host)?;
    if let Some(service) = services(container).and_then(|(_, all)| all.iter().find(|one| one.name == name)) {
        let namespace = escape(container.namespace());
        let hint =
            Remedy::look(format!("what is behind Service {} does not run: plat why -n {namespace}", escape(name)));
        let what = format!("{} waits for {}, which has no ready endpoint", container.title(), escape(&host));
        return (service.ready == Some(0)).then(|| Joined::new(what, hint));
    }
    let what = format!("{} waits for the host {}", container.title(), escape(&host));
    Some(absent(container, &host, what))
}

fn refused(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let (host, port) = (group(found, "host").trim_matches(['[', ']']), group(found, "port"));
    let number: i32 = port.parse().ok()?;
    let (title, shown) = (container.title(), escape(host));
    if host == "localhost" || host.starts_with("127.") || host == "::1" {
        return Some(of_itself(container, found, number));
    }
    let what = format!("{title} is refused by {shown}:{port}{}", written_in(container, host));
    let lookups = vec![Lookup::Services];
    let known = services(container);
    let name = service_name(container, host);
    let is_it =
        |service: &&ServiceSeen| Some(service.name.as_str()) == name || service.addresses.iter().any(|one| one == host);
    let Some(service) = known.and_then(|(_, services)| services.iter().find(is_it)) else {
        // Whose it is may be known in a moment.
        let hint = Remedy::look(format!(
            "what listens on {shown}:{port}? If it only comes up later, it has to be tried again until then"
        ));
        return Some(Joined { lookups, lack: Lack::Absent, ..Joined::new(what, hint) });
    };
    let (name, namespace) = (escape(&service.name), escape(container.namespace()));
    let ports = service.ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (fact, hint) = if !service.ports.contains(&number) {
        (
            format!("Service {name} has the port {ports}"),
            Remedy::given(
                service,
                format!("Service {name} does not offer port {port}: use {ports}, or add it to the Service"),
            ),
        )
    } else if service.ready == Some(0) {
        (
            format!("Service {name} has no ready endpoint"),
            Remedy::look(format!("what is behind Service {name} does not run: plat why -n {namespace}")),
        )
    } else {
        (
            format!(
                "Service {name} is there, with {} ready endpoints now",
                service.ready.map_or("?".to_owned(), |n| n.to_string())
            ),
            Remedy::look(format!(
                "does what is behind Service {name} listen where its targetPort says? plat why -n {namespace}"
            )),
        )
    };
    // A port that the Service does not have does not come by itself.
    let lack = if service.ports.contains(&number) { Lack::Starting } else { Lack::Own };
    Some(Joined { facts: vec![fact], lookups, lack, ..Joined::new(what, hint) })
}

/// What it calls is there, and not ready.
fn starting(container: &ContainerView) -> Joined {
    let what = format!("{} does not get an answer from what it needs", container.title());
    let hint = Remedy::look("does what it calls run? If it only takes long, the program has to try again until then");
    Joined { lack: Lack::Starting, ..Joined::new(what, hint) }
}

/// Kafka's client does not say which: it is in a variable.
fn bootstrap(container: &ContainerView, _: &Captures) -> Option<Joined> {
    let values = given::env(container).filter(|one| one.name.contains("BOOTSTRAP") || one.name.contains("BROKER"));
    let hosts = values.filter_map(|one| one.value.as_deref()).flat_map(|value| value.split(','));
    let host = hosts.map(|one| one.rsplit('/').next().unwrap_or(one)).find_map(|one| one.split(':').next())?;
    Some(of_host(container, host))
}

/// Loopback is the pod's own.
fn of_itself(container: &ContainerView, found: &Captures, port: i32) -> Joined {
    let declared = container.beside().flat_map(|other| other.ports.iter().flatten().map(move |own| (other, own)));
    let declared = declared.into_iter().find(|(_, own)| own.container_port == port);
    let variable = given::env(container).find(|one| names_itself(one, port));
    let title = container.title();
    let what = format!("{title} looks for port {port} on localhost, which is its own pod, and nothing listens there");
    let hint = match (declared, variable) {
        (Some((other, declared)), _) => Remedy::given(
            declared,
            format!(
                "container {} of the pod listens there, and did not yet: try again until it does",
                escape(&other.name)
            ),
        ),
        (None, Some(variable)) => {
            let name = escape(&variable.name);
            Remedy::given(
                variable,
                format!("name the Service that is meant in the variable {name}, instead of localhost"),
            )
        }
        (None, None) => Remedy::given(found, "name the Service that is meant, instead of localhost"),
    };
    Joined::new(what, hint)
}

/// Whether the variable names the loopback, with this port or with none.
fn names_itself(variable: &EnvVar, port: i32) -> bool {
    let Some(words) = Words::any(variable.value.as_deref().unwrap_or_default(), &["localhost", "127.0.0.1"]) else {
        return false;
    };
    let own = words.after().strip_prefix(':').map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    own.is_none_or(|own| own == Some(port.to_string().as_str()))
}
