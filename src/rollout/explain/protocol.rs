//! A probe and a program that speak different protocols: TLS and none, gRPC and HTTP. It stays so as long as the program
//! runs.

use k8s_openapi::api::core::v1::Probe;

use super::container_log::ContainerLog;
use super::fields;
use crate::rollout::model::{Remedy, Words};
use crate::rollout::view::ContainerView;

/// What a client hears that speaks HTTP where TLS is spoken (net/http of Go).
const TO_TLS: [&str; 2] = ["malformed HTTP response", "malformed HTTP status code"];
/// And one that speaks TLS where nobody does.
const TO_PLAIN: [&str; 3] =
    ["HTTP response to HTTPS client", "first record does not look like a TLS handshake", "wrong version number"];
/// What the probe for gRPC says of any of them (`pkg/probe/grpc`).
const GRPC: [&str; 3] = ["failed to connect service", "error reading server preface", "deadline exceeded"];
/// What a program says that hears HTTP where it expects TLS: Go, nginx, Node.js and the JVM.
const HEARS_PLAIN: [&str; 6] = [
    "http request to an https server",
    "http request was sent to https port",
    "plain http request",
    "err_ssl_http_request",
    "not an ssl/tls record",
    "first record does not look like a tls handshake",
];

/// What shows that they do, and what to do about it.
pub(super) fn other_protocol(container: &ContainerView, probe: &Probe, failure: &str) -> Option<Remedy> {
    let says = |these: &[&str]| Words::any(failure, these);
    let log = ContainerLog::of_current(container).written;
    let hears_plain = || Words::in_any_case(&log?.text, &HEARS_PLAIN);
    if probe.grpc.is_some() {
        let words = says(&GRPC).and_then(|_| hears_plain())?;
        let hint = "the program speaks TLS, and a probe for gRPC does not: use `tcpSocket`, an `exec` of grpc_health_probe with -tls, or a port \
                    without TLS";
        return Some(Remedy::given(&words, hint));
    }
    let http = probe.http_get.as_ref()?;
    if http.scheme.as_deref() == Some("HTTPS") {
        let hint = "the program speaks HTTP, and the probe HTTPS: remove `scheme` from the probe";
        return says(&TO_PLAIN).map(|words| Remedy::given(&words, hint));
    }
    // It answers so on its own port; somebody else may have asked the port that the log speaks of.
    let answered = || says(&["statuscode: 400", "EOF", "connection reset"]).and_then(|_| hears_plain());
    says(&TO_TLS).or_else(answered).map(|words| {
        let field = fields::https(container);
        Remedy::given(&words, format!("the program speaks TLS, and the probe does not: set {field}"))
    })
}
