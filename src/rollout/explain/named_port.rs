//! A probe that asks a port which is there for something else, as the names of the ports say: gRPC of the port for metrics,
//! HTTP of the port for gRPC.

use k8s_openapi::api::core::v1::{ContainerPort, Probe};

use super::http_lookup::{NOT_SERVED, REFUSED, heard, probe_port};
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// What the kubelet says where the other side speaks something else, or is not there; not what a program answers that is
/// merely not well.
const FOREIGN: [&str; 9] = [
    REFUSED,
    NOT_SERVED,
    "failed to connect service",
    "deadline exceeded",
    "Client.Timeout",
    "malformed HTTP",
    "server preface",
    "http2",
    "EOF",
];
/// Ports beside the one that serves.
const BESIDE: [&str; 6] = ["metrics", "prom", "admin", "debug", "pprof", "profil"];
const SERVES: [&str; 4] = ["http", "web", "api", "app"];

/// What another port may be meant, where the name of the one that is asked speaks against it.
pub(super) fn other_port(container: &ContainerView, probe: &Probe, failure: &str, log: &str) -> Option<Remedy> {
    Words::any(failure, &FOREIGN)?;
    let port = probe.grpc.as_ref().map(|grpc| grpc.port).or_else(|| probe_port(container.spec, probe))?;
    let ports = || container.spec.ports.iter().flatten();
    let asked = ports().find(|one| one.container_port == port);
    let name = asked.map(name_of).unwrap_or_default();
    let is = |name: &str, words: &[&str]| words.iter().any(|word| name.contains(word));
    let named = |words: &[&str]| {
        let other = |one: &&ContainerPort| one.container_port != port && is(&name_of(one), words);
        ports().find(other).filter(|one| !is(&name_of(one), &BESIDE))
    };
    let which = match name.as_str() {
        "" => format!("the probe asks port {port}"),
        name => format!("the probe asks port {port}, which is `{}`", escape(name)),
    };
    let shown = |one: &ContainerPort| format!("{} ({})", escape(&name_of(one)), one.container_port);
    if probe.grpc.is_some() {
        if is(&name, &["grpc"]) {
            return None;
        }
        let of_grpc = || log.lines().filter(|line| line.to_ascii_lowercase().contains("grpc"));
        if of_grpc().flat_map(heard).any(|heard| heard.port == port) {
            return None;
        }
        if let Some(heard) = of_grpc().flat_map(heard).next() {
            let hint =
                format!("{which}, and its log says that gRPC listens on port {0}: set `grpc.port` to {0}", heard.port);
            return Some(Remedy::given(&heard.said, hint));
        }
        let grpc = named(&["grpc"])?;
        return Some(Remedy::look(format!("{which}: does gRPC listen on port {}?", shown(grpc))));
    }
    if is(&name, &["grpc"]) {
        let http = named(&SERVES).filter(|one| !name_of(one).contains("grpc"));
        return Some(Remedy::look(match http.filter(|_| probe.http_get.is_some()) {
            Some(http) => format!("{which}: does HTTP listen on port {}?", shown(http)),
            None if probe.http_get.is_some() => format!("{which}: is a `grpc` probe meant, instead of `httpGet`?"),
            None => return None,
        }));
    }
    let serves = named(&SERVES).filter(|_| is(&name, &BESIDE))?;
    Some(Remedy::look(format!("{which}: is port {} meant?", shown(serves))))
}

fn name_of(port: &ContainerPort) -> String {
    port.name.as_deref().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;
    use rstest::rstest;
    use serde_json::json;

    const BOTH: &str =
        "[{name: grpc, containerPort: 50051}, {name: metrics, containerPort: 9090}, {name: http, containerPort: 8080}]";
    const PREFACE: &str = "Startup probe failed: timeout: failed to connect service \"10.0.0.9:9090\" within 1s";
    const BROKEN: &str = "Startup probe failed: Get \"http://10.0.0.9:50051/\": malformed HTTP response";

    fn check(ports: &str, probe: &str, failure: &str, log: &str, says: &[&str]) {
        let ports: serde_json::Value = serde_yaml::from_str(ports).expect("ports");
        let probe: Probe = serde_yaml::from_str(probe).expect("a probe");
        let case = json!([{"name": "a", "log": log, "says": says, "spec": {"ports": ports}}]);
        let wrong = wrong(&case.to_string(), |container, log| {
            Some((String::new(), other_port(container, &probe, failure, log)?))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[rstest]
    #[case::by_its_name(
        BOTH,
        "{grpc: {port: 9090}}",
        PREFACE,
        "",
        "port 9090, which is `metrics`: does gRPC listen on port grpc (50051)?"
    )]
    #[case::by_its_log(
        BOTH,
        "{grpc: {port: 9090}}",
        PREFACE,
        r#"{"msg":"gRPC server listening","addr":":50051"}"#,
        "its log says that gRPC listens on port 50051: set `grpc.port` to 50051"
    )]
    #[case::by_its_log_alone(
        "[]",
        "{grpc: {port: 9090}}",
        PREFACE,
        "serving gRPC on :50051",
        "the probe asks port 9090, and its log says"
    )]
    #[case::metrics(
        BOTH,
        "{tcpSocket: {port: metrics}}",
        "dial tcp: connection refused",
        "",
        "which is `metrics`: is port http (8080) meant?"
    )]
    #[case::http_of_grpc(BOTH, "{httpGet: {port: grpc}}", BROKEN, "", "does HTTP listen on port http (8080)?")]
    #[case::only_grpc(
        "[{name: grpc, containerPort: 50051}]",
        "{httpGet: {port: 50051}}",
        BROKEN,
        "",
        "is a `grpc` probe meant"
    )]
    fn another_port_may_be_meant(
        #[case] ports: &str,
        #[case] probe: &str,
        #[case] failure: &str,
        #[case] log: &str,
        #[case] says: &str,
    ) {
        check(ports, probe, failure, log, &[says]);
    }

    #[rstest]
    #[case::it_is_the_one(BOTH, "{grpc: {port: 50051}}", PREFACE, "")]
    #[case::its_log_says_that_one(
        "[{containerPort: 9090}]",
        "{grpc: {port: 9090}}",
        PREFACE,
        "gRPC listening on :9090"
    )]
    #[case::no_other("[{name: metrics, containerPort: 9090}]", "{grpc: {port: 9090}}", PREFACE, "")]
    #[case::not_well(BOTH, "{grpc: {port: 9090}}", "service unhealthy (responded with \"NOT_SERVING\")", "")]
    #[case::not_well_by_http(BOTH, "{httpGet: {port: metrics}}", "HTTP probe failed with statuscode: 503", "")]
    #[case::http(BOTH, "{httpGet: {port: http}}", "HTTP probe failed with statuscode: 404", "")]
    fn nothing_speaks_against_it(#[case] ports: &str, #[case] probe: &str, #[case] failure: &str, #[case] log: &str) {
        check(ports, probe, failure, log, &[]);
    }
}
