//! Where the container does answer, while its probe finds nothing: by what it declares, by what its log says, and by
//! asking it through the API server.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use regex::{Captures, Regex};

use super::asked::{Instead, records};
use super::host_header::blocked_host;
use super::loopback;
use super::served_below::{base, served_below};
use crate::rollout::model::{HttpReply, HttpTarget, Lookup, LookupResult, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// What runs for so long and does not pass its probe may answer elsewhere: it is asked for the first time.
pub(in crate::rollout) const EARLY: SignedDuration = SignedDuration::from_secs(5);
/// It is asked again after this, and then ever more seldom.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);
/// What frameworks listen on unless told otherwise.
const PORTS: [i32; 7] = [8080, 8000, 3000, 5000, 80, 9090, 8081];
/// Where health is served by habit.
const PATHS: [&str; 11] =
    ["/healthz", "/health", "/readyz", "/ready", "/livez", "/live", "/ping", "/status", "/up", "/actuator/health", "/"];
/// Those of them that say nothing of readiness.
const LIFE: [&str; 3] = ["/livez", "/live", "/ping"];
/// The kubelet's words for what a probe met.
pub(in crate::rollout) const REFUSED: &str = "connection refused";
pub(in crate::rollout) const NOT_SERVED: &str = "statuscode: 404";
/// A program that listens on many ports is not asked on all of them.
const HEARD: usize = 6;

/// An address that the log says the program listens on.
pub(super) struct Heard<'l> {
    pub said: Captures<'l>,
    pub port: i32,
    /// Only what runs in the same pod reaches it; the kubelet does not.
    loopback: bool,
}

static LISTENS: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"(?i)\b(listen|serving|started|running|bound|accepting|ready|server|on port)"));
/// `:8081`, `0.0.0.0:8081`, `127.0.0.1:8081`, `port 8081`; not the minutes of a time.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)(?:(localhost|127(?:\.\d{1,3}){3}|\[::1\])|\d{1,3}(?:\.\d{1,3}){3}|[^\d\x22']|^):(\d{2,5})\b|[\x22']:(\d{2,5})[\x22']|\bport(?:\(s\)|s)?[\x22'\s:=]+(\d{2,5})\b",
    )
});

pub(super) fn heard(log: &str) -> Vec<Heard<'_>> {
    let mut all: Vec<Heard> = Vec::new();
    for line in log.lines().filter(|line| LISTENS.is_match(line)) {
        let Some(said) = ADDRESS.captures_iter(line).last() else { continue };
        let port = said.get(2).or(said.get(3)).or(said.get(4)).and_then(|port| port.as_str().parse().ok());
        let Some(port) = port.filter(|port| (1..=65_535).contains(port)) else { continue };
        let loopback = said.get(1).is_some();
        let is_known = all.iter().any(|known| (known.port, known.loopback) == (port, loopback));
        if !is_known && all.len() < HEARD {
            all.push(Heard { said, port, loopback });
        }
    }
    all
}

/// The port that a probe knocks at, also where it is given by its name.
#[must_use]
pub fn probe_port(container: &Container, probe: &Probe) -> Option<i32> {
    let port = match (&probe.http_get, &probe.tcp_socket) {
        (Some(http), _) => &http.port,
        (None, Some(tcp)) => &tcp.port,
        (None, None) => return None,
    };
    match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let ports = container.ports.as_deref().unwrap_or_default();
            let declared = ports.iter().find(|port| port.name.as_deref() == Some(name)).map(|port| port.container_port);
            declared.or_else(|| name.parse().ok())
        }
    }
}

/// What to ask of a container whose probe does not pass: where nothing listens, on which ports something does; where the
/// path is not served, every path that health may be at. Asked again and again, ever more seldom, and when that is to
/// prove something.
pub(in crate::rollout) fn probe_lookups(
    container: &ContainerView,
    probe: &Probe,
    failure: &str,
    when: Asked,
) -> Vec<Lookup> {
    let (Some(port), true) = (probe_port(container.spec, probe), container.is_running()) else { return Vec::new() };
    let pod = || container.pod.metadata.name.clone().unwrap_or_default();
    let is_refused = failure.contains(REFUSED);
    let http = probe.http_get.as_ref().filter(|http| http.scheme.as_deref().is_none_or(|scheme| scheme == "HTTP"));
    let own = http.and_then(|http| http.path.as_deref()).unwrap_or("/");
    let at = |port: i32, path: &str| HttpTarget { port, path: path.to_owned() };
    let targets: BTreeSet<HttpTarget> = match http {
        Some(_) if is_refused => {
            let others = candidates(container).filter(|other| *other != port);
            others.flat_map(|port| [at(port, own), at(port, "/")]).collect()
        }
        Some(_) if failure.contains(NOT_SERVED) => {
            let below = container.logs().find_map(|log| base(container, &log.text));
            let below = below.map(|base| at(port, &format!("{base}{own}")));
            let others = candidates(container).filter(|other| *other != port && is_known(container, *other));
            let elsewhere = others.map(|other| at(other, own));
            PATHS
                .into_iter()
                .filter(|path| *path != own)
                .map(|path| at(port, path))
                .chain(below)
                .chain(elsewhere)
                .collect()
        }
        _ => BTreeSet::new(),
    };
    let http = (!targets.is_empty()).then(|| Lookup::Http { pod: pod(), targets: targets.into_iter().collect() });
    let listens = is_refused.then(|| {
        // Where HTTP answers is asked by HTTP.
        let others = candidates(container).filter(|_| probe.http_get.is_none());
        let ports: BTreeSet<i32> = std::iter::once(port).chain(others).collect();
        Lookup::Listens { pod: pod(), ports: ports.into_iter().collect() }
    });
    let newest =
        |of: fn(&Lookup) -> bool| records(container).filter(|record| of(&record.lookup)).map(|one| one.at).max();
    let is_http = |lookup: &Lookup| matches!(lookup, Lookup::Http { .. });
    let is_listens = |lookup: &Lookup| matches!(lookup, Lookup::Listens { .. });
    let http = http.filter(|_| when.is_now(newest(is_http)));
    http.into_iter().chain(listens.filter(|_| when.is_now(newest(is_listens)))).collect()
}

/// When a container is to be asked.
#[derive(Clone, Copy)]
pub(in crate::rollout) struct Asked {
    pub now: Timestamp,
    /// Since when it runs.
    pub since: Timestamp,
    /// From then on for the first time.
    pub first: Timestamp,
    /// When what was found has lasted long enough, if it lasts.
    pub proves: Option<Timestamp>,
}

impl Asked {
    /// `before`: when it was asked last.
    fn is_now(&self, before: Option<Timestamp>) -> bool {
        let Some(before) = before.filter(|before| *before >= self.since) else { return self.now >= self.first };
        let next = before + AGAIN.max(before.duration_since(self.since));
        let proves = self.proves.is_some_and(|at| before < at && self.now >= at);
        proves || self.now >= next
    }
}

/// Whether the container declares this port, or its log names it.
fn is_known(container: &ContainerView, port: i32) -> bool {
    declares(container.spec, port) || is_heard(container, port)
}

fn declares(container: &Container, port: i32) -> bool {
    container.ports.iter().flatten().any(|own| own.container_port == port)
}

fn is_heard(container: &ContainerView, port: i32) -> bool {
    container.logs().flat_map(|log| heard(&log.text)).any(|heard| heard.port == port)
}

/// What a probe by HTTP asks for.
fn own_path(probe: &Probe) -> &str {
    probe.http_get.as_ref().and_then(|http| http.path.as_deref()).unwrap_or("/")
}

/// All of the container.
fn probes<'a>(container: &ContainerView<'a>) -> impl Iterator<Item = &'a Probe> {
    let spec = container.spec;
    [&spec.startup_probe, &spec.readiness_probe, &spec.liveness_probe].into_iter().flatten()
}

/// Ports that the container may listen on.
fn candidates(container: &ContainerView) -> impl Iterator<Item = i32> {
    let declared = container.spec.ports.iter().flatten().map(|port| port.container_port);
    let logs: Vec<i32> = container.logs().flat_map(|log| heard(&log.text)).map(|heard| heard.port).collect();
    declared.chain(logs).chain(PORTS).collect::<Vec<_>>().into_iter()
}

/// Whether plat itself has asked it, which its log may show.
pub(super) fn was_asked(container: &ContainerView) -> bool {
    records(container).any(|record| matches!(record.lookup, Lookup::Http { .. }))
}

/// What the pod answered last.
fn newest<'a>(container: &ContainerView<'a>) -> Option<&'a [HttpReply]> {
    let replies = records(container).filter_map(|record| match &record.result {
        LookupResult::Http(replies) => Some(replies.as_slice()),
        _ => None,
    });
    replies.last()
}

/// On which ports something listens in the pod, its loopback included, and the look-up that showed it.
fn listening<'a>(container: &ContainerView<'a>) -> Option<(&'a LookupResult, &'a [i32])> {
    let ports = records(container).filter_map(|record| match &record.result {
        result @ LookupResult::Listens(ports) => Some((result, ports.as_slice())),
        _ => None,
    });
    ports.last()
}

/// Where the program is, as the kubelet's words for this probe ask: on another port, on another path, or by
/// another name.
pub(super) fn instead(container: &ContainerView, probe: &Probe, failure: &str, log: &str) -> Option<Instead> {
    let port = probe_port(container.spec, probe)?;
    if failure.contains(REFUSED) {
        instead_of_port(container, probe, port, log)
    } else if failure.contains(NOT_SERVED) {
        instead_of_path(container, probe, port, log)
    } else {
        blocked_host(container, probe, failure, log)
    }
}

/// Nothing listens at the port of the probe: where something does.
fn instead_of_port(container: &ContainerView, probe: &Probe, port: i32, log: &str) -> Option<Instead> {
    let moves = |other: i32| format!("set {} to {other}, or let it listen on {port}", port_field(container));
    let replies = newest(container).unwrap_or_default();
    let is_other = |reply: &&HttpReply| {
        reply.target.port != port && reply.status < 500 && may_be_meant(container, probe, reply.target.port)
    };
    // The path of the probe itself says most, where it is served.
    let other = replies.iter().filter(is_other);
    if let Some(reply) = other.min_by_key(|reply| (reply.status >= 400, reply.target.path == "/")) {
        let HttpTarget { port: other, path } = &reply.target;
        let is = format!("the program answers on port {other} (GET {}: {})", escape(path), reply.status);
        return Some(Instead::new(reply, is, &moves(*other)));
    }
    let on_loopback = |says: &str| format!("{says} on 127.0.0.1:{port}, where nothing outside the pod reaches it");
    let everywhere = "let it listen on 0.0.0.0";
    let listening = listening(container);
    let open = loopback::open(container, probe, port);
    if let Some(open) = open.as_ref().filter(|open| open.is_loopback) {
        return Some(Instead::new(open.seen, on_loopback("the program listens"), everywhere));
    }
    let heard = heard(log);
    if let Some(heard) = heard.iter().find(|heard| heard.port == port && heard.loopback) {
        return Some(Instead::new(&heard.said, on_loopback("its log says that it listens"), everywhere));
    }
    if open.is_some() {
        return Some(Instead {
            is: format!("something listens on port {port} by now, and the next probe tells whether it can be reached"),
            hint: Remedy::look(format!(
                "something listens on port {port} by now: if this probe goes on failing, it does so on 127.0.0.1 only, where \
                 nothing outside the pod reaches it"
            )),
            lookups: Vec::new(),
        });
    }
    let is_meant = |other: i32| may_be_meant(container, probe, other);
    let found = listening.and_then(|(result, ports)| Some((result, ports.iter().find(|other| is_meant(**other))?)));
    if let Some((result, other)) = found {
        return Some(Instead::new(result, format!("the program listens on port {other}"), &moves(*other)));
    }
    let heard = heard.iter().rev().find(|heard| heard.port != port && is_meant(heard.port))?;
    let is = format!("its log says that it listens on port {}", heard.port);
    Some(Instead::new(&heard.said, is, &moves(heard.port)))
}

/// The path of the probe is not served: one that is.
fn instead_of_path(container: &ContainerView, probe: &Probe, port: i32, log: &str) -> Option<Instead> {
    let own = own_path(probe);
    if let Some(below) = served_below(container, own, log, &health_field(container)) {
        return Some(below);
    }
    let replies = newest(container)?;
    // The path of the probe itself says most, wherever it is served.
    let is_probed =
        |path: &str| path == own || probes(container).any(|other| other.http_get.is_some() && own_path(other) == path);
    let is_elsewhere =
        |reply: &&HttpReply| reply.target.port != port && is_probed(&reply.target.path) && reply.status < 400;
    if let Some(reply) = replies.iter().find(is_elsewhere) {
        let is = format!("the program serves {} on port {}", escape(&reply.target.path), reply.target.port);
        return Some(Instead::new(reply, is, &format!("let the probe ask that port ({})", port_field(container))));
    }
    let served = replies.iter().filter(|reply| {
        let HttpReply { target, status } = reply;
        target.port == port && (200..400).contains(status) && !is_of_life(container, probe, &target.path)
    });
    let is_readiness = container.spec.readiness_probe.as_ref() == Some(probe);
    let by_habit = |reply: &&HttpReply| {
        let path = reply.target.path.as_str();
        (is_readiness && !path.contains("ready"), PATHS.iter().position(|habit| *habit == path))
    };
    let best = served.min_by_key(by_habit)?;
    let is = format!("the program answers {} on {}", best.status, escape(&best.target.path));
    Some(Instead::new(best, is, &format!("set {} to it", health_field(container))))
}

/// Whether a port may be the one that the program serves on: none of another container, and none that stands beside the
/// probe's own, as a port for metrics does that answers before the program is ready.
pub(super) fn may_be_meant(container: &ContainerView, probe: &Probe, port: i32) -> bool {
    let all: Vec<&Container> = container.pod.spec.iter().flat_map(|spec| &spec.containers).collect();
    let is_of_another = all.iter().any(|one| one.name != container.name() && declares(one, port));
    let is_own = all.len() <= 1 || declares(container.spec, port) || is_heard(container, port);
    let is_beside = declares(container.spec, port)
        && probe_port(container.spec, probe).is_some_and(|probed| declares(container.spec, probed));
    is_own && !is_of_another && !is_beside
}

/// Whether a path only says that the program lives: it answers long before the program is ready.
fn is_of_life(container: &ContainerView, probe: &Probe, path: &str) -> bool {
    let spec = container.spec;
    let is_readiness = spec.readiness_probe.as_ref() == Some(probe);
    let asks =
        |other: &Option<Probe>| other.as_ref().is_some_and(|other| own_path(other) == path && other.http_get.is_some());
    is_readiness && (LIFE.contains(&path) || asks(&spec.liveness_probe) || asks(&spec.startup_probe))
}

/// Whether this reply shows that the program answers the probe elsewhere than it is asked.
pub(super) fn shows_elsewhere(container: &ContainerView, probe: &Probe, reply: &HttpReply) -> bool {
    let HttpReply { target: HttpTarget { port, path }, status } = reply;
    let own = own_path(probe);
    let is_served = (200..400).contains(status);
    match probe_port(container.spec, probe) {
        Some(probed) if probed == *port => is_served && path != own && !is_of_life(container, probe, path),
        Some(_) => is_served && path == own && may_be_meant(container, probe, *port),
        None => false,
    }
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
    #[case::field(r#"{"msg":"server started","port":8080,"workers":16}"#, &[(8080, false)])]
    #[case::address_in_a_field(r#"{"msg":"gRPC server listening","addr":":50051"}"#, &[(50051, false)])]
    #[case::another_field(r#"[info] {"message":"Oban started","queues":{"default":10}}"#, &[])]
    #[case::client("connecting to db:5432", &[])]
    #[case::time("12:03:44 ready to serve", &[])]
    fn a_log_says_where_the_program_listens(#[case] log: &str, #[case] expected: &[(i32, bool)]) {
        let found: Vec<(i32, bool)> = heard(log).into_iter().map(|heard| (heard.port, heard.loopback)).collect();
        assert_eq!(found, expected);
    }
}
