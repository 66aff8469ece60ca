//! What every request and every answer goes through: the Host check and the headers that keep a browser honest.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing but this server's own style sheet: no script, no frame, no form, no request elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Refuses a request that names another host: a web page whose own name resolves to this machine (DNS rebinding)
/// would read the runs otherwise.
pub async fn guard(request: Request, next: Next) -> Response {
    let mut response = if names_this_machine(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "plat serve answers to localhost and loopback addresses only\n").into_response()
    };
    response.headers_mut().extend(HEADERS);
    response
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let Ok(url) = url::Url::parse(&format!("http://{}/", host.to_str().unwrap_or_default())) else {
        return false;
    };
    url.username().is_empty() && url.path() == "/" && crate::telemetry::consent::is_loopback(&url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:7070", true)]
    #[case("localhost", true)]
    #[case("LOCALHOST:80", true)]
    #[case("[::1]:7070", true)]
    #[case("plat.example.com:7070", false)]
    #[case("127.0.0.1.example.com", false)]
    #[case("localhost.example.com", false)]
    #[case("me@localhost", false)]
    #[case("localhost/x", false)]
    #[case("", false)]
    fn only_this_machine_is_a_host(#[case] host: &'static str, #[case] expected: bool) {
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
        assert_eq!(names_this_machine(&headers), expected);
    }

    #[test]
    fn no_host_is_no_host() {
        assert!(!names_this_machine(&HeaderMap::new()));
    }
}
