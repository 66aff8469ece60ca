//! Where the container does answer, while its probe finds nothing: by what it declares, by what its log says, and by
//! asking it through the API server.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Probe;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use regex::Regex;

use crate::rollout::model::{HttpReply, HttpTarget, Lookup, LookupResult};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// So long before the verdict it is asked, for the hint.
pub(in crate::rollout) const LEAD: SignedDuration = SignedDuration::from_secs(10);
/// What runs for so long may answer already: it is asked once before that, so that the hint is there early.
const EARLY: SignedDuration = SignedDuration::from_secs(10);
/// A program that was too busy to answer is asked once more.
const AGAIN: SignedDuration = SignedDuration::from_secs(4);
/// What frameworks listen on unless told otherwise.
const PORTS: [i32; 7] = [8080, 8000, 3000, 5000, 80, 9090, 8081];
/// Where health is served by habit.
const PATHS: [&str; 11] =
    ["/healthz", "/health", "/readyz", "/ready", "/livez", "/live", "/ping", "/status", "/up", "/actuator/health", "/"];
/// The kubelet's words for what a probe met.
pub(in crate::rollout) const REFUSED: &str = "connection refused";
pub(in crate::rollout) const NOT_SERVED: &str = "statuscode: 404";
/// A program that listens on many ports is not asked on all of them.
const HEARD: usize = 6;

/// An address that the log says the program listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Heard {
    port: i32,
    /// Only what runs in the same pod reaches it; the kubelet does not.
    loopback: bool,
}

static LISTENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(listen|serving|started|running|bound|accepting|ready|server|on port)")
        .expect("a literal pattern")
});
/// `:8081`, `0.0.0.0:8081`, `127.0.0.1:8081`, `port 8081`; not the minutes of a time.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:(localhost|127(?:\.\d{1,3}){3}|\[::1\])|\d{1,3}(?:\.\d{1,3}){3}|[^\d]|^):(\d{2,5})\b|\bport(?:\(s\)|s)?[\s:=]+(\d{2,5})\b",
    )
    .expect("a literal pattern")
});

fn heard(log: &str) -> Vec<Heard> {
    let mut all = Vec::new();
    for line in log.lines().filter(|line| LISTENS.is_match(line)) {
        let Some(found) = ADDRESS.captures_iter(line).last() else { continue };
        let port = found.get(2).or(found.get(3)).and_then(|port| port.as_str().parse().ok());
        let Some(port) = port.filter(|port| (1..=65_535).contains(port)) else { continue };
        let heard = Heard { port, loopback: found.get(1).is_some() };
        if !all.contains(&heard) && all.len() < HEARD {
            all.push(heard);
        }
    }
    all
}

/// The port that a probe knocks at, also where it is given by its name.
pub(in crate::rollout) fn port_of(container: &ContainerView, probe: &Probe) -> Option<i32> {
    let port = match (&probe.http_get, &probe.tcp_socket) {
        (Some(http), _) => &http.port,
        (None, Some(tcp)) => &tcp.port,
        (None, None) => return None,
    };
    match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let ports = container.spec.ports.as_deref().unwrap_or_default();
            let declared = ports.iter().find(|port| port.name.as_deref() == Some(name)).map(|port| port.container_port);
            declared.or_else(|| name.parse().ok())
        }
    }
}

/// What to ask of a container whose probe is about to be given up: where nothing listens, every other port that it may
/// listen on; where the path is not served, every path that health may be at.
pub(in crate::rollout) fn http_lookup(
    container: &ContainerView,
    probe: &Probe,
    failure: &str,
    from: Timestamp,
) -> Option<Lookup> {
    let http = probe.http_get.as_ref()?;
    let port = port_of(container, probe)?;
    let is_plain = http.scheme.as_deref().is_none_or(|scheme| scheme == "HTTP");
    let answer = newest(container);
    let is_answered = answer
        .is_some_and(|(at, replies)| at >= from && (!replies.is_empty() || container.now.duration_since(at) < AGAIN));
    let early = container.timeline.running_since().filter(|_| answer.is_none()).map_or(from, |since| since + EARLY);
    if container.now < from.min(early) || !container.is_running() || !is_plain || is_answered {
        return None;
    }
    let own = http.path.as_deref().unwrap_or("/");
    let at = |port: i32, path: &str| HttpTarget { port, path: path.to_owned() };
    let targets: BTreeSet<HttpTarget> = if failure.contains(REFUSED) {
        let declared = container.spec.ports.iter().flatten().map(|port| port.container_port);
        let logs: Vec<i32> = container.logs().flat_map(|log| heard(&log.text)).map(|heard| heard.port).collect();
        let others = declared.chain(logs).chain(PORTS).filter(|other| *other != port);
        others.flat_map(|port| [at(port, own), at(port, "/")]).collect()
    } else if failure.contains(NOT_SERVED) {
        PATHS.into_iter().filter(|path| *path != own).map(|path| at(port, path)).collect()
    } else {
        return None;
    };
    let pod = container.pod.metadata.name.clone().unwrap_or_default();
    Some(Lookup::Http { pod, targets: targets.into_iter().collect() })
}

/// What the pod answered last.
fn newest<'a>(container: &ContainerView<'a>) -> Option<(Timestamp, &'a [HttpReply])> {
    let name = container.pod.metadata.name.as_deref();
    let of_pod = container.snapshot.lookups.iter().filter_map(|record| match (&record.lookup, &record.result) {
        (Lookup::Http { pod, .. }, LookupResult::Http(replies)) if Some(pod.as_str()) == name => {
            Some((record.at, replies.as_slice()))
        }
        (Lookup::Http { pod, .. }, _) if Some(pod.as_str()) == name => Some((record.at, &[][..])),
        _ => None,
    });
    of_pod.max_by_key(|(at, _)| *at)
}

/// Nothing listens at the port of the probe: where something does.
pub(in crate::rollout) fn instead_of_port(container: &ContainerView, probe: &Probe, log: &str) -> Option<String> {
    let port = port_of(container, probe)?;
    let replies = newest(container).map(|(_, replies)| replies).unwrap_or_default();
    let other = replies.iter().filter(|reply| reply.target.port != port && reply.status < 500);
    // The path of the probe itself says most, where it is served.
    if let Some(reply) = other.min_by_key(|reply| (reply.status >= 400, reply.target.path == "/")) {
        return Some(format!(
            "the program answers on port {} (GET {}: {}): set {} to {0}, or let it listen on {port}",
            reply.target.port,
            escape(&reply.target.path),
            reply.status,
            port_field(container),
        ));
    }
    let heard = heard(log);
    if heard.iter().any(|heard| heard.port == port && heard.loopback) {
        return Some(format!(
            "its log says that it listens on 127.0.0.1:{port}, where nothing outside the pod reaches it: let it listen on 0.0.0.0"
        ));
    }
    let other = heard.iter().rev().find(|heard| heard.port != port)?;
    Some(format!(
        "its log says that it listens on port {}: set {} to {0}, or let it listen on {port}",
        other.port,
        port_field(container)
    ))
}

/// The path of the probe is not served: one that is.
pub(in crate::rollout) fn instead_of_path(container: &ContainerView, probe: &Probe) -> Option<String> {
    let port = port_of(container, probe)?;
    let (_, replies) = newest(container)?;
    let served = replies.iter().filter(|reply| reply.target.port == port && (200..400).contains(&reply.status));
    let by_habit = |reply: &&HttpReply| PATHS.iter().position(|path| *path == reply.target.path);
    let best = served.min_by_key(by_habit)?;
    Some(format!(
        "the program answers {} on {}: set {} to it",
        best.status,
        escape(&best.target.path),
        health_field(container)
    ))
}

fn port_field(container: &ContainerView) -> String {
    container.snapshot.source().field("port", "port")
}

/// Where the path of a probe is written.
pub(in crate::rollout) fn health_field(container: &ContainerView) -> String {
    container.snapshot.source().field("health", "path")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::go("2026/11/23 01:02:03 listening on :8081", &[(8081, false)])]
    #[case::address("Listening on http://0.0.0.0:3000/", &[(3000, false)])]
    #[case::loopback("Server running at http://127.0.0.1:8000/", &[(8000, true)])]
    #[case::localhost("serving on localhost:5000", &[(5000, true)])]
    #[case::ipv6("listening on [::1]:9000", &[(9000, true)])]
    #[case::all_ipv6("listening on [::]:9000", &[(9000, false)])]
    #[case::spring("Tomcat started on port(s): 8080 (http) with context path ''", &[(8080, false)])]
    #[case::node("Example app listening on port 3000", &[(3000, false)])]
    #[case::json(r#"{"level":30,"time":1795386402000,"pid":17,"msg":"Server listening at http://10.0.0.7:3000"}"#, &[(3000, false)])]
    #[case::client("connecting to db:5432", &[])]
    #[case::time("12:03:44 ready to serve", &[])]
    fn a_log_says_where_the_program_listens(#[case] log: &str, #[case] expected: &[(i32, bool)]) {
        let found: Vec<(i32, bool)> = heard(log).into_iter().map(|heard| (heard.port, heard.loopback)).collect();
        assert_eq!(found, expected);
    }
}
