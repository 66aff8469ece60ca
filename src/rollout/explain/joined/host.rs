//! A host that is not found, beside the Services of the namespace.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::PodSpec;
use regex::{Captures, Regex};

use super::line::{Joined, Phrase, Read, group};
use super::pod_name::of_pod;
use super::service::{service_name, service_of, services};
use super::{endpoint, given, origin, settings};
use crate::rollout::model::{Lack, Lookup, LookupResult, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, nearest};

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
        (r#"host not found in upstream "(?<host>[\w.-]+)[^/]*(?<file>/\S+)?"#, |container, found| {
            let place = settings::place(container, group(found, "file"));
            let joined = unknown(container, found);
            Some(Joined { facts: place.into_iter().chain(joined.facts).collect(), ..joined })
        }),
        // nslookup and dig, of busybox and of bind.
        (r"can't find (?<host>[\w.-]+?)\.?: (?:NXDOMAIN|No answer)", |container, found| {
            Some(unknown(container, found))
        }),
        // haproxy, varnish
        (r"could not resolve address '(?<host>[\w.-]+)'", |container, found| Some(unknown(container, found))),
        (r#"[Hh]ost "(?<host>[\w.-]+)" could not be resolved"#, |container, found| Some(unknown(container, found))),
        (r"getaddrinfo for (?<host>[\w.-]+) failed", |container, found| Some(unknown(container, found))),
        (
            r"(?i)(?:couldn't|could not|cannot|can't|unable to|failed to) (?:lookup|look up|resolve)(?: the)?(?: host(?:name)?| address| name)?:? '?\x22?(?<host>[a-z][\w-]*(?:\.[\w-]+)+|[a-z]\w*-[\w-]+)\b",
            |container, found| Some(unknown(container, found)),
        ),
        (r"[Ff]ailed to resolve '(?<host>[\w.-]+)'", |container, found| Some(unknown(container, found))),
        (r"No resolvable bootstrap urls", bootstrap),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn unknown(container: &ContainerView, found: &Captures) -> Joined {
    of_host(container, group(found, "host"))
}

/// How the resolver says it, wherever the host stands.
static NO_NAME: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)name or service not known|(?:temporary )?failure in name resolution|name does not resolve|nodename nor servname|no address associated with hostname|nxdomain|name resolution failed|\(SocketError\)",
    )
});

/// Of a line that does not spell the host as the others do, or names none: then it is the one of its variables that
/// no Service has.
pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    NO_NAME.find(line)?;
    if let Some(endpoint) = endpoint::of_line(container, line, |_| true) {
        return Some(of_host(container, &endpoint.host));
    }
    let is_there = |host: &str| service_of(container, host).is_some();
    let mut hosts = endpoint::of_variables(container);
    hosts.retain(|one| !one.is_loopback() && !one.is_address() && !is_there(&one.host));
    if let [only] = hosts.as_slice() {
        return Some(of_host(container, &only.host));
    }
    let what = format!("{} does not find a host that it needs", container.title());
    let hint = Remedy::look("which one? Is its name spelt right, and is there a Service of that name?");
    let lookups = std::iter::once(Lookup::Services).chain(endpoint::lookups(container)).collect();
    Some(Joined { lookups, lack: Lack::Absent, ..Joined::new(what, hint) })
}

fn of_host(container: &ContainerView, host: &str) -> Joined {
    let origin = origin::of(container, host);
    let what = format!("{} does not find the host {}{}", container.title(), escape(host), origin.suffix());
    let mut joined = absent(container, host, what);
    joined.lookups.extend(origin.lookups.into_iter().chain(endpoint::lookups(container)));
    joined
}

/// A host that is not found, beside the Services of that name and of nearly that name.
pub(super) fn absent(container: &ContainerView, host: &str, what: String) -> Joined {
    let (shown, namespace) = (escape(host), escape(container.namespace()));
    let name = host.split('.').next().unwrap_or(host);
    let elsewhere = Lookup::ServiceElsewhere(name.to_owned());
    let found = match container.result_of(&elsewhere) {
        Some(LookupResult::Present(namespaces)) => Some(namespaces.as_slice()),
        _ => None,
    };
    let lookups = vec![Lookup::Services, elsewhere];
    let there = |other: &str| format!("namespace {0} has one, if that is meant: {1}.{0}", escape(other), escape(name));
    if let Some(joined) = of_pod(container, host, &what) {
        return joined;
    }
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
    if service_of(container, host).is_some() {
        if let Some((spec, hint)) = asks_the_node(container) {
            let facts = vec![format!("Service {name_shown} is there")];
            return Joined { facts, lookups, ..Joined::new(what, Remedy::given(spec, hint)) };
        }
        let hint = Remedy::look(format!(
            "Service {name_shown} is there now: did the program ask before it came? Else, is the pod allowed to ask DNS (a NetworkPolicy can \
             forbid it)?"
        ));
        return Joined { lookups, lack: Lack::Starting, ..Joined::new(what, hint) };
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

/// Whether the pod asks the DNS of its node, which knows no Service, and what to do then (`getPodDNSType`, pkg/kubelet).
fn asks_the_node<'a>(container: &ContainerView<'a>) -> Option<(&'a PodSpec, &'static str)> {
    let spec = container.pod.spec.as_ref()?;
    match (spec.dns_policy.as_deref().unwrap_or("ClusterFirst"), spec.host_network) {
        ("ClusterFirst", Some(true)) => Some((
            spec,
            "with `hostNetwork` the pod asks the DNS of its node, which knows no Service: set `dnsPolicy: ClusterFirstWithHostNet`",
        )),
        ("Default", _) => {
            Some((spec, "`dnsPolicy: Default` asks the DNS of the node, which knows no Service: set ClusterFirst"))
        }
        _ => None,
    }
}

/// `cart.shop`, `cart.shop.svc.cluster.local`: a name of the cluster's own DNS.
fn host_is_of_cluster(host: &str) -> bool {
    let parts: Vec<&str> = host.split('.').collect();
    parts.len() == 2 || parts.get(2) == Some(&"svc")
}

/// Kafka's client does not say which: it is in a variable.
fn bootstrap(container: &ContainerView, _: &Captures) -> Option<Joined> {
    let values = given::env(container).filter(|one| one.name.contains("BOOTSTRAP") || one.name.contains("BROKER"));
    let hosts = values.filter_map(|one| one.value.as_deref()).flat_map(|value| value.split(','));
    let host = hosts.map(|one| one.rsplit('/').next().unwrap_or(one)).find_map(|one| one.split(':').next())?;
    Some(of_host(container, host))
}
