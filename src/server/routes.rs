//! The paths of the endpoint.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::dashboard::Dashboard;
use super::fault::Fault;
use super::store::{Filter, Store};
use super::{guard, ingest, metrics};
use crate::report::{Summary, summarise};
use crate::telemetry::Run;

pub const HEALTHY: &str = "plat serve: ok\n";

const RUNS_BY_DEFAULT: u32 = 100;
const MOST_RUNS: u32 = 10_000;
/// A busy store was waited for already.
const RETRY_SECONDS: &str = "1";

#[derive(Clone)]
struct Endpoint {
    store: Store,
    dashboard: Arc<Dashboard>,
}

pub fn router(store: Store) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/style.css", get(style))
        .route("/events", post(take))
        .route("/api/runs", get(runs))
        .route("/api/summary", get(summary))
        .route("/metrics", get(scrape))
        .route("/healthz", get(|| async { HEALTHY }))
        .layer(DefaultBodyLimit::max(ingest::LARGEST_BODY))
        .layer(middleware::from_fn(guard::guard))
        .with_state(Endpoint { store, dashboard: Arc::new(Dashboard::new()) })
}

async fn take(State(endpoint): State<Endpoint>, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let events = ingest::events(content_type, &body).map_err(|refusal| {
        tracing::info!("refused a request: {}", refusal.why);
        Problem { status: refusal.status, why: refusal.why }
    })?;
    let stored = endpoint
        .store
        .add(&events, Timestamp::now())
        .await
        .map_err(|error| Problem::of_store(&error, Fault::of(&error)))?;
    for unstorable in &stored.refused {
        tracing::warn!("event {} of a request cannot be stored: {}", unstorable.event, unstorable.error);
    }
    let status = if stored.refused.is_empty() { StatusCode::OK } else { Fault::Event.status() };
    Ok((status, Json(stored)).into_response())
}

/// The answer of `/api/runs`.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunsPage {
    /// Newest first.
    pub runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Limit {
    limit: Option<u32>,
}

async fn runs(
    State(endpoint): State<Endpoint>,
    Query(filter): Query<Filter>,
    Query(Limit { limit }): Query<Limit>,
) -> Answer<Json<RunsPage>> {
    let limit = limit.unwrap_or(RUNS_BY_DEFAULT).min(MOST_RUNS);
    Ok(Json(RunsPage { runs: endpoint.store.runs(&filter, limit).await? }))
}

async fn summary(State(endpoint): State<Endpoint>, Query(filter): Query<Filter>) -> Answer<Json<Summary>> {
    Ok(Json(summarise(&endpoint.store.observations(&filter).await?)))
}

async fn scrape(State(endpoint): State<Endpoint>) -> Answer<Response> {
    let observations = endpoint.store.observations(&Filter::default()).await?;
    let text = metrics::text(&endpoint.store.events_by_type().await?, &observations);
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}

async fn page(State(endpoint): State<Endpoint>, Query(filter): Query<Filter>) -> Answer<Html<String>> {
    let summary = summarise(&endpoint.store.observations(&filter).await?);
    let runs = endpoint.store.runs(&filter, Dashboard::RECENT).await?;
    let page = endpoint.dashboard.render(&filter, &summary, &runs).map_err(|e| Problem {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        why: format!("the dashboard cannot be rendered: {e:#}"),
    })?;
    Ok(Html(page))
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css")).into_response()
}

type Answer<T> = Result<T, Problem>;

/// An error as the caller reads it: `{"error": "…"}`.
struct Problem {
    status: StatusCode,
    why: String,
}

impl From<sqlx::Error> for Problem {
    /// Of a query: no event is to blame.
    fn from(error: sqlx::Error) -> Self {
        let fault = Some(Fault::of(&error)).filter(|fault| *fault != Fault::Event).unwrap_or(Fault::Broken);
        Self::of_store(&error, fault)
    }
}

impl Problem {
    fn of_store(error: &sqlx::Error, fault: Fault) -> Self {
        tracing::error!("the store failed: {error}");
        Self { status: fault.status(), why: "the store failed; see the server's log".to_owned() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.why }))).into_response();
        if self.status == Fault::Busy.status() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
        }
        response
    }
}
