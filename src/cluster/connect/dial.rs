//! The one connection to the API server: HTTP/2 where it is spoken, so that all applies and watches share it.
//!
//! The server is dialled before the first request, and what TLS negotiated (ALPN, RFC 7301) decides the protocol:
//! nothing has to be tried twice or remembered. See docs/decisions/0010-http2.md.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kube::client::{Body, ClientBuilder, ConfigExt, middleware::AuthLayer};
use kube::{Client, Config};
use tokio::net::TcpStream;
use tower::timeout::TimeoutLayer;
use tower::{BoxError, Service, ServiceBuilder};

/// For the TCP connection and the TLS handshake together.
pub(in crate::cluster) const DIAL: Duration = Duration::from_secs(10);
/// For the head of a response. An admission webhook may take 30 s; a watch answers its head at once.
pub(in crate::cluster) const RESPONSE: Duration = Duration::from_secs(35);
/// h2 pings find a connection that died under a watch.
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_ANSWER: Duration = Duration::from_secs(10);
/// One list of events may be large; the default of 64 KiB would cost a round trip for each refill.
const WINDOW: u32 = 4 << 20;

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// What the connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    Http2,
}

/// What may go wrong before the first request.
pub(in crate::cluster) enum DialError {
    /// In what the kubeconfig says about the user or the certificates.
    Setup(kube::Error),
    /// DNS, TCP or TLS.
    Connect(BoxError),
    TimedOut,
}

/// Connects, and builds the client that uses this connection.
pub(in crate::cluster) async fn dial(config: Config) -> Result<(Client, Protocol), DialError> {
    if config.proxy_url.is_some() {
        // Through a proxy kube's own builder (HTTP/1.1) does: it knows CONNECT, SOCKS and their credentials.
        let builder = ClientBuilder::try_from(config).map_err(DialError::Setup)?;
        return Ok((builder.build(), Protocol::Http1));
    }
    let (auth, tls) = credentials(&config).await.map_err(DialError::Setup)?;
    let mut connector = connector(&config, tls).map_err(DialError::Connect)?;
    let first = tokio::time::timeout(DIAL, connector.call(config.cluster_url.clone()))
        .await
        .map_err(|_| DialError::TimedOut)?
        .map_err(DialError::Connect)?;
    let http2 = first.connected().is_negotiated_h2();
    let hyper = legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        // Otherwise the pool opens one connection for each request of the first burst.
        .http2_only(http2)
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(WINDOW)
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_ANSWER)
        .build(Dialled { first: Arc::new(Mutex::new(Some(first))), connector });
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(auth)
        .layer(config.extra_headers_layer().map_err(DialError::Setup)?)
        .map_request(|request: Request<Body>| {
            tracing::debug!(method = %request.method(), path = %request.uri().path(), "request");
            request
        })
        .layer(TimeoutLayer::new(RESPONSE))
        .map_err(BoxError::from)
        .service(hyper);
    let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
    Ok((Client::new(service, config.default_namespace), protocol))
}

/// Reads certificates and runs the login program (exec plugin), once.
///
/// kube runs it once for the token and once for a client certificate; when the first gave a token, the second is
/// told of no plugin. It blocks, so it has a thread of its own.
async fn credentials(config: &Config) -> Result<(Option<AuthLayer>, rustls::ClientConfig), kube::Error> {
    let mut config = config.clone();
    let load = move || {
        let auth = config.auth_layer()?;
        if auth.is_some() {
            config.auth_info.exec = None;
            config.auth_info.auth_provider = None;
        }
        Ok((auth, config.rustls_client_config()?))
    };
    tokio::task::spawn_blocking(load).await.map_err(|e| kube::Error::Service(e.into()))?
}

fn connector(config: &Config, tls: rustls::ClientConfig) -> Result<HttpsConnector<HttpConnector>, BoxError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(DIAL));
    tcp.set_keepalive(Some(Duration::from_secs(30)));
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = &config.tls_server_name {
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name.clone().try_into()?));
    }
    Ok(builder.enable_all_versions().wrap_connector(tcp))
}

/// Gives the connection that is there first, and dials again when that one is gone.
#[derive(Clone)]
struct Dialled {
    first: Arc<Mutex<Option<Stream>>>,
    connector: HttpsConnector<HttpConnector>,
}

impl Service<Uri> for Dialled {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(stream) => Box::pin(async move { Ok(stream) }),
            None => Box::pin(self.connector.call(server)),
        }
    }
}
