//! What an init container waits for: by its script, and by what it writes.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::line::Joined;
use super::service::{nobody_behind, service_name, services};
use super::{endpoint, given, host};
use crate::rollout::model::{Lookup, Remedy, ServiceSeen};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// Commands that wait for a host, in the script of an init container.
static WAITS: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"(?:\bnslookup|\bdig|\bgetent (?:a?hosts|ahostsv4)|\bnc(?:\s+-\S+(?:\s+\d+)?)*|\btelnet|\bping(?:\s+-\S+(?:\s+\d+)?)*|\bwait-for(?:-it)?(?:\.sh)?(?:\s+-\S+(?:\s+\d+)?)*|\bdockerize\b.*?-wait|\bpg_isready\b.*?\s(?:-h|--host)|\b(?:redis-cli|valkey-cli|psql|mongosh?|kcat|kafkacat)\b.*?\s(?:-h|-b|--host)|\b(?:mysql|mariadb)(?:-?admin)?\b.*?\s(?:-h|--host)|\bcurl\b(?:\s+-\S+)*|\bwget\b(?:\s+-\S+)*|/dev/tcp)[\s=/]*["']?(?:\w+://)?(?<host>[a-z][a-z0-9.-]*[a-z0-9]|\$[{(]?\w+[})]?[a-z0-9.-]*)["']?(?:[\s:/]+(?<port>\d{2,5})\b)?"#,
    )
});

/// The same in what it writes: `waiting for db:5432`, `db:5432 - no response`, `nc: db (10.96.0.1:5432): …`.
static SAYS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    [
        r"(?i)\bwait(?:ing|ed)?\b(?: up to)?(?: \d+ ?s(?:ec(?:ond)?s?)?)? (?:for|on):? +(?:(?:the|service|host|server|database|connection|to) +){0,3}[\x22'`\[]?(?:\w+://)?(?<host>[a-z0-9][\w.-]*)(?::(?<port>\d{2,5})\b)?",
        r"(?i)(?:^|[\s\[\x22'`/])(?<host>[a-z][\w.-]*):(?<port>\d{2,5})\b[\]\x22'`]? *(?:-+|is|was)? *(?:still )?(?:no response|rejecting connections|no attempt|not (?:yet )?(?:available|ready|reachable|up|open|listening)|unavailable|unreachable)",
        r"\b(?<host>[a-z][\w.-]*) \([\da-f.:\[\]]*[.:](?<port>\d{2,5})\)",
    ]
    .map(ascii_regex)
});

/// A name in a script, with a variable in front of it replaced by what `env` gives.
fn written(container: &ContainerView, host: &str) -> Option<String> {
    let Some(rest) = host.strip_prefix('$') else { return Some(host.to_owned()) };
    let rest = rest.trim_start_matches(['{', '(']);
    let end = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(rest.len());
    let name = &rest[..end];
    let value = given::written(container, name).map(str::to_owned).or_else(|| endpoint::host_of(container, name))?;
    let whole = format!("{value}{}", rest[end..].trim_start_matches(['}', ')']));
    // Only a name: what is left of an expansion is none.
    whole.chars().all(|one| one.is_ascii_alphanumeric() || ".-".contains(one)).then_some(whole)
}

/// What would tell the hosts that its script names by variables.
fn lookups(container: &ContainerView) -> Vec<Lookup> {
    let words = container.spec.command.iter().chain(&container.spec.args).flatten();
    let mut hosts = words.flat_map(|word| WAITS.captures_iter(word));
    let is_named = hosts.any(|found| found["host"].starts_with('$') && written(container, &found["host"]).is_none());
    if is_named { endpoint::lookups(container) } else { Vec::new() }
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
    let title = container.title();
    let open: Vec<Lookup> = lookups(container).into_iter().filter(|one| container.result_of(one).is_none()).collect();
    if !open.is_empty() {
        let hint = Remedy::look("for what? A variable of its script names the host");
        return Some(Joined { lookups: open, ..Joined::new(format!("{title} waits"), hint) });
    }
    let (host, _, spoken) = awaited?;
    let waits = || format!("{title} waits for the host {}", escape(&host));
    let Some(name) = service_name(container, &host) else {
        return (!spoken).then(|| host::absent(container, &host, waits()));
    };
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
        _ => Some(host::absent(container, &host, waits())),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::join_recent;
    use crate::rollout::explain::line_cases::wrong;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn check(script: &str, log: &str, ready: usize, says: &[&str]) {
        let seen = json!({"name": "db", "addresses": ["10.96.0.1"], "ports": [5432], "ready": ready});
        let case = json!([{
            "name": "a", "log": log, "says": says,
            "spec": {"command": ["sh", "-c", script], "env": [{"name": "DB", "value": "db"}]},
            "lookups": [{"lookup": "services", "result": {"services": [seen]}}],
        }]);
        holds(&case);
    }

    /// Whether it is said what the case says.
    fn holds(case: &Value) {
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

    #[test]
    fn a_config_map_names_it_and_another_namespace_has_it() {
        let case = json!([{
            "name": "a", "log": "waiting for database",
            "says": ["waits for the host mariadb.blog", "namespace shop has one"],
            "spec": {"command": ["sh", "-c", "until nc -z $DB_HOST 3306; do sleep 1; done"], "envFrom": [{"configMapRef": {"name": "c"}}]},
            "lookups": [
                {"lookup": {"endpoints": "c"}, "result": {"present": ["DB_HOST=mariadb.blog"]}},
                {"lookup": "services", "result": {"services": [{"name": "mariadb", "ready": 1}]}},
                {"lookup": {"serviceElsewhere": "mariadb"}, "result": {"present": ["shop"]}},
            ],
        }]);
        holds(&case);
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
