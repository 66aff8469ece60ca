//! What is said of a probe that does not pass.

use k8s_openapi::api::core::v1::{ContainerPort, Event, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::container_log::ContainerLog;
use super::http_lookup::{NOT_SERVED, REFUSED, health_field, instead_of_path, instead_of_port, port_of};
use super::probe_budget::{budget, failures, period};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::model::Finding;
use crate::rollout::text::{escape, escape_line, has_reason, log_tail, message};
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
    /// None while nothing failed: then the container only starts.
    pub fn failing(self, proof: Proof) -> Option<Symptom> {
        let event = unhealthy(self.container, self.kind);
        // A port name that the container does not declare is never found (k8s.io/kubernetes/pkg/probe, ResolveContainerPort).
        let bad_port = event.is_some_and(|event| message(event).contains("strconv.Atoi"));
        let proof = if bad_port { Proof::Immediate } else { proof };
        let over = match proof {
            Proof::Until { latest, .. } => self.container.now >= latest,
            _ => bad_port,
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
        let what = match proof {
            Proof::Until { latest, .. } if container.now < latest => {
                format!("{title} has not passed its {kind_name} probe yet")
            }
            _ => format!("{title} never passes its {kind_name} probe"),
        };
        let brief = failure.split_once(": ").map_or(failure, |(_, brief)| brief);
        let state_text = match brief {
            "" => format!("waits for the {kind_name} probe"),
            brief => format!("{kind_name} probe fails: {}", escape(brief)),
        };
        let hint = hint(container, probe, failure, log.text.as_deref().unwrap_or_default());
        let finding = Finding { reason: Reason::Unhealthy, what, object: container.object(), evidence, hint };
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
        format!("the program does not serve {}: set {} to a path that it serves", escape(path), health_field(container))
    } else if says(&["statuscode: 401", "statuscode: 403"]) {
        format!("a probe has no credentials: serve {} without", escape(path))
    } else if says(&["statuscode: 5"]) {
        "the program answers, but says that it is not well: its log may tell why".to_owned()
    } else if says(&["deadline exceeded", "Client.Timeout", "timed out", "i/o timeout"]) {
        "the answer takes longer than timeoutSeconds: answer faster, or raise it".to_owned()
    } else if says(&["HTTP response to HTTPS client", "malformed HTTP"]) {
        "the probe and the program speak different protocols: compare the probe's scheme with the program's".to_owned()
    } else {
        let pod = escape(container.pod.metadata.name.as_deref().unwrap_or_default());
        format!("see what the program says: kubectl -n {} logs {pod}", escape(container.namespace()))
    }
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
