//! A line and a figure for each request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tracing::{error, info};

use crate::service::Service;

pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds: those of Prometheus' own clients.
const BUCKETS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// What /metrics tells.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Histogram>,
}

/// A request is counted by its route, not by its path: what clients can choose freely would make a series of each
/// value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: String,
    status: u16,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let requests =
            Family::<Labels, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register(
            "http_request_duration_seconds",
            "How long requests took until they were answered",
            requests.clone(),
        );
        Self { registry, requests }
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes everything");
        text
    }
}

/// Counts each request and writes one line for it, when it is answered. Those of probes and of Prometheus are only
/// worth a line when they fail.
pub async fn record(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let seen = Seen::of(&request);
    let mut response = next.run(request).await;
    if service.is_draining() {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let took = start.elapsed();
    let labels = Labels {
        method: seen.method_label(),
        route: seen.route.clone(),
        status: response.status().as_u16(),
    };
    service
        .metrics
        .requests
        .get_or_create(&labels)
        .observe(took.as_secs_f64());
    seen.log(&response, took);
    response
}

/// What the log says of a request that is answered by then.
struct Seen {
    method: Method,
    path: String,
    route: String,
    remote: Option<SocketAddr>,
    request_id: Option<String>,
}

impl Seen {
    fn of(request: &Request) -> Self {
        let extensions = request.extensions();
        let id = request
            .headers()
            .get("x-request-id")
            .and_then(|id| id.to_str().ok());
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            route: extensions
                .get()
                .map_or("none", MatchedPath::as_str)
                .to_owned(),
            remote: extensions.get().map(|ConnectInfo(remote)| *remote),
            request_id: id.map(str::to_owned),
        }
    }

    /// A client can send any word as a method.
    fn method_label(&self) -> &'static str {
        match self.method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            Method::OPTIONS => "OPTIONS",
            _ => "other",
        }
    }

    fn log(&self, response: &Response, took: Duration) {
        let status = response.status();
        let probe = matches!(self.path.as_str(), "/healthz" | "/readyz");
        if (probe || self.path == "/metrics") && status == StatusCode::OK {
            return;
        }
        let Self {
            method,
            path,
            request_id,
            ..
        } = self;
        let remote = self.remote.map(tracing::field::display);
        let bytes = response.body().size_hint().exact();
        let milliseconds = (took.as_secs_f64() * 1e6).round() / 1e3;
        // A probe that is told "draining" is no error.
        if status.is_server_error() && !probe {
            error!(%method, path, status = status.as_u16(), bytes, milliseconds, remote, request_id, "request");
        } else {
            info!(%method, path, status = status.as_u16(), bytes, milliseconds, remote, request_id, "request");
        }
    }
}
