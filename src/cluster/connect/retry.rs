//! Every request is tried again where that can help and cannot harm, visibly and for a bounded time.
//!
//! It is chosen by what the request is, so nobody has to remember it: what may be sent twice, what may be sent again
//! only if the server says that it did nothing, and what begins anew by itself.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use kube::core::Status;

use super::answers::is_of_program;
use super::failure::find;
use super::login::Ended;
use crate::event::Events;
use crate::text::foreign_line;

/// Waits between attempts.
const WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];
/// Requests that end together do so within this.
const TOGETHER: Duration = Duration::from_millis(30);
/// A server that asks for more patience than this is reported instead.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// No write is sent again so long after it was sent first: whoever was allowed to write then may not be now.
pub(in crate::cluster) const WRITES: Duration = Duration::from_secs(8);

/// How long one attempt to read an object may take, and all of them together. A list of a large namespace takes its time.
const READ: Duration = Duration::from_secs(2);
const READS: Duration = Duration::from_secs(10);

/// When a request may be sent again. As an extension of a request it overrules what the request looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Retry {
    /// Twice is as good as once.
    Idempotent,
    /// Only where the server says that it did nothing.
    OnlyWhenBusy,
    /// Its sender begins it anew, or the answer is not the API server's own.
    Never,
}

/// What a request is about, for a reader; an extension of the request.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct About(pub String);

/// A client that tries again, over the connection of one that does not.
pub(super) fn around(direct: &Client, events: &Events) -> Client {
    let (inner, events) = (direct.clone(), events.clone());
    let unknown = Arc::new(AtomicBool::new(false));
    let service = tower::service_fn(move |request: Request<Body>| {
        let (inner, events, unknown) = (inner.clone(), events.clone(), unknown.clone());
        async move { send(&inner, &events, &unknown, request).await }
    });
    Client::new(service, direct.default_namespace())
}

/// `unknown`: the server's last answer was that it does not know who asks. It closes the connection then
/// (`UnauthenticatedHTTP2DOSMitigation`), which is no loss worth a word.
async fn send(
    direct: &Client,
    events: &Events,
    unknown: &AtomicBool,
    request: Request<Body>,
) -> Result<Response<Body>, kube::Error> {
    let (head, body) = request.into_parts();
    let sent = Instant::now();
    let bound = if head.method == Method::GET { READS } else { WRITES };
    let mut retry = head.extensions.get::<Retry>().copied();
    for wait in WAITS {
        // A body that is a stream can be sent once.
        let Some(copy) = body.try_clone() else { break };
        let retry = match retry {
            Some(retry) => retry,
            None => *retry.insert(of(&head, body.try_clone()).await),
        };
        if retry == Retry::Never {
            break;
        }
        let left = READS.saturating_sub(sent.elapsed());
        let answer =
            within(is_small_read(&head).then(|| READ.min(left)), direct.send(Request::from_parts(head.clone(), copy)))
                .await;
        if let Ok(answer) = &answer {
            unknown.store(answer.status() == StatusCode::UNAUTHORIZED, Ordering::Relaxed);
        }
        let (answer, reason) = examine(answer, retry).await;
        let Some((why, asked)) = reason else { return answer };
        let wait = wait.max(asked);
        if sent.elapsed() + wait > bound {
            return answer;
        }
        let about = head.extensions.get::<About>().map_or_else(|| path(&head), |about| about.0.clone());
        // The answers of the requests beside it may be on their way.
        tokio::time::sleep(TOGETHER).await;
        if !unknown.load(Ordering::Relaxed) {
            events.warn(format!("{about}: {why}; again in {:.1} s", wait.as_secs_f32()));
        }
        tokio::time::sleep(wait).await;
    }
    let left = READS.saturating_sub(sent.elapsed()).max(READ);
    within(is_small_read(&head).then_some(left), direct.send(Request::from_parts(head, body))).await
}

/// The API server took a read and said nothing.
#[derive(Debug)]
pub(in crate::cluster) struct Silent;

impl Silent {
    /// So long it was asked, in all.
    pub const AFTER: Duration = READS;
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the API server did not answer")
    }
}

impl std::error::Error for Silent {}

/// The answer, or that it took too long.
async fn within<T>(
    most: Option<Duration>,
    sending: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, kube::Error> {
    let Some(most) = most else { return sending.await };
    tokio::time::timeout(most, sending).await.map_err(|_| kube::Error::Service(Box::new(Silent)))?
}

/// Whether it reads one object. What names none is a list, or is answered by a program in the cluster.
fn is_small_read(head: &http::request::Parts) -> bool {
    let path = head.uri.path();
    let parts = path.trim_matches('/').split('/').count();
    // /api/v1/namespaces/shop/secrets/db, /apis/apps/v1/namespaces/shop/deployments/api
    let of_object = if path.starts_with("/apis/") { 7 } else { 6 };
    head.method == Method::GET && (parts == of_object || path == "/version" || path == "/api/v1/namespaces/kube-system")
}

/// What the request looks like.
async fn of(head: &http::request::Parts, body: Option<Body>) -> Retry {
    let has = |name: &str, value: &str| {
        let pairs = head.uri.query().unwrap_or_default().split('&');
        pairs.filter_map(|pair| pair.split_once('=')).any(|(key, other)| key == name && other == value)
    };
    // The answer of a program in the cluster, a stream, a connection of another kind.
    if is_of_program(head.uri.path())
        || has("watch", "true")
        || has("follow", "true")
        || head.headers.contains_key(http::header::UPGRADE)
    {
        return Retry::Never;
    }
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // Without its UID, the second deletion may meet another object of that name.
    let names_object = head.method == Method::DELETE && names_uid(body).await;
    match head.method {
        Method::GET | Method::HEAD => Retry::Idempotent,
        _ if has("dryRun", "All") => Retry::Idempotent,
        // Both say what is to be, whatever is there.
        Method::PATCH if kind.starts_with("application/apply-patch") || kind.starts_with("application/merge-patch") => {
            Retry::Idempotent
        }
        Method::DELETE if names_object => Retry::Idempotent,
        _ => Retry::OnlyWhenBusy,
    }
}

/// Whether a deletion says which object it means.
async fn names_uid(body: Option<Body>) -> bool {
    let Some(body) = body else { return false };
    let bytes = body.collect_bytes().await.unwrap_or_default();
    let options = serde_json::from_slice::<serde_json::Value>(&bytes).unwrap_or_default();
    options["preconditions"]["uid"].is_string()
}

/// Whether another attempt may end otherwise: why, and how long the server wants it to wait.
async fn examine(
    answer: Result<Response<Body>, kube::Error>,
    retry: Retry,
) -> (Result<Response<Body>, kube::Error>, Option<(String, Duration)>) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let is_timeout = find::<tower::timeout::error::Elapsed>(&error).is_some();
            if find::<Silent>(&error).is_some() {
                let why = format!("no answer within {} s", READ.as_secs());
                return (Err(error), Some((why, Duration::ZERO)));
            }
            let is_lost = matches!(error, kube::Error::HyperError(_) | kube::Error::Service(_))
                && !is_timeout
                && find::<Ended>(&error).is_none();
            let reason =
                (is_lost && retry == Retry::Idempotent).then(|| ("the connection was lost".to_owned(), Duration::ZERO));
            return (Err(error), reason);
        }
    };
    if !answer.status().is_client_error() && !answer.status().is_server_error() {
        return (Ok(answer), None);
    }
    let (head, body) = answer.into_parts();
    let bytes = match body.collect_bytes().await {
        Ok(bytes) => bytes,
        Err(error) => return (Err(error), None),
    };
    let status = serde_json::from_slice::<Status>(&bytes).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(&bytes);
        Status::failure(if text.is_empty() { head.status.as_str() } else { &text }, "")
    });
    let asked = refusal(head.status, &head.headers, &status, retry);
    let reason = asked.map(|asked| (foreign_line(&status.message, 120), asked));
    (Ok(Response::from_parts(head, Body::from(bytes))), reason)
}

/// How long at least to wait before another attempt; none when another attempt would end the same.
fn refusal(code: StatusCode, headers: &HeaderMap, status: &Status, retry: Retry) -> Option<Duration> {
    let header = headers.get(RETRY_AFTER).and_then(|seconds| seconds.to_str().ok()?.parse::<u64>().ok());
    let details = status.details.as_ref();
    let asked = details.map_or(0, |details| u64::from(details.retry_after_seconds)).max(header.unwrap_or(0));
    let asked = Duration::from_secs(asked);
    let code = code.as_u16();
    if asked > LONGEST_WAIT {
        return None;
    }
    let again = match retry {
        Retry::Never => false,
        // Fairness and the limits of the server refuse before anything is done; a server that is about to end says
        // when another one will be there.
        Retry::OnlyWhenBusy => code == 429 || code == 503 && asked > Duration::ZERO,
        Retry::Idempotent => {
            // A write that lost a race against another write, unlike a conflict about a field's owner.
            let raced = code == 409
                && !status.is_already_exists()
                && !status.message.contains("Precondition failed")
                && details.is_none_or(|details| details.causes.is_empty());
            raced || matches!(code, 429 | 503 | 504) || asked > Duration::ZERO
        }
    };
    again.then_some(asked)
}

/// `secrets payments-api`, from the path of a request that nobody named.
fn path(head: &http::request::Parts) -> String {
    let parts = head.uri.path().split('/').skip_while(|part| *part != "namespaces").skip(2).collect::<Vec<_>>();
    let text = if parts.is_empty() { head.uri.path().trim_start_matches('/').to_owned() } else { parts.join(" ") };
    foreign_line(&text, 120)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::fake::Fake;
    use super::*;

    const APPLY: &str = "application/apply-patch+yaml";
    const JSON: &str = "application/json";
    const JSON_PATCH: &str = "application/json-patch+json";
    const MERGE: &str = "application/merge-patch+json";
    const UID: &str = r#"{"preconditions": {"uid": "u"}}"#;

    /// The first attempt is answered with the code, or with 0 the connection is lost.
    #[rstest]
    #[case::read("GET", JSON, "", 503, 2)]
    #[case::read_that_is_lost("GET", JSON, "", 0, 2)]
    #[case::read_that_is_refused("GET", JSON, "", 403, 1)]
    #[case::apply("PATCH", APPLY, "{}", 504, 2)]
    #[case::apply_that_lost_a_race("PATCH", APPLY, "{}", 409, 2)]
    #[case::note("PATCH", MERGE, "{}", 429, 2)]
    #[case::patch_of_a_busy_server("PATCH", JSON_PATCH, "[]", 429, 2)]
    #[case::patch_whose_version_is_stale("PATCH", JSON_PATCH, "[]", 409, 1)]
    #[case::create_on_a_busy_server("POST", JSON, "{}", 429, 2)]
    #[case::create_that_may_be_done("POST", JSON, "{}", 504, 1)]
    #[case::create_that_is_lost("POST", JSON, "{}", 0, 1)]
    #[case::delete_of_this_object("DELETE", JSON, UID, 503, 2)]
    #[case::delete_of_any_object("DELETE", JSON, "{}", 503, 1)]
    #[tokio::test]
    async fn what_a_request_is_decides_whether_it_is_sent_again(
        #[case] method: &str,
        #[case] kind: &str,
        #[case] body: &str,
        #[case] code: u16,
        #[case] requests: usize,
    ) {
        let fake = Fake::refusing(code).await;
        let request = Request::builder().method(method).uri("/api/v1/namespaces/shop/secrets/a");
        let request = request.header(CONTENT_TYPE, kind).body(Body::from(body.as_bytes().to_vec())).expect("a request");
        let answer = fake.cluster.client.send(request).await;
        assert_eq!(fake.requests().len(), requests);
        let went_well = answer.is_ok_and(|answer| answer.status() == StatusCode::OK);
        assert_eq!(went_well, requests == 2);
        let told: Vec<bool> = fake.warnings().iter().map(|line| line.starts_with("secrets a: ")).collect();
        assert_eq!(told, vec![true; requests - 1], "each attempt but the last is told");
    }

    #[tokio::test]
    async fn a_namespace_may_be_called_proxy() {
        let fake = Fake::refusing(503).await;
        let request = Request::get("/api/v1/namespaces/proxy/secrets/a").body(Body::empty()).expect("a request");
        fake.cluster.client.send(request).await.expect("an answer");
        assert!(fake.requests().len() > 1);
    }

    #[rstest]
    #[case::watch("/api/v1/pods?watch=true")]
    #[case::log("/api/v1/namespaces/shop/pods/a/log?&follow=true")]
    #[case::program("/api/v1/namespaces/shop/pods/a:80/proxy/healthz")]
    #[tokio::test]
    async fn what_begins_anew_by_itself_is_sent_once(#[case] uri: &str) {
        let fake = Fake::refusing(503).await;
        let request = Request::get(uri).body(Body::empty()).expect("a request");
        let answer = fake.cluster.client.send(request).await.expect("an answer");
        assert_eq!((answer.status(), fake.requests().len()), (StatusCode::SERVICE_UNAVAILABLE, 1));
    }
}
