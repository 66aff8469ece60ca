//! Each error answer is a `Status` with the answer's own code, whatever its body was: an ingress, a proxy and a group
//! that is gone answer with text, HTML or other JSON, and what is not there is then not there all the same.

use http::{Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use kube::core::Status;
use kube::core::response::reason;
use serde_json::Value;

/// Longest text of a foreign answer that is kept, in characters.
const TEXT: usize = 2000;

/// A client that reads answers so, over the connection of another.
pub(super) fn around(inner: Client) -> Client {
    let namespace = inner.default_namespace().to_owned();
    let service = tower::service_fn(move |request: Request<Body>| {
        let inner = inner.clone();
        async move {
            let is_foreign = is_of_program(request.uri().path());
            let answer = inner.send(request).await?;
            if is_foreign { Ok(answer) } else { read(answer).await }
        }
    });
    Client::new(service, namespace)
}

/// Whether a program in the cluster answers it, through the API server: `/api/v1/namespaces/shop/pods/a:80/proxy/healthz`.
pub(super) fn is_of_program(path: &str) -> bool {
    path.starts_with("/api/") && path.split('/').nth(7) == Some("proxy")
}

async fn read(answer: Response<Body>) -> Result<Response<Body>, kube::Error> {
    if !answer.status().is_client_error() && !answer.status().is_server_error() {
        return Ok(answer);
    }
    let (mut head, body) = answer.into_parts();
    let bytes = body.collect_bytes().await?;
    let status = serde_json::to_vec(&status(head.status, &bytes)).map_err(kube::Error::SerdeError)?;
    head.headers.remove(http::header::CONTENT_LENGTH);
    Ok(Response::from_parts(head, Body::from(status)))
}

fn status(code: StatusCode, body: &[u8]) -> Status {
    let own = serde_json::from_slice::<Value>(body).ok().filter(|value| value["kind"] == "Status");
    let mut status = own.and_then(|value| serde_json::from_value::<Status>(value).ok()).unwrap_or_else(|| {
        let text: String = String::from_utf8_lossy(body).trim().chars().take(TEXT).collect();
        Status::failure(if text.is_empty() { code.as_str() } else { &text }, "")
    });
    status.code = code.as_u16();
    if code == StatusCode::NOT_FOUND && !reason::is_known(&status.reason) {
        reason::NOT_FOUND.clone_into(&mut status.reason);
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::text("404 page not found\n", "404 page not found")]
    #[case::nothing("", "404")]
    #[case::html("<html>no</html>", "<html>no</html>")]
    #[case::other_json("{}", "{}")]
    #[case::other_object(r#"{"kind":"Problem","code":7}"#, r#"{"kind":"Problem","code":7}"#)]
    #[case::a_status_without_a_code(r#"{"kind":"Status","message":"gone"}"#, "gone")]
    #[case::a_status_with_another_code(r#"{"kind":"Status","message":"gone","code":500}"#, "gone")]
    #[case::of_the_api_server(r#"{"kind":"Status","message":"gone","reason":"NotFound","code":404}"#, "gone")]
    fn a_404_is_not_found_whatever_its_body(#[case] body: &str, #[case] message: &str) {
        let status = status(StatusCode::NOT_FOUND, body.as_bytes());
        assert!(status.is_not_found());
        assert_eq!((status.code, status.message.as_str()), (404, message));
    }

    #[rstest]
    #[case::pod("/api/v1/namespaces/shop/pods/a:80/proxy/healthz", true)]
    #[case::service("/api/v1/namespaces/shop/services/a/proxy/", true)]
    #[case::namespace_of_that_name("/apis/apps/v1/namespaces/proxy/deployments/a", false)]
    #[case::object_of_that_name("/apis/apps/v1/namespaces/shop/deployments/proxy/scale", false)]
    fn what_a_program_answers_is_its_own(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(is_of_program(path), expected);
    }

    #[test]
    fn another_refusal_keeps_its_reason() {
        let body = r#"{"kind":"Status","message":"no","reason":"Forbidden","code":403}"#;
        let status = status(StatusCode::FORBIDDEN, body.as_bytes());
        assert_eq!((status.code, status.reason.as_str(), status.is_not_found()), (403, "Forbidden", false));
    }
}
