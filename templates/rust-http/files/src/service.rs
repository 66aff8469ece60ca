//! Routes and handlers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::record::{self, Metrics};

/// The largest request body that is read, in bytes.
const MAX_BODY: usize = 1 << 20;

/// How long a handler may take, the reading of the body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What the handlers share.
pub struct Service {
    pub metrics: Metrics,
    ready: AtomicBool,
}

impl Service {
    pub fn new() -> Self {
        Self {
            metrics: Metrics::new(),
            ready: AtomicBool::new(true),
        }
    }

    /// From now on it is not ready, and each connection ends with its next answer.
    pub fn drain(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        !self.ready.load(Ordering::Relaxed)
    }

    /// The whole service: routes, limits, metrics and the request log.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(index))
            .route("/hello/{name}", get(hello))
            .route("/healthz", get(healthz))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .layer(RequestBodyLimitLayer::new(MAX_BODY))
            .layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                REQUEST_TIMEOUT,
            ))
            .layer(CatchPanicLayer::custom(|_| {
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }))
            .layer(middleware::from_fn_with_state(
                Arc::clone(self),
                record::record,
            ))
            .with_state(Arc::clone(self))
    }
}

async fn index() -> Json<Value> {
    Json(json!({"service": env!("CARGO_PKG_NAME")}))
}

async fn hello(Path(name): Path<String>) -> Json<Value> {
    Json(json!({"message": format!("Hello, {name}!")}))
}

/// Says that the process lives. It looks at nothing else: a slow database must not restart every replica.
async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Says whether new requests are welcome: not while it drains.
async fn readyz(State(service): State<Arc<Service>>) -> Response {
    if service.is_draining() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({"status": "draining"})),
        )
            .into_response();
    }
    Json(json!({"status": "ok"})).into_response()
}

async fn metrics(State(service): State<Arc<Service>>) -> impl IntoResponse {
    (
        [("content-type", record::CONTENT_TYPE)],
        service.metrics.text(),
    )
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, header};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn ask(service: &Arc<Service>, request: Request<Body>) -> (StatusCode, String) {
        let response = service
            .router()
            .oneshot(request)
            .await
            .expect("a router never fails");
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    async fn get(service: &Arc<Service>, path: &str) -> (StatusCode, String) {
        ask(
            service,
            Request::get(path).body(Body::empty()).expect("a request"),
        )
        .await
    }

    #[tokio::test]
    async fn routes() {
        let service = Arc::new(Service::new());
        let index = format!(r#"{{"service":"{}"}}"#, env!("CARGO_PKG_NAME"));
        for (path, status, body) in [
            ("/", StatusCode::OK, index.as_str()),
            ("/hello/Ada", StatusCode::OK, r#"{"message":"Hello, Ada!"}"#),
            ("/healthz", StatusCode::OK, r#"{"status":"ok"}"#),
            ("/readyz", StatusCode::OK, r#"{"status":"ok"}"#),
            ("/nothing", StatusCode::NOT_FOUND, ""),
        ] {
            assert_eq!(
                get(&service, path).await,
                (status, body.to_owned()),
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_refused() {
        let request = Request::post("/")
            .header(header::CONTENT_LENGTH, MAX_BODY + 1)
            .body(Body::empty());
        let (status, _) = ask(&Arc::new(Service::new()), request.expect("a request")).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn while_it_drains_it_is_not_ready_and_lets_connections_go() {
        let service = Arc::new(Service::new());
        service.drain();
        for (path, status) in [
            ("/readyz", StatusCode::SERVICE_UNAVAILABLE),
            ("/healthz", StatusCode::OK),
            ("/", StatusCode::OK),
        ] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let response = service
                .router()
                .oneshot(request)
                .await
                .expect("a router never fails");
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(response.headers()[header::CONNECTION], "close", "{path}");
        }
    }

    #[tokio::test]
    async fn requests_are_counted_by_route() {
        let service = Arc::new(Service::new());
        for path in ["/hello/Ada", "/hello/Bob", "/nothing"] {
            get(&service, path).await;
        }
        let (_, text) = get(&service, "/metrics").await;
        for line in [
            r#"http_request_duration_seconds_count{method="GET",route="/hello/{name}",status="200"} 2"#,
            r#"http_request_duration_seconds_count{method="GET",route="none",status="404"} 1"#,
        ] {
            assert!(text.contains(line), "no {line} in\n{text}");
        }
    }
}
