//! A probe does not pass. The kubelet's budget for a start is in the probe itself: nothing is doomed before its end.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ContainerPort, Event, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::answers::{LEAD, NOT_SERVED, REFUSED, instead_of_path, instead_of_port, port_of, question};
use super::crash::{log_of_last_exit, request};
use super::{Doom, Symptom};
use crate::rollout::ask::Ask;
use crate::rollout::events::{has_reason, message};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::logs::{is_log, log_tail};
use crate::rollout::model::{Finding, LogRequest};
use crate::rollout::view::ContainerView;

/// The kubelet's word may come a little after the budget ended, and the status later still.
const SLACK: SignedDuration = SignedDuration::from_secs(5);

/// A program may lose its readiness once or twice while it warms up.
const LOSSES: u32 = 3;
/// Ready for so long, it has found its feet.
const STEADY: SignedDuration = SignedDuration::from_secs(10);

/// The API's defaults: seconds between attempts, seconds for one, failures in a row.
const PERIOD: i32 = 10;
const TIMEOUT: i32 = 1;
const FAILURES: i32 = 3;
/// A day in seconds; a probe may name any number.
const LONGEST: i64 = 86_400;

/// The startup probe's budget ended and the kubelet kills the container: only a *Normal* event names the probe.
pub(super) fn killed_at_startup(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let probe = container.spec.startup_probe.as_ref().filter(|_| !container.is_ready())?;
    killed_by(container, "startup")?;
    let (log, needs_log) = if container.exits() == 0 { log_of_present(container) } else { log_of_last_exit(container) };
    // The end of the budget proved it; the kubelet's word comes a moment later, and its next instance runs by then.
    let end = container.seen.running_since().map_or(container.now, |since| (since + budget(probe)).min(container.now));
    let doom = Doom::Until { expected: end, latest: end };
    Some(symptom(container, "startup", probe, doom, log.as_deref(), needs_log))
}

/// Running, but the startup probe has not passed yet.
pub(super) fn not_started(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let probe = container.spec.startup_probe.as_ref().filter(|_| !container.is_started())?;
    let since = container.seen.running_since()?;
    let doom = Doom::Until { expected: since + budget(probe), latest: since + longest_budget(probe) + SLACK };
    failing(container, "startup", probe, doom)
}

/// Started, but the readiness probe does not pass: it never kills, so a grace comes after its budget.
pub(super) fn not_ready(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let probe = container.spec.readiness_probe.as_ref()?;
    let due = ready_by(container, probe, graces)?;
    failing(container, "readiness", probe, Doom::Until { expected: due, latest: due })
}

/// Ready, then not, again and again: twice is what a program does that warms up.
pub(super) fn flaps(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let probe = container.spec.readiness_probe.as_ref()?;
    let lost = container.seen.readiness_lost();
    let is_steady = container.seen.ready_since().is_some_and(|since| container.now.duration_since(since) >= STEADY);
    if lost < LOSSES || is_steady {
        return None;
    }
    let (log, needs_log) = log_of_present(container);
    let mut symptom = symptom(container, "readiness", probe, Doom::Now, log.as_deref(), needs_log);
    symptom.finding.what = format!("{} loses its readiness again and again", container.title());
    symptom.finding.evidence.insert(0, format!("it was ready and then was not, {lost} times"));
    symptom.state_text = format!("loses its readiness again and again, {lost} times so far");
    Some(symptom)
}

/// What to ask of the container, shortly before it is given up: the answer makes the hint true.
pub(super) fn asks(container: &ContainerView, graces: &Graces) -> Option<Ask> {
    let probes = [("startup", &container.spec.startup_probe), ("readiness", &container.spec.readiness_probe)];
    let due = |kind: &str, probe: &Probe| match kind {
        // The instance before did not pass it either: there is nothing to wait for.
        "startup" if container.is_started() => None,
        "startup" if killed_by(container, "startup").is_some() => container.seen.running_since(),
        "startup" => Some(container.seen.running_since()? + budget(probe)),
        "readiness" if container.is_started() && !container.is_ready() => Some(ready_by(container, probe, graces)?),
        _ => None,
    };
    probes.into_iter().find_map(|(kind, probe)| {
        let probe = probe.as_ref()?;
        question(container, probe, message(unhealthy(container, kind)?), due(kind, probe)? - LEAD)
    })
}

/// When a readiness probe is given up: its budget, or the longer one of the liveness probe, and a grace.
fn ready_by(container: &ContainerView, probe: &Probe, graces: &Graces) -> Option<Timestamp> {
    // Without a startup probe the liveness probe says how long a start may take.
    let liveness = container.spec.liveness_probe.as_ref().filter(|_| container.spec.startup_probe.is_none());
    let budget = liveness.map(longest_budget).unwrap_or_default().max(longest_budget(probe));
    Some(container.seen.unready_since()? + budget + graces.probe)
}

fn failing(container: &ContainerView, kind: &str, probe: &Probe, doom: Doom) -> Option<Symptom> {
    let event = unhealthy(container, kind);
    // A port name that the container does not declare is never found (k8s.io/kubernetes/pkg/probe, ResolveContainerPort).
    let bad_port = event.is_some_and(|event| message(event).contains("strconv.Atoi"));
    let doom = if bad_port { Doom::Now } else { doom };
    let over = match doom {
        Doom::Until { latest, .. } => container.now >= latest,
        _ => bad_port,
    };
    if event.is_none() && !over {
        // Nothing failed so far: it only starts.
        return None;
    }
    let (log, needs_log) = log_of_present(container);
    Some(symptom(container, kind, probe, doom, log.as_deref(), needs_log))
}

/// The log of the instance that runs, or the request for it.
fn log_of_present(container: &ContainerView) -> (Option<String>, Option<LogRequest>) {
    let request = request(container, false);
    match container.logs().find(|log| log.request == request) {
        Some(log) => (Some(log.text.clone()).filter(|text| is_log(text)), None),
        None => (None, Some(request)),
    }
}

fn symptom(
    container: &ContainerView,
    kind: &str,
    probe: &Probe,
    doom: Doom,
    log: Option<&str>,
    needs_log: Option<LogRequest>,
) -> Symptom {
    let failure = unhealthy(container, kind).map(message).unwrap_or_default();
    let mut evidence = vec![format!("{kind} probe: {}", describe(container, probe))];
    evidence.extend(Some(line(failure)).filter(|line| !line.is_empty()));
    if let Some(log) = log {
        evidence.push("the end of its log:".to_owned());
        evidence.extend(log_tail(log));
    }
    let title = container.title();
    let what = match doom {
        Doom::Until { latest, .. } if container.now < latest => format!("{title} has not passed its {kind} probe yet"),
        _ => format!("{title} never passes its {kind} probe"),
    };
    let brief = failure.split_once(": ").map_or(failure, |(_, brief)| brief);
    let state_text = match brief {
        "" => format!("waits for the {kind} probe"),
        brief => format!("{kind} probe fails: {}", word(brief)),
    };
    let hint = hint(container, probe, failure, log.unwrap_or_default());
    let finding = Finding { reason: "Unhealthy".to_owned(), what, object: container.object(), evidence, hint };
    Symptom { finding, state_text, doom, needs_log }
}

/// The failure of the probe that made the kubelet kill the container; none when it did not.
pub(super) fn killed_by(container: &ContainerView, kind: &str) -> Option<String> {
    let killing = container.event("Killing").map(message)?;
    killing.contains(&format!("failed {kind} probe")).then(|| {
        let failure = unhealthy(container, kind).map_or(killing, message);
        failure.to_owned()
    })
}

/// The newest failure of this probe: `Readiness probe failed: …` or `Readiness probe errored: …`.
fn unhealthy<'a>(container: &ContainerView<'a>, kind: &str) -> Option<&'a Event> {
    let mut unhealthy = container.events.iter().filter(|event| has_reason(event, "Unhealthy"));
    let says = |event: &Event| {
        let message = message(event);
        message.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind))
            || message.to_lowercase().contains(&format!("{kind} probe "))
    };
    unhealthy.find(|event| says(event)).copied()
}

/// The port is a name: those that the container does declare.
fn undeclared_port(container: &ContainerView) -> String {
    let ports = container.spec.ports.as_deref().unwrap_or_default();
    let name = |port: &ContainerPort| match &port.name {
        Some(name) => format!("{} ({})", word(name), port.container_port),
        None => port.container_port.to_string(),
    };
    let declared = ports.iter().map(name).collect::<Vec<_>>().join(", ");
    match declared.as_str() {
        "" => "the probe's port is a name, and the container does not declare in `ports` what it stands for: use its number".to_owned(),
        declared => format!("the probe's port is a name that the container does not declare in `ports`: it declares {declared}"),
    }
}

/// From the start of the container to the last failure that it allows, when failures come at once.
fn budget(probe: &Probe) -> SignedDuration {
    budget_at(probe, seconds(probe.period_seconds, PERIOD))
}

/// The same when each attempt lasts until its timeout: the kubelet makes one at a time.
fn longest_budget(probe: &Probe) -> SignedDuration {
    budget_at(probe, seconds(probe.period_seconds, PERIOD).max(seconds(probe.timeout_seconds, TIMEOUT)))
}

fn budget_at(probe: &Probe, pace: i64) -> SignedDuration {
    let budget = seconds(probe.initial_delay_seconds, 0) + seconds(probe.failure_threshold, FAILURES) * pace;
    SignedDuration::from_secs(budget.min(LONGEST))
}

fn seconds(value: Option<i32>, default: i32) -> i64 {
    i64::from(value.unwrap_or(default).max(0))
}

/// `GET /healthz on port 8080, every 5 s, 24 failures allowed`
fn describe(container: &ContainerView, probe: &Probe) -> String {
    let port = |port: &IntOrString| match (port_of(container, probe), port) {
        (Some(number), _) => number.to_string(),
        (None, IntOrString::Int(number)) => number.to_string(),
        (None, IntOrString::String(name)) => word(name),
    };
    let does = if let Some(http) = &probe.http_get {
        format!("GET {} on port {}", word(http.path.as_deref().unwrap_or("/")), port(&http.port))
    } else if let Some(tcp) = &probe.tcp_socket {
        format!("connects to port {}", port(&tcp.port))
    } else if let Some(grpc) = &probe.grpc {
        format!("gRPC health check on port {}", grpc.port)
    } else if let Some(exec) = &probe.exec {
        format!("runs {}", word(&exec.command.as_deref().unwrap_or_default().join(" ")))
    } else {
        "does nothing".to_owned()
    };
    let (times, period) = (seconds(probe.failure_threshold, FAILURES), seconds(probe.period_seconds, PERIOD));
    format!("{does}, every {period} s, {times} failures allowed")
}

/// The liveness probe kills it: either it starts too slowly for it, or the probe is wrong.
pub(super) fn liveness_hint(container: &ContainerView, failure: &str) -> String {
    let Some(probe) = &container.spec.liveness_probe else { return String::new() };
    let starts = container.spec.startup_probe.is_none() && !failure.contains("statuscode:");
    if starts {
        return format!(
            "if it needs longer to start than the {} s that this probe leaves it, give it a startup probe or a longer failureThreshold; \
             else the probe's port is not the one it listens on",
            budget(probe).as_secs()
        );
    }
    hint(container, probe, failure, "")
}

fn hint(container: &ContainerView, probe: &Probe, failure: &str, log: &str) -> String {
    let says = |words: &[&str]| words.iter().any(|word| failure.contains(word));
    let path = probe.http_get.as_ref().and_then(|http| http.path.as_deref()).unwrap_or("/");
    if says(&["strconv.Atoi"]) {
        undeclared_port(container)
    } else if says(&[REFUSED])
        && let Some(hint) = instead_of_port(container, probe, log)
    {
        hint
    } else if says(&[NOT_SERVED])
        && let Some(hint) = instead_of_path(container, probe)
    {
        hint
    } else if says(&[REFUSED]) {
        "nothing listens there: `port` must be the one the program listens on, on all addresses and not only 127.0.0.1"
            .to_owned()
    } else if says(&[NOT_SERVED]) {
        format!("the program does not serve {}: set `health` in plat.yaml to a path that it serves", word(path))
    } else if says(&["statuscode: 401", "statuscode: 403"]) {
        format!("a probe has no credentials: serve {} without", word(path))
    } else if says(&["statuscode: 5"]) {
        "the program answers, but says that it is not well: its log may tell why".to_owned()
    } else if says(&["deadline exceeded", "Client.Timeout", "timed out", "i/o timeout"]) {
        "the answer takes longer than timeoutSeconds: answer faster, or raise it".to_owned()
    } else if says(&["HTTP response to HTTPS client", "malformed HTTP"]) {
        "the probe and the program speak different protocols: compare the probe's scheme with the program's".to_owned()
    } else {
        let pod = word(container.pod.metadata.name.as_deref().unwrap_or_default());
        format!("see what the program says: kubectl -n {} logs {pod}", word(container.namespace()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::defaults("{}", 30, 30)]
    #[case::own_numbers("{initialDelaySeconds: 5, periodSeconds: 2, failureThreshold: 30, timeoutSeconds: 3}", 65, 95)]
    #[case::absurd("{periodSeconds: 2147483647, failureThreshold: 2147483647}", 86_400, 86_400)]
    fn the_budget_is_in_the_probe(#[case] text: &str, #[case] short: i64, #[case] long: i64) {
        let probe: Probe = serde_yaml::from_str(text).expect("valid YAML");
        assert_eq!(budget(&probe), SignedDuration::from_secs(short));
        assert_eq!(longest_budget(&probe), SignedDuration::from_secs(long));
    }
}
