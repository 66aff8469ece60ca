//! A host that is not found, beside the Services of the namespace.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::PodSpec;
use regex::{Captures, Regex};

use super::line::{Joined, Phrase, Read, group};
use super::{endpoint, given, origin, settings};
use crate::rollout::model::{Lack, Lookup, LookupResult, Remedy, ServiceSeen};
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

/// The Service of this name, or with this address.
pub(super) fn service_of<'a>(container: &ContainerView<'a>, host: &str) -> Option<&'a ServiceSeen> {
    let name = service_name(container, host);
    let is_it =
        |service: &&ServiceSeen| Some(service.name.as_str()) == name || service.addresses.iter().any(|one| one == host);
    services(container)?.1.iter().find(is_it)
}

fn unknown(container: &ContainerView, found: &Captures) -> Joined {
    of_host(container, group(found, "host"))
}

/// How the resolver says it, wherever the host stands.
static NO_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)name or service not known|(?:temporary )?failure in name resolution|name does not resolve|nodename nor servname|no address associated with hostname|nxdomain|name resolution failed|\(SocketError\)",
    )
    .expect("a literal pattern")
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
    Some(Joined { lookups: vec![Lookup::Services], lack: Lack::Absent, ..Joined::new(what, hint) })
}

fn of_host(container: &ContainerView, host: &str) -> Joined {
    let origin = origin::of(container, host);
    let what = format!("{} does not find the host {}{}", container.title(), escape(host), origin.suffix());
    let mut joined = absent(container, host, what);
    joined.lookups.extend(origin.lookups);
    joined
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

/// The name of one pod of a `StatefulSet`, `db-0.db` (`pod.hostname` and `pod.subdomain`): DNS has it below the Service that
/// its `serviceName` names, and only while the pod is ready, unless the Service says otherwise.
fn of_pod(container: &ContainerView, host: &str, what: &str) -> Option<Joined> {
    static POD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?<set>[a-z0-9][a-z0-9-]*)-\d+\.(?<service>[a-z0-9][a-z0-9-]*)(?:\.(?<namespace>[a-z0-9-]+)|$)")
            .expect("a literal pattern")
    });
    let found = POD.captures(host)?;
    if found.name("namespace").is_some_and(|namespace| namespace.as_str() != container.namespace()) {
        return None;
    }
    let (set, service) = (&found["set"], &found["service"]);
    let lookup = Lookup::PodsService(set.to_owned());
    let lookups = vec![Lookup::Services, lookup.clone()];
    let joined = |hint: Remedy, facts: Vec<String>, lack| Joined {
        facts,
        lookups: lookups.clone(),
        lack,
        ..Joined::new(what.to_owned(), hint)
    };
    let (set_shown, service_shown) = (escape(set), escape(service));
    let result = container.result_of(&lookup);
    let Some(LookupResult::Present(named)) = result else {
        let hint = format!("is there a StatefulSet {set_shown}, and does its serviceName name {service_shown}?");
        return Some(joined(Remedy::look(hint), Vec::new(), Lack::Absent));
    };
    let own = named.first().map_or("", String::as_str);
    let known = services(container).map(|(_, all)| all.iter().any(|one| one.name == service));
    Some(match (own == service, known) {
        (false, _) => {
            let fact = format!(
                "StatefulSet {set_shown} has serviceName {:?}, so its pods have no name below {service_shown}",
                escape(own)
            );
            let hint = format!(
                "give it serviceName: {service_shown}, for which it has to be made anew, or ask for {set_shown}-0.{}",
                escape(own)
            );
            joined(Remedy::given(result?, hint), vec![fact], Lack::Own)
        }
        (true, Some(false)) => {
            let hint =
                format!("make the headless Service {service_shown} (clusterIP: None) that its serviceName names");
            joined(Remedy::given(result?, hint), vec![format!("there is no Service {service_shown}")], Lack::Absent)
        }
        (true, _) => {
            let hint = format!(
                "DNS has a pod's name only while it is ready, and only of a headless Service (clusterIP: None): where the pods look for each other \
                 before, does Service {service_shown} say publishNotReadyAddresses: true?"
            );
            joined(Remedy::look(hint), Vec::new(), Lack::Starting)
        }
    })
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

/// Commands that wait for a host, in the script of an init container.
static WAITS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:\bnslookup|\bdig|\bgetent (?:a?hosts|ahostsv4)|\bnc(?:\s+-\S+(?:\s+\d+)?)*|\btelnet|\bping(?:\s+-\S+(?:\s+\d+)?)*|\bwait-for(?:-it)?(?:\.sh)?(?:\s+-\S+(?:\s+\d+)?)*|\bdockerize\b.*?-wait|\bpg_isready\b.*?\s(?:-h|--host)|\b(?:redis-cli|valkey-cli|psql|mongosh?|kcat|kafkacat)\b.*?\s(?:-h|-b|--host)|\b(?:mysql|mariadb)(?:-?admin)?\b.*?\s(?:-h|--host)|\bcurl\b(?:\s+-\S+)*|\bwget\b(?:\s+-\S+)*|/dev/tcp)[\s=/]*["']?(?:\w+://)?(?<host>[a-z][a-z0-9.-]*[a-z0-9]|\$[{(]?\w+[})]?[a-z0-9.-]*)["']?(?:[\s:/]+(?<port>\d{2,5})\b)?"#,
    )
    .expect("a literal pattern")
});

/// The same in what it writes: `waiting for db:5432`, `db:5432 - no response`, `nc: db (10.96.0.1:5432): …`.
static SAYS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    [
        r"(?i)\bwait(?:ing|ed)?\b(?: up to)?(?: \d+ ?s(?:ec(?:ond)?s?)?)? (?:for|on):? +(?:(?:the|service|host|server|database|connection|to) +){0,3}[\x22'`\[]?(?:\w+://)?(?<host>[a-z0-9][\w.-]*)(?::(?<port>\d{2,5})\b)?",
        r"(?i)(?:^|[\s\[\x22'`/])(?<host>[a-z][\w.-]*):(?<port>\d{2,5})\b[\]\x22'`]? *(?:-+|is|was)? *(?:still )?(?:no response|rejecting connections|no attempt|not (?:yet )?(?:available|ready|reachable|up|open|listening)|unavailable|unreachable)",
        r"\b(?<host>[a-z][\w.-]*) \([\da-f.:\[\]]*[.:](?<port>\d{2,5})\)",
    ]
    .map(|pattern| Regex::new(pattern).expect("a literal pattern"))
});

/// A name in a script, with a variable in front of it replaced by what `env` gives.
fn written(container: &ContainerView, host: &str) -> Option<String> {
    let Some(rest) = host.strip_prefix('$') else { return Some(host.to_owned()) };
    let rest = rest.trim_start_matches(['{', '(']);
    let end = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(rest.len());
    let value = given::written(container, &rest[..end])?;
    let whole = format!("{value}{}", rest[end..].trim_start_matches(['}', ')']));
    // Only a name: what is left of an expansion is none.
    whole.chars().all(|one| one.is_ascii_alphanumeric() || ".-".contains(one)).then_some(whole)
}

/// The host that an init container waits for, and its port where that is known: by its last lines, else by its script.
/// `spoken`: the name stands in a sentence, where any word may stand.
fn awaited(container: &ContainerView, log: &str) -> Option<(String, Option<i32>, bool)> {
    let port = |found: &Captures| found.name("port").and_then(|port| port.as_str().parse().ok());
    let mut lines = log.lines().rev().take(6);
    let said = lines.find_map(|line| SAYS.iter().find_map(|pattern| pattern.captures(line)));
    let said = said.map(|found| (found["host"].trim_end_matches('.').to_owned(), port(&found)));
    let words = container.spec.command.iter().chain(&container.spec.args).flatten();
    let mut scripts = words.flat_map(|word| WAITS.captures_iter(word));
    let script = scripts.find_map(|found| {
        let host = written(container, &found["host"])?;
        (host != "localhost").then(|| (host, port(&found)))
    });
    match (said, script) {
        (Some((host, Some(port))), _) => Some((host, Some(port), false)),
        (_, Some((host, port))) => Some((host, port, false)),
        (Some((host, None)), None) => Some((host, None, true)),
        (None, None) => None,
    }
}

/// What an init container waits for, by its script and what it writes, where that is not there: a Service that leads
/// nowhere says more than how the last attempt failed, which is `recent`.
pub(in crate::rollout) fn waited_for(container: &ContainerView, log: &str, recent: Option<Joined>) -> Option<Joined> {
    let awaited = awaited(container, log);
    let known = services(container).map(|(_, all)| all);
    let found = awaited.as_ref().and_then(|(host, port, _)| {
        let name = service_name(container, host)?;
        unserved(container, known?.iter().find(|one| one.name == name)?, *port)
    });
    if let Some(joined) = found.or(recent) {
        return Some(joined);
    }
    let (host, _, spoken) = awaited?;
    let name = service_name(container, &host)?;
    let title = container.title();
    match known {
        // Whether it is a name at all is known when the Services are.
        None if spoken => {
            let (pod, namespace) = (container.pod.metadata.name.as_deref(), escape(container.namespace()));
            let (pod, own) = (escape(pod.unwrap_or_default()), escape(container.name()));
            let hint = format!("its log says what it waits for: kubectl -n {namespace} logs {pod} -c {own} -f");
            let waits = Joined::new(format!("{title} waits"), Remedy::look(hint));
            Some(Joined { lookups: vec![Lookup::Services], ..waits })
        }
        Some(known) if spoken || known.iter().any(|one| one.name == name) => None,
        _ => Some(absent(container, &host, format!("{title} waits for the host {}", escape(&host)))),
    }
}

/// Why nobody is behind a Service without a ready endpoint.
pub(super) struct Nobody {
    pub hint: Remedy,
    /// Whether the Service itself is wrong: what it means runs.
    pub is_wrong: bool,
}

pub(super) fn nobody_behind(container: &ContainerView, service: &ServiceSeen) -> Nobody {
    let name = escape(&service.name);
    match (&service.misses, &service.idle) {
        (Some(misses), _) if misses.contains(", and the pods of ") => {
            let hint = format!("Service {name} has no ready endpoint: {misses}: make them the same");
            Nobody { hint: Remedy::given(service, hint), is_wrong: true }
        }
        (Some(why), _) | (None, Some(why)) => {
            let hint = format!("Service {name} has no ready endpoint: {why}");
            Nobody { hint: Remedy::look(hint), is_wrong: false }
        }
        (None, None) => {
            let namespace = escape(container.namespace());
            let hint = format!("what is behind Service {name} does not run: plat why -n {namespace}");
            Nobody { hint: Remedy::look(hint), is_wrong: false }
        }
    }
}

/// A Service that does not lead to what is waited for; none where it does.
fn unserved(container: &ContainerView, service: &ServiceSeen, port: Option<i32>) -> Option<Joined> {
    let shown_name = escape(&service.name);
    let shown = port.map_or_else(|| shown_name.clone(), |port| format!("{shown_name}:{port}"));
    let wrong_port = port.filter(|port| !service.ports.is_empty() && !service.ports.contains(port));
    let missing =
        if wrong_port.is_some() { "a port that the Service does not have" } else { "which has no ready endpoint" };
    let hint = match wrong_port {
        Some(port) => {
            let has = service.ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let hint = format!("Service {shown_name} does not offer port {port}: use {has}, or add it to the Service");
            Remedy::given(service, hint)
        }
        None if service.ready == Some(0) => nobody_behind(container, service).hint,
        None => return None,
    };
    let what = format!("{} waits for {shown}, {missing}", container.title());
    Some(Joined { lookups: vec![Lookup::Services], ..Joined::new(what, hint) })
}

/// Kafka's client does not say which: it is in a variable.
fn bootstrap(container: &ContainerView, _: &Captures) -> Option<Joined> {
    let values = given::env(container).filter(|one| one.name.contains("BOOTSTRAP") || one.name.contains("BROKER"));
    let hosts = values.filter_map(|one| one.value.as_deref()).flat_map(|value| value.split(','));
    let host = hosts.map(|one| one.rsplit('/').next().unwrap_or(one)).find_map(|one| one.split(':').next())?;
    Some(of_host(container, host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::join_recent;
    use crate::rollout::explain::line_cases::wrong;
    use rstest::rstest;
    use serde_json::json;

    fn check(script: &str, log: &str, ready: usize, says: &[&str]) {
        let seen = json!({"name": "db", "addresses": ["10.96.0.1"], "ports": [5432], "ready": ready});
        let case = json!([{
            "name": "a", "log": log, "says": says,
            "spec": {"command": ["sh", "-c", script], "env": [{"name": "DB", "value": "db"}]},
            "lookups": [{"lookup": "services", "result": {"services": [seen]}}],
        }]);
        let wrong = wrong(&case.to_string(), |container, log| {
            waited_for(container, log, join_recent(container, log)).map(|joined| (joined.what, joined.hint))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[rstest]
    #[case::pg_isready("", "db:5432 - no response")]
    #[case::starting("", "db:5432 - rejecting connections")]
    #[case::a_sentence("", "Waiting for db:5432...")]
    #[case::on("", "still waiting on tcp://db:5432")]
    #[case::wait_for_it("", "wait-for-it.sh: waiting 15 seconds for db:5432")]
    #[case::a_name("", "waiting for the database db to be ready")]
    #[case::available("", "Host [db:5432] not yet available...")]
    #[case::busybox("", "nc: db (10.96.0.1:5432): Connection timed out")]
    #[case::nc("until nc -z -w 2 db 5432; do sleep 1; done", "")]
    #[case::a_variable("until nc -z ${DB} 5432; do sleep 1; done", "")]
    #[case::the_whole_name("until nslookup $DB.shop.svc.cluster.local; do sleep 1; done", "")]
    #[case::of_postgres(
        "until pg_isready -U app -h db; do echo waiting for database; sleep 1; done",
        "waiting for database"
    )]
    #[case::of_mysql("until mysqladmin ping -hdb --silent; do sleep 1; done", "")]
    #[case::bash("until echo > /dev/tcp/db/5432; do sleep 1; done", "")]
    #[case::dockerize("dockerize -timeout 60s -wait tcp://db:5432", "")]
    fn what_is_waited_for_has_no_endpoint(#[case] script: &str, #[case] log: &str) {
        check(script, log, 0, &["waits for db", "which has no ready endpoint"]);
        // It is served: whatever keeps it, it is not this.
        check(script, log, 1, if log.contains("timed out") { &["does not get an answer from"] } else { &[] });
    }

    #[rstest]
    #[case::no_host("sleep 5; do-it", "waiting for migrations to end")]
    #[case::a_file("until test -f /ready; do sleep 1; done", "")]
    #[case::its_own("nc -z localhost 5432", "")]
    #[case::a_time("", "12:30:01 waiting 5 s")]
    fn what_names_no_host_says_nothing(#[case] script: &str, #[case] log: &str) {
        check(script, log, 0, &[]);
    }
}
