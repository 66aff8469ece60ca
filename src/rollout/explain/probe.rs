//! What is said of a probe that does not pass.

use k8s_openapi::api::core::v1::{ContainerPort, Event, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::container_log::ContainerLog;
use super::elsewhere::Elsewhere;
use super::http_lookup::{NOT_SERVED, REFUSED, health_field, instead, port_of};
use super::probe_budget::{budget, failures, period};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::model::{Cause, Graces};
use crate::rollout::text::{escape, escape_line, has_reason, log_tail, message, quantity};
use crate::rollout::view::ContainerView;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rollout) enum ProbeKind {
    Startup,
    Readiness,
    Liveness,
}

impl ProbeKind {
    /// As the kubelet's events name it.
    fn name(self) -> &'static str {
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
    /// What it is proven by, where it answers elsewhere.
    pub fn answers_elsewhere(self, graces: &Graces) -> Option<Proof> {
        let failure = unhealthy(self.container, self.kind).map(message)?;
        Elsewhere::of(self.container, self.probe, failure)?.proof(graces, self.container.now)
    }

    /// None while nothing failed: then the container only starts.
    pub fn failing(self, proof: Proof) -> Option<Symptom> {
        let event = unhealthy(self.container, self.kind);
        // A port name that the container does not declare is never found (k8s.io/kubernetes/pkg/probe, ResolveContainerPort).
        let bad_port = event.is_some_and(|event| message(event).contains("strconv.Atoi"));
        // Nor is a program that the image lacks.
        let no_program = self.probe.exec.is_some() && event.is_some_and(|event| lacks_program(message(event)));
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
        if let Some(text) = &log.text {
            evidence.push("the end of its log:".to_owned());
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
        let text = log.text.as_deref().unwrap_or_default();
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
        let hint = found.map_or_else(|| self.hint(failure, is_over), |found| found.hint());
        let finding = Cause { reason: Reason::Unhealthy, what, object: container.object(), evidence, hint };
        Symptom { finding, state_text, proof, needs_log: log.request }
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

/// `GET /healthz on port 8080, every 5 s, 24 failures allowed`
fn describe(container: &ContainerView, probe: &Probe) -> String {
    let port = |port: &IntOrString| match (port_of(container, probe), port) {
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

/// The liveness probe kills it: either it starts too slowly for it, or the probe is wrong.
pub(in crate::rollout) fn liveness_hint(container: &ContainerView, failure: &str) -> String {
    let Some(probe) = &container.spec.liveness_probe else { return String::new() };
    let starts = container.spec.startup_probe.is_none() && !failure.contains("statuscode:");
    if starts {
        return format!(
            "if it needs longer to start than the {} s that this probe leaves it, give it a startup probe or a longer failureThreshold{}; \
             else the probe's port is not the one it listens on",
            budget(probe).as_secs(),
            starved(container)
        );
    }
    let liveness = ContainerProbe { container, kind: ProbeKind::Liveness, probe };
    instead(container, probe, failure, "").map_or_else(|| liveness.hint(failure, true), |found| found.hint())
}

impl ContainerProbe<'_, '_> {
    /// What to do about a failure of which nothing else is known.
    fn hint(self, failure: &str, is_over: bool) -> String {
        let Self { container, probe, kind } = self;
        let says = |words: &[&str]| words.iter().any(|word| failure.contains(word));
        let path = escape(probe.http_get.as_ref().and_then(|http| http.path.as_deref()).unwrap_or("/"));
        if says(&["strconv.Atoi"]) {
            undeclared_port(container)
        } else if says(&[REFUSED]) && is_over && kind == ProbeKind::Startup {
            format!(
                "nothing listened on port {} in the {} s that this probe leaves it: if it needs longer to start, raise {}{}; else \
                 `port` must be the one that it listens on, on all addresses",
                port_of(container, probe).unwrap_or_default(),
                budget(probe).as_secs(),
                threshold_field(container),
                starved(container)
            )
        } else if says(&[REFUSED]) {
            format!(
                "nothing listens on port {} so far: it may still be starting, as its log should say{}; if it has started, `port` \
                 must be the one that it listens on, on all addresses",
                port_of(container, probe).unwrap_or_default(),
                starved(container)
            )
        } else if says(&[NOT_SERVED]) {
            format!("the program does not serve {path}: set {} to a path that it serves", health_field(container))
        } else if says(&["statuscode: 401", "statuscode: 403"]) {
            format!("a probe has no credentials: serve {path} without")
        } else if says(&["statuscode: 5"]) {
            "the program answers, but says that it is not well: its log may tell why".to_owned()
        } else if says(&["deadline exceeded", "Client.Timeout", "timed out", "i/o timeout"]) {
            format!("the answer takes longer than timeoutSeconds: answer faster, or raise it{}", starved(container))
        } else if says(&["HTTP response to HTTPS client", "malformed HTTP"]) {
            "the probe and the program speak different protocols: compare the probe's scheme with the program's"
                .to_owned()
        } else if probe.exec.is_some() && lacks_program(failure) {
            "the program of the probe is not in the image: correct its `command`, or add it".to_owned()
        } else {
            let pod = escape(container.pod.metadata.name.as_deref().unwrap_or_default());
            format!("see what the program says: kubectl -n {} logs {pod}", escape(container.namespace()))
        }
    }
}

/// runc's words (`exec: "/x": stat /x: no such file or directory`, `executable file not found in $PATH`), not those of the
/// program of the probe.
fn lacks_program(failure: &str) -> bool {
    let said = failure.split_once("unable to start container process: exec: ").map_or("", |(_, said)| said);
    said.contains("executable file not found") || said.contains("no such file or directory")
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
fn starved(container: &ContainerView) -> String {
    let limit = container.spec.resources.as_ref().and_then(|all| all.limits.as_ref()?.get("cpu"));
    let limit = limit.filter(|limit| quantity::parse(&limit.0).is_some_and(|cores| cores <= TINY));
    limit
        .map_or_else(String::new, |limit| format!(" (its CPU limit of {} may be what makes it slow)", escape(&limit.0)))
}

/// The port is a name: those that the container does declare.
fn undeclared_port(container: &ContainerView) -> String {
    let ports = container.spec.ports.as_deref().unwrap_or_default();
    let name = |port: &ContainerPort| match &port.name {
        Some(name) => format!("{} ({})", escape(name), port.container_port),
        None => port.container_port.to_string(),
    };
    let declared = ports.iter().map(name).collect::<Vec<_>>().join(", ");
    match declared.as_str() {
        "" => "the probe's port is a name, and the container does not declare in `ports` what it stands for: use its number".to_owned(),
        declared => format!("the probe's port is a name that the container does not declare in `ports`: it declares {declared}"),
    }
}
