//! A plain HTTP door before the real API server, which answers some requests itself, as what lies between a developer and
//! a big cluster does too (load balancers, gateways).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use tokio::runtime::Runtime;

/// The door.
pub struct Front {
    pub address: SocketAddr,
    door: Arc<Door>,
    _runtime: Runtime,
}

struct Door {
    client: Client,
    /// How many more requests it refuses.
    refuses: AtomicUsize,
    refused: AtomicUsize,
    code: AtomicU16,
    /// How many more deletions it lets through.
    deletions: AtomicUsize,
    held: AtomicUsize,
}

impl Front {
    /// Leads to the API server of this kubeconfig, with its credentials.
    pub fn to(kubeconfig: &std::path::Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        plat::install_tls_provider();
        let (address, door) = runtime.block_on(async {
            let kubeconfig = Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
            let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
                .await
                .expect("a usable kubeconfig");
            config.default_retry = false;
            let client = Client::try_from(config).expect("a client");
            let door = Arc::new(Door {
                client,
                refuses: AtomicUsize::new(0),
                refused: AtomicUsize::new(0),
                code: AtomicU16::new(503),
                deletions: AtomicUsize::new(usize::MAX),
                held: AtomicUsize::new(0),
            });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("its address");
            let app = axum::Router::new().fallback(pass).with_state(Arc::clone(&door));
            tokio::spawn(async move { axum::serve(listener, app).await });
            (address, door)
        });
        Self { address, door, _runtime: runtime }
    }

    /// The next requests are answered with this code and `Retry-After: 1`.
    pub fn refuse(&self, requests: usize, code: StatusCode) {
        self.door.code.store(code.as_u16(), Ordering::SeqCst);
        self.door.refuses.store(requests, Ordering::SeqCst);
    }

    /// After so many deletions the others are neither passed on nor answered.
    pub fn hold_deletions_after(&self, passed: usize) {
        self.door.deletions.store(passed, Ordering::SeqCst);
    }

    /// Deletions that wait for an answer for ever.
    pub fn held(&self) -> usize {
        self.door.held.load(Ordering::SeqCst)
    }

    pub fn refused(&self) -> usize {
        self.door.refused.load(Ordering::SeqCst)
    }
}

async fn pass(State(door): State<Arc<Door>>, request: Request) -> Response {
    let left = door.refuses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if left.is_ok() {
        door.refused.fetch_add(1, Ordering::SeqCst);
        let code = StatusCode::from_u16(door.code.load(Ordering::SeqCst)).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        return (code, [(header::RETRY_AFTER, "1")], "upstream is not available").into_response();
    }
    if request.method() == Method::DELETE
        && door.deletions.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    {
        door.held.fetch_add(1, Ordering::SeqCst);
        return std::future::pending().await;
    }
    let (mut head, body) = request.into_parts();
    head.headers.remove(header::HOST);
    let body = axum::body::to_bytes(body, 4 << 20).await.unwrap_or_default();
    match door.client.send(http::Request::from_parts(head, kube::client::Body::from(body.to_vec()))).await {
        Ok(answer) => answer.map(Body::new),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
