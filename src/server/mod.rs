//! The telemetry endpoint: events in, dashboard, JSON and Prometheus out.
//!
//! ```text
//! guard      Host check and security headers, around everything
//! routes     the paths, each a few lines
//! ingest     a body -> CloudEvents
//! fault      an error of the store -> whether trying again helps
//! store      SQLite: each event once, the runs among them ready for reports
//! dashboard  the page for people
//! metrics    the page for Prometheus
//! ```

mod dashboard;
mod fault;
mod guard;
mod ingest;
mod metrics;
mod routes;
mod store;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use crate::telemetry::folder;
use store::Store;

pub use routes::RunsPage;
pub use store::Filter;

/// How long a stopping server lets requests finish.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// A running endpoint; stops when it is dropped, but only [`Running::stop`] lets requests finish.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; the port is known here when 0 was asked for.
    pub addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
    store: Store,
}

/// Starts an endpoint that keeps its data in `data_dir`.
///
/// # Errors
/// When the address is not on this machine or taken, or the data cannot be opened.
pub async fn start(listen: SocketAddr, data_dir: &Path) -> Result<Running> {
    if !listen.ip().is_loopback() {
        return Err(Error::user("plat serve listens on loopback addresses only: it has no tokens yet, and anyone who reaches it could read and forge runs")
            .at(listen)
            .hint("listen on 127.0.0.1 and put a proxy that authenticates in front, or forward a port: `ssh -L 7070:127.0.0.1:7070 HOST`"));
    }
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(e) => return Err(not_listening(listen, e).await),
    };
    let unusable = |what: &str| Error::user(format!("the endpoint's data cannot be {what}")).at(data_dir.display());
    folder::make_private(data_dir).map_err(|e| unusable("kept there").because(e))?;
    let store = Store::open(data_dir).await.map_err(|e| {
        unusable("opened").hint("check the folder's permissions, or take another folder with --data").because(e)
    })?;
    let addr = listener.local_addr().map_err(|e| Error::bug("a listening socket has no address").because(e))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, routes::router(store.clone())).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let task = tokio::spawn(async { server.await });
    Ok(Running { addr, stop, task, store })
}

impl Running {
    /// Stops listening, lets requests finish and closes the data.
    pub async fn stop(self) {
        drop(self.stop);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(STOP_LIMIT, self.task).await.is_err() {
            abort.abort();
        }
        self.store.close().await;
    }
}

async fn not_listening(listen: SocketAddr, cause: io::Error) -> Error {
    let port = listen.port();
    if cause.kind() != io::ErrorKind::AddrInUse {
        return Error::user("plat serve cannot listen there").at(listen).because(cause);
    }
    let who = if is_plat(listen).await { "another plat serve" } else { "another program" };
    Error::user(format!("port {port} is taken by {who}"))
        .at(listen)
        .hint("take a free port: `plat serve --listen 127.0.0.1:0` says which it is")
        .hint(format!("see who has it: `ss -ltnp 'sport = :{port}'` (macOS: `lsof -i :{port}`)"))
        .because(cause)
}

async fn is_plat(addr: SocketAddr) -> bool {
    let Ok(client) = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(1)).build() else {
        return false;
    };
    match client.get(format!("http://{addr}/healthz")).send().await {
        Ok(answer) => answer.text().await.is_ok_and(|text| text == routes::HEALTHY),
        Err(_) => false,
    }
}
