//! Connections: accepted, served, and let go gracefully.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use tracing::{debug, info, warn};

use crate::service::Service;

/// How long it still takes requests after it was told to stop, so that a load balancer that asks /readyz can look
/// elsewhere first.
pub const DRAIN_DELAY: Duration = Duration::from_secs(1);

/// How long connections that were just opened may take to send their request.
const LAST_REQUESTS: Duration = Duration::from_secs(1);

/// How long requests in flight may take to end. Together with the delays before it, it stays below the 30 s that
/// Kubernetes grants.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a client may be silent: between two requests, and within the head of one.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// Answers on `listener`. After `stop` it reports "not ready", waits for `drain`, takes no new connections, and
/// returns once the requests in flight are answered.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    stop: impl Future<Output = ()>,
    drain: Duration,
) -> io::Result<()> {
    let server = Server {
        router: service.router(),
        connections: GracefulShutdown::new(),
    };
    let drained = async {
        stop.await;
        info!(delay = ?drain, "draining");
        service.drain();
        sleep(drain).await;
    };
    tokio::select! {
        () = server.accept(&listener) => {}
        () = drained => {}
    }
    drop(listener);
    // hyper closes what it has read nothing of yet.
    sleep(LAST_REQUESTS).await;
    timeout(SHUTDOWN_TIMEOUT, server.connections.shutdown())
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "requests were cut off"))
}

struct Server {
    router: Router,
    connections: GracefulShutdown,
}

impl Server {
    async fn accept(&self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => self.start(stream, remote),
                Err(error) => {
                    // Too many open files, mostly: that passes when connections end.
                    warn!(%error, "no connection was accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn start(&self, stream: TcpStream, remote: SocketAddr) {
        let _ = stream.set_nodelay(true);
        let router = self.router.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(remote));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE_TIMEOUT)
            .serve_connection(TokioIo::new(stream), answer);
        let connection = self.connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = pin!(connection).await {
                debug!(%error, %remote, "the connection broke");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    /// Address, the way to stop it, and how it ended.
    async fn start(
        drain: Duration,
    ) -> (
        SocketAddr,
        oneshot::Sender<()>,
        tokio::task::JoinHandle<io::Result<()>>,
    ) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let stopped = async { stopped.await.expect("a stop") };
        (
            address,
            stop,
            tokio::spawn(serve(listener, Arc::new(Service::new()), stopped, drain)),
        )
    }

    /// The status line and the rest; retries nothing: the listener takes connections from the beginning.
    async fn get(address: SocketAddr, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(address).await?;
        stream
            .write_all(
                format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
            )
            .await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;
        Ok(response)
    }

    #[tokio::test]
    async fn serves_until_it_is_told_to_stop() {
        let (address, stop, ended) = start(Duration::ZERO).await;
        let response = get(address, "/readyz").await.expect("a response");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");

        stop.send(()).expect("it waits for this");
        ended.await.expect("no panic").expect("a graceful end");
        assert!(
            get(address, "/").await.is_err(),
            "still answers after the end"
        );
    }

    #[tokio::test]
    async fn still_answers_while_it_drains() {
        // Longer than the test: it is over before the drain is.
        let (address, stop, _ended) = start(Duration::from_secs(3600)).await;
        stop.send(()).expect("it waits for this");
        let not_ready = async {
            while !get(address, "/readyz")
                .await
                .expect("a response")
                .starts_with("HTTP/1.1 503 ")
            {}
        };
        timeout(Duration::from_secs(10), not_ready)
            .await
            .expect("still ready 10 s after it was told to stop");
        let response = get(address, "/hello/Ada").await.expect("a response");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
}
