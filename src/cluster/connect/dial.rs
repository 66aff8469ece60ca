//! The one connection to the API server: HTTP/2 where it is spoken, so that all applies and watches share it.
//!
//! The server is dialled before the first request, and what TLS negotiated (ALPN, RFC 7301) decides the protocol:
//! nothing has to be tried twice or remembered. See docs/decisions/0010-http2.md.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::{Client, Config};
use tokio::net::TcpStream;
use tower::filter::AsyncFilterLayer;
use tower::timeout::TimeoutLayer;
use tower::{BoxError, Service, ServiceBuilder};

use super::answers;
use super::login::{self, Login};

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
pub(in crate::cluster) async fn dial(config: Config, login: Option<Login>) -> Result<(Client, Protocol), DialError> {
    if config.proxy_url.is_some() {
        // Through a proxy kube's own builder (HTTP/1.1) does: it knows CONNECT, SOCKS and their credentials.
        let builder = ClientBuilder::try_from(config).map_err(DialError::Setup)?;
        return Ok((answers::around(login::around(builder.build(), login)), Protocol::Http1));
    }
    let auth = config.auth_layer().map_err(DialError::Setup)?;
    let tls = config.rustls_client_config().map_err(DialError::Setup)?;
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
        .option_layer(login.map(signing))
        .layer(config.extra_headers_layer().map_err(DialError::Setup)?)
        .map_request(|request: Request<Body>| {
            tracing::debug!(method = %request.method(), path = %request.uri().path(), "request");
            request
        })
        .layer(TimeoutLayer::new(RESPONSE))
        .map_err(BoxError::from)
        .service(hyper);
    let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
    Ok((answers::around(Client::new(service, config.default_namespace)), protocol))
}

type Signed = BoxFuture<'static, Result<Request<Body>, BoxError>>;

/// Has each request say who asks, as long as the login lasts and after.
fn signing(login: Login) -> AsyncFilterLayer<impl Fn(Request<Body>) -> Signed + Clone> {
    AsyncFilterLayer::new(move |request| Box::pin(login.clone().sign(request)) as BoxFuture<'static, _>)
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
