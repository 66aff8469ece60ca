//! A cable that a test can pull: TCP to the sandbox's relay and on; TLS and HTTP/2 are untouched inside.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::AbortHandle;

use crate::support::{Namespace, Plat, read_kubeconfig};

/// The only way of one plat to the API server, which a test can cut.
pub struct Way {
    pub wire: Wire,
    kubeconfig: PathBuf,
}

impl Way {
    pub fn of(namespace: &Namespace) -> Self {
        let mut config = read_kubeconfig(&namespace.kubeconfig);
        let server = &mut config["clusters"][0]["cluster"]["server"];
        let address = server.as_str().and_then(|server| server.strip_prefix("https://")).expect("a server");
        let wire = Wire::to(address.parse().expect("an address"));
        *server = format!("https://{}", wire.address).into();
        let kubeconfig = namespace.write("wired.kubeconfig", config.to_string());
        Self { wire, kubeconfig }
    }

    /// What this plat does goes this way.
    pub fn lead(&self, plat: Plat) -> Plat {
        plat.env("KUBECONFIG", &self.kubeconfig)
    }
}

/// An address that leads to another one, until it is cut.
pub struct Wire {
    pub address: SocketAddr,
    state: Arc<State>,
    _runtime: Runtime,
}

#[derive(Default)]
struct State {
    open: Mutex<Vec<AbortHandle>>,
    /// New connections are reset at once.
    down: AtomicBool,
    accepted: AtomicUsize,
    /// When the client has sent a request last, and when the server has answered.
    asked: Mutex<Option<Instant>>,
    answered: Mutex<Option<Instant>>,
}

impl Wire {
    pub fn to(target: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(State::default());
        runtime.spawn(accept(listener, target, Arc::clone(&state)));
        Self { address, state, _runtime: runtime }
    }

    /// Resets every open connection (RST on both sides); returns how many there were.
    pub fn reset(&self) -> usize {
        let open = std::mem::take(&mut *self.state.open.lock().expect("no test panics with it"));
        open.iter().filter(|connection| !connection.is_finished()).map(AbortHandle::abort).count()
    }

    /// Resets what is open and what comes.
    pub fn cut(&self) {
        self.state.down.store(true, Ordering::SeqCst);
        self.reset();
    }

    /// The client has asked for something, and nothing has come back since for half a second.
    pub fn waits(&self) -> bool {
        let at = |moment: &Mutex<Option<Instant>>| *moment.lock().expect("no test panics with it");
        let (asked, answered) = (at(&self.state.asked), at(&self.state.answered));
        asked > answered && asked.is_some_and(|asked| asked.elapsed() > Duration::from_millis(500))
    }

    pub fn fix(&self) {
        self.state.down.store(false, Ordering::SeqCst);
    }

    /// Connections so far, refused ones included.
    pub fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, state: Arc<State>) {
    while let Ok((mut client, _)) = listener.accept().await {
        state.accepted.fetch_add(1, Ordering::SeqCst);
        // Dropped with this, a socket sends RST instead of FIN.
        client.set_zero_linger().expect("an open socket");
        if state.down.load(Ordering::SeqCst) {
            continue;
        }
        let shared = Arc::clone(&state);
        let relayed = tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(target).await else { return };
            server.set_zero_linger().expect("an open socket");
            let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
            let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
            tokio::select! {
                () = relay(from_client, to_server, &shared.asked) => {}
                () = relay(from_server, to_client, &shared.answered) => {}
            }
        });
        state.open.lock().expect("no test panics with it").push(relayed.abort_handle());
    }
}

/// What is smaller is a ping, a window or a setting of HTTP/2 (frames of 9 to 17 bytes, RFC 9113, in a record of TLS).
const SPEAKS: usize = 100;

/// Passes bytes on until one side ends, and notes when one was more than a sign of life.
async fn relay(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, passed: &Mutex<Option<Instant>>) {
    let mut bytes = [0; 16384];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if read >= SPEAKS {
            *passed.lock().expect("no test panics with it") = Some(Instant::now());
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
