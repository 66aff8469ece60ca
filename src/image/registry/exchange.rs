//! One exchange with a registry: a request, and an answer of a bounded size within a bounded time.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::RequestBuilder;
use serde::Deserialize;

/// So much of an answer that refuses is read: enough for what registries say, and for a page of a proxy.
const ERROR: u64 = 64 << 10;

/// How much and how long an answer may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of the body.
    pub body: u64,
    /// From the first byte that is sent to the last one that comes.
    pub time: Duration,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What came instead of an answer.
#[derive(Debug)]
pub enum Cause {
    /// With the registry's own code and message, where it gives them.
    Refused {
        status: u16,
        code: Option<String>,
        message: String,
    },
    /// The place of the tokens refuses the login.
    LoginRefused(String),
    Unreachable(reqwest::Error),
    TooLong(Duration),
    TooLarge(u64),
    /// The registry wants the password to be sent to this place.
    ForeignRealm(String),
    /// What is kept cannot be used with this registry.
    Unusable(&'static str),
    Unexpected(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, code: Some(code), message } => write!(f, "answers {status} {code}: {message}"),
            Self::Refused { status, code: None, message } => write!(f, "answers {status}: {message}"),
            Self::LoginRefused(said) => write!(f, "the login is refused: {said}"),
            Self::Unreachable(error) => error.fmt(f),
            Self::TooLong(time) => write!(f, "no whole answer within {} s", time.as_secs()),
            Self::TooLarge(bytes) => write!(f, "the answer is larger than {} KiB", bytes >> 10),
            Self::ForeignRealm(place) => write!(f, "asks for the login at {place}"),
            Self::Unusable(what) => f.write_str(what),
            Self::Unexpected(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreachable(error) => Some(error),
            _ => None,
        }
    }
}

/// Sends, and reads the whole answer whatever it says. Of an answer that refuses only the beginning is kept.
pub async fn exchange(request: RequestBuilder, bounds: Bounds) -> Result<Answer, Cause> {
    let exchange = async {
        let mut response = request.send().await.map_err(Cause::Unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let limit = if status.is_success() { bounds.body } else { ERROR };
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Cause::Unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > limit {
                if status.is_success() {
                    return Err(Cause::TooLarge(limit));
                }
                body.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                break;
            }
        }
        Ok(Answer { status, headers, body })
    };
    tokio::time::timeout(bounds.time, exchange).await.map_err(|_| Cause::TooLong(bounds.time))?
}

impl Answer {
    /// The answer, when its status says that it went well.
    pub fn successful(self) -> Result<Self, Cause> {
        if self.status.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// A header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Cause> {
        serde_json::from_slice(&self.body).map_err(|error| Cause::Unexpected(error.to_string()))
    }

    fn refusal(&self) -> Cause {
        #[derive(Deserialize)]
        struct Envelope {
            errors: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            code: String,
            #[serde(default)]
            message: String,
        }
        let status = self.status.as_u16();
        let envelope = serde_json::from_slice::<Envelope>(&self.body).ok().filter(|_| self.status.is_client_error());
        match envelope.and_then(|envelope| envelope.errors.into_iter().next()) {
            Some(entry) => Cause::Refused { status, code: Some(entry.code), message: entry.message },
            None => Cause::Refused { status, code: None, message: String::from_utf8_lossy(&self.body).into_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const BOUNDS: Bounds = Bounds { body: 100, time: Duration::from_millis(300) };

    /// A server that says this, and after it a letter now and then.
    async fn dripping(head: &'static str) -> RequestBuilder {
        crate::install_tls_provider();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0, "a request comes first");
            stream.write_all(head.as_bytes()).await.unwrap();
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        reqwest::Client::builder().build().unwrap().get(url)
    }

    #[rstest::rstest]
    #[case::of_the_head("HTTP/1.1 200 OK\r\nX: ")]
    #[case::of_the_body("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n")]
    #[case::of_a_refusal("HTTP/1.1 500 No\r\nContent-Length: 90\r\n\r\n")]
    #[tokio::test]
    async fn a_registry_that_drips_is_given_up_at_the_deadline(#[case] head: &'static str) {
        let request = dripping(head).await;
        let began = Instant::now();
        assert!(matches!(exchange(request, BOUNDS).await, Err(Cause::TooLong(_))));
        assert!(began.elapsed() < Duration::from_secs(2));
    }

    #[tokio::test]
    async fn a_body_ends_at_its_limit() {
        let request = dripping("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n").await;
        let bounds = Bounds { body: 3, time: Duration::from_secs(20) };
        assert!(matches!(exchange(request, bounds).await, Err(Cause::TooLarge(3))));
    }
}
