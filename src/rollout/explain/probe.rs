//! What is said of a probe that does not pass.

use k8s_openapi::api::core::v1::{ContainerPort, Event, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::container_log::ContainerLog;
use super::elsewhere::Elsewhere;
use super::http_lookup::{NOT_SERVED, REFUSED, health_field, instead, probe_port, was_asked};
use super::joined::{Joined, join_recent};
use super::named_port::other_port;
use super::own_command::refused_by_itself;
use super::probe_budget::{budget, failures, period, timeout};
use super::protocol::other_protocol;
use super::served_below::turned_on;
use crate::reason::Reason;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Lack, Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::{escape, escape_line, has_reason, last_error, log_tail, message, quantity};
use crate::rollout::view::ContainerView;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rollout) enum ProbeKind {
    Startup,
    Readiness,
    Liveness,
}

impl ProbeKind {
    /// As the kubelet's events name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Readiness => "readiness",
            Self::Liveness => "liveness",
        }
    }
}

/// One probe of a container.
#[derive(Clone, Copy)]
pub(in crate::rollout) struct ContainerProbe<'v, 'a> {
    pub container: &'v ContainerView<'a>,
    pub kind: ProbeKind,
    pub probe: &'v Probe,
}

impl ContainerProbe<'_, '_> {
    /// What it is proven by, where it answers elsewhere or speaks otherwise.
    pub fn never_passes(self, graces: &Graces) -> Option<Proof> {
        let Self { container, probe, .. } = self;
        let failure = unhealthy(container, self.kind).map(message)?;
        let elsewhere = || Elsewhere::of(container, probe, failure, graces)?.proof(container, probe);
        let otherwise = || {
            other_protocol(container, probe, failure)?;
            let since = container.timeline.unready_since().or(container.timeline.running_since())?;
            Some(Proof::by(since + graces.probe, "the probe and the program speak different protocols"))
        };
        elsewhere().or_else(otherwise)
    }

    /// None while nothing failed: then the container only starts.
    pub fn failing(self, proof: Proof) -> Option<Symptom> {
        let event = unhealthy(self.container, self.kind);
        // A port name that the container does not declare is never found (k8s.io/kubernetes/pkg/probe, ResolveContainerPort).
        let bad_port = event.is_some_and(|event| message(event).contains("strconv.Atoi"));
        // Nor is a program that the image lacks.
        let no_program =
            self.probe.exec.is_some() && event.is_some_and(|event| lacks_program(message(event)).is_some());
        let never = bad_port || no_program;
        let proof = if never { Proof::Immediate("the manifest alone decides it") } else { proof };
        let over = match proof {
            Proof::Until { latest, .. } => self.container.now >= latest,
            _ => never,
        };
        (event.is_some() || over).then(|| self.symptom(proof, ContainerLog::of_current(self.container)))
    }

    pub fn symptom(self, proof: Proof, log: ContainerLog) -> Symptom {
        let Self { container, kind, probe } = self;
        let kind_name = kind.name();
        let failure = unhealthy(container, kind).map(message).unwrap_or_default();
        let mut evidence = vec![format!("{kind_name} probe: {}", describe(container, probe))];
        evidence.extend(Some(escape_line(failure)).filter(|line| !line.is_empty()));
        if let Some(text) = log.text() {
            let own = if failure.contains(NOT_SERVED) && was_asked(container) {
                " (plat asked it for other paths, too)"
            } else {
                ""
            };
            evidence.push(format!("the end of its log{own}:"));
            evidence.extend(log_tail(text));
        }
        let title = container.title();
        let is_over = match proof {
            Proof::Until { latest, .. } => container.now >= latest,
            Proof::Never => false,
            _ => true,
        };
        let what = if is_over {
            format!("{title} never passes its {kind_name} probe")
        } else {
            format!("{title} has not passed its {kind_name} probe yet")
        };
        let text = log.text().unwrap_or_default();
        let found = instead(container, probe, failure, text);
        let brief = failure.split_once(": ").map_or(failure, |(_, brief)| brief);
        let state_text = match (brief, &found) {
            ("", _) => format!("waits for the {kind_name} probe"),
            (_, Some(found)) => format!("{kind_name} probe fails: {}", found.is),
            (brief, None) if !is_over && brief.contains(REFUSED) => {
                format!("starts: nothing listens yet where the {kind_name} probe asks")
            }
            (brief, None) => format!("{kind_name} probe fails: {}", escape(brief)),
        };
        let by_itself = refused_by_itself(container, probe, failure, text);
        let is_elsewhere = found.is_some() || by_itself.is_some();
        let said = if is_elsewhere || other_protocol(container, probe, failure).is_some() {
            // Where it answers, and by which protocol, is no matter of what the program says.
            None
        } else {
            // A command says why it failed; the kubelet tells what it wrote.
            let wrote = probe.exec.is_some() && Words::any(failure, &["OCI runtime", "timed out"]).is_none();
            let by_command = || wrote.then(|| join_recent(container, brief)).flatten();
            // What the program itself says is nearer to the cause than where it does not answer.
            log.text().and_then(|text| join_recent(container, text)).or_else(by_command)
        };
        let lack = said.as_ref().map_or(Lack::Own, |said| said.lack);
        let (what, hint, lookups) = match (said, found) {
            (Some(Joined { what: said, hint, facts, lookups, .. }), _) => {
                evidence.splice(1..1, facts);
                let probed = what.strip_prefix(&title).unwrap_or(&what).trim_start().to_owned();
                (format!("{said}, and {probed}"), hint, lookups)
            }
            (None, Some(found)) if !self.has_passed() => (what, found.hint, found.lookups),
            _ => {
                let asks = is_over && by_itself.is_none() && failure.contains(REFUSED) && !self.has_passed();
                let lookups = exposes(container).filter(|_| asks).into_iter().collect();
                (what, by_itself.unwrap_or_else(|| self.hint(failure, text, is_over)), lookups)
            }
        };
        let finding = Cause { reason: Reason::Unhealthy, what, object: container.object(), evidence, hint };
        Symptom { finding, state_text, proof: proof.informed_by(lookups), needs_log: log.request, lack }
    }
}

/// The failure of the probe that made the kubelet kill the container; none when it did not.
pub(in crate::rollout) fn killed_by(container: &ContainerView, kind: ProbeKind) -> Option<String> {
    let killing = container.event("Killing").map(message)?;
    killing.contains(&format!("failed {} probe", kind.name())).then(|| {
        let failure = unhealthy(container, kind).map_or(killing, message);
        failure.to_owned()
    })
}

/// The newest failure of this probe: `Readiness probe failed: …` or `Readiness probe errored: …`.
pub(in crate::rollout) fn unhealthy<'a>(container: &ContainerView<'a>, kind: ProbeKind) -> Option<&'a Event> {
    let kind = kind.name();
    let mut unhealthy = container.events.iter().filter(|event| has_reason(event, "Unhealthy"));
    let says = |event: &Event| {
        let message = message(event);
        message.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind))
            || message.to_lowercase().contains(&format!("{kind} probe "))
    };
    unhealthy.find(|event| says(event)).copied()
}

/// Where the image says that the program listens.
fn exposes(container: &ContainerView) -> Option<Lookup> {
    container.spec.image.clone().map(Lookup::Exposes)
}

/// The image says that it listens elsewhere than the probe asks: it is no proof, but nothing listens there either.
fn exposed(container: &ContainerView, probe: &Probe) -> Option<Remedy> {
    let port = probe_port(container.spec, probe)?;
    let found = container.result_of(&exposes(container)?)?;
    let LookupResult::Exposes(ports) = found else { return None };
    let (first, _) = ports.split_first().filter(|_| !ports.contains(&port))?;
    let field = container.snapshot.source().field("port", "port");
    Some(Remedy::given(
        found,
        format!(
            "nothing listened on port {port}, and the image says that it listens on {first} (EXPOSE): set {field} to \
             {first}, or let it listen on {port}"
        ),
    ))
}

/// `GET /healthz on port 8080, every 5 s, 24 failures allowed`
fn describe(container: &ContainerView, probe: &Probe) -> String {
    let port = |port: &IntOrString| match (probe_port(container.spec, probe), port) {
        (Some(number), _) => number.to_string(),
        (None, IntOrString::Int(number)) => number.to_string(),
        (None, IntOrString::String(name)) => escape(name),
    };
    let does = if let Some(http) = &probe.http_get {
        format!("GET {} on port {}", escape(http.path.as_deref().unwrap_or("/")), port(&http.port))
    } else if let Some(tcp) = &probe.tcp_socket {
        format!("connects to port {}", port(&tcp.port))
    } else if let Some(grpc) = &probe.grpc {
        format!("gRPC health check on port {}", grpc.port)
    } else if let Some(exec) = &probe.exec {
        format!("runs {}", escape(&exec.command.as_deref().unwrap_or_default().join(" ")))
    } else {
        "does nothing".to_owned()
    };
    format!("{does}, every {} s, {} failures allowed", period(probe), failures(probe))
}

impl ContainerProbe<'_, '_> {
    /// Whether the instance that runs did pass it.
    fn has_passed(self) -> bool {
        self.kind == ProbeKind::Readiness && self.container.timeline.readiness_lost() > 0
    }

    /// What to do about a failure of which nothing else is known. `log`: of the instance that failed, as far as it is there.
    pub fn hint(self, failure: &str, log: &str, is_over: bool) -> Remedy {
        let Self { container, probe, kind } = self;
        let says = |these: &[&str]| Words::any(failure, these);
        let path = escape(probe.http_get.as_ref().and_then(|http| http.path.as_deref()).unwrap_or("/"));
        if let Some(words) = says(&["strconv.Atoi"]) {
            undeclared_port(container, words)
        } else if let Some(other) = other_port(container, probe, failure, log).filter(|_| !self.has_passed()) {
            other
        } else if let Some(other) = other_protocol(container, probe, failure) {
            other
        } else if self.has_passed() && says(&[REFUSED, NOT_SERVED, "statuscode: 401", "statuscode: 403"]).is_some() {
            Remedy::look(format!(
                "it passed this probe before, so its port and path are right: see what the program says: {}",
                logs(container)
            ))
        } else if let Some(on) = turned_on(&path, log).filter(|_| is_over && says(&[REFUSED]).is_some()) {
            on
        } else if let Some(exposed) = exposed(container, probe).filter(|_| is_over && says(&[REFUSED]).is_some()) {
            exposed
        } else if let Some(words) = says(&[REFUSED]).filter(|_| is_over && kind == ProbeKind::Startup) {
            let hint = format!(
                "nothing listened on port {} in the {} s that this probe leaves it: if it needs longer to start, raise {}{}; else \
                 `port` must be the one that it listens on, on all addresses",
                probe_port(container.spec, probe).unwrap_or_default(),
                budget(probe).as_secs(),
                threshold_field(container),
                starved(container)
            );
            Remedy::given(&words, hint)
        } else if says(&[REFUSED]).is_some() {
            Remedy::look(format!(
                "nothing listens on port {} so far: it may still be starting, as its log should say{}; if it has started, `port` \
                 must be the one that it listens on, on all addresses",
                probe_port(container.spec, probe).unwrap_or_default(),
                starved(container)
            ))
        } else if let Some(on) = turned_on(&path, log).filter(|_| says(&[NOT_SERVED]).is_some()) {
            on
        } else if let Some(words) = says(&[NOT_SERVED]) {
            let field = health_field(container);
            Remedy::given(&words, format!("the program does not serve {path}: set {field} to a path that it serves"))
        } else if let Some(words) = says(&["statuscode: 401", "statuscode: 403"]) {
            Remedy::given(&words, format!("a probe has no credentials: serve {path} without"))
        } else if says(&["statuscode: 5"]).is_some() {
            Remedy::look(match last_error(log) {
                Some(error) => format!("the program answers, but says that it is not well; its log: {error}"),
                None => "the program answers, but says that it is not well: its log may tell why".to_owned(),
            })
        } else if says(&NO_CONNECTION).is_some() {
            Remedy::look(format!(
                "no connection comes about within timeoutSeconds: is the program too busy to accept one{}, or does a \
                 NetworkPolicy keep the node out?",
                starved(container)
            ))
        } else if let Some(words) = says(&["deadline exceeded", "Client.Timeout", "timed out"]) {
            let slow = starved(container);
            Remedy::given(
                &words,
                format!(
                    "the answer takes longer than timeoutSeconds, which is {} s: answer faster, or raise it{slow}",
                    timeout(probe)
                ),
            )
        } else if let Some(words) = lacks_program(failure).filter(|_| probe.exec.is_some()) {
            Remedy::given(&words, "the program of the probe is not in the image: correct its `command`, or add it")
        } else if let Some(words) = says(&[": not found", ": command not found"]).filter(|_| probe.exec.is_some()) {
            Remedy::given(
                &words,
                "the probe calls a program that is not in the image: correct its `command`, or add it",
            )
        } else {
            Remedy::look(format!("see what the program says: {}", logs(container)))
        }
    }
}

/// Go's words where nobody accepts the connection, and those of the probe for gRPC (`pkg/probe/grpc`).
const NO_CONNECTION: [&str; 2] = ["i/o timeout", "failed to connect service"];

pub(super) fn logs(container: &ContainerView) -> String {
    let pod = escape(container.pod.metadata.name.as_deref().unwrap_or_default());
    format!("kubectl -n {} logs {pod}", escape(container.namespace()))
}

/// runc's words (`exec: "/x": stat /x: no such file or directory`, `executable file not found in $PATH`), not those of the
/// program of the probe.
fn lacks_program(failure: &str) -> Option<Words<'_>> {
    let exec = Words::of(failure, "unable to start container process: exec: ")?;
    Words::any(exec.after(), &["executable file not found", "no such file or directory"])
}

/// How a start is given longer.
fn threshold_field(container: &ContainerView) -> String {
    let patch = format!(
        "patch: {{{}: {{spec: {{template: {{spec: {{containers: [{{name: {}, startupProbe: {{failureThreshold: 300}}}}]}}}}}}}}}}",
        container.snapshot.workload.kind(),
        escape(container.name())
    );
    container.snapshot.source().field(&patch, "failureThreshold")
}

/// Less than a tenth of a core makes most programs slow.
const TINY: f64 = 0.1;

/// A limit of the processor that alone may be why a program starts or answers slowly.
pub(super) fn starved(container: &ContainerView) -> String {
    let limit = container.spec.resources.as_ref().and_then(|all| all.limits.as_ref()?.get("cpu"));
    let limit = limit.filter(|limit| quantity::parse(&limit.0).is_some_and(|cores| cores <= TINY));
    limit
        .map_or_else(String::new, |limit| format!(" (its CPU limit of {} may be what makes it slow)", escape(&limit.0)))
}

/// The port is a name: those that the container does declare.
fn undeclared_port(container: &ContainerView, words: Words) -> Remedy {
    let ports = container.spec.ports.as_deref().unwrap_or_default();
    let name = |port: &ContainerPort| match &port.name {
        Some(name) => format!("{} ({})", escape(name), port.container_port),
        None => port.container_port.to_string(),
    };
    let declared = ports.iter().map(name).collect::<Vec<_>>().join(", ");
    match declared.as_str() {
        "" => Remedy::given(
            &words,
            "the probe's port is a name, and the container does not declare in `ports` what it stands for: use its number",
        ),
        declared => Remedy::look(format!(
            "the probe's port is a name that the container does not declare in `ports`: it declares {declared}"
        )),
    }
}
