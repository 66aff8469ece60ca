//! From the host's loopback into the namespace. The listeners are bound on the host, then the relay's thread enters the
//! namespace: a socket stays where it was made, so what it accepts comes from the host and what it opens goes inside.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::activity::{Activity, Connection};
use super::folder::Folder;
use super::io::io_error;
use super::network::{self, NODE_IP};
use super::process::ProcessRecord;
use super::watchdog;
use crate::error::{Error, Result};
use crate::sandbox::model::{Ports, RelayOptions, Sandbox};

/// Bytes that a delayed direction reads at once.
const CHUNK: usize = 64 * 1024;
/// Chunks in flight in one delayed direction: with [`CHUNK`], more than a 50 ms round trip at 1 GB/s holds.
const IN_FLIGHT: usize = 1024;

/// Relays until the sandbox ends, and ends it when it is idle for its ttl. A process of its own; `ready` is told its ports.
///
/// # Errors
/// When it cannot listen or cannot enter the namespace.
pub fn relay(options: &RelayOptions, ready: impl FnOnce(&Ports)) -> Result<()> {
    let folder = Folder::of(&options.name);
    // Already a session leader when it was started by hand: fine too.
    let _ = nix::unistd::setsid();
    let api = listen(options.api_port)?;
    let registry = listen(options.registry_port)?;
    let ports = Ports { api: port(&api)?, registry: port(&registry)? };
    ready(&ports);
    let forwards = vec![
        Forward { listener: api, target: SocketAddr::from((node_ip()?, ports.api)) },
        Forward { listener: registry, target: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.registry)) },
    ];
    serve_inside(&folder, forwards, None, |activity| watchdog::watch(folder.clone(), activity))
}

/// Opens another port to the API server, `round_trip` away, for measurements: the kernel here need not have netem.
/// `ready` is told the kubeconfig that leads through it. Runs until it is ended, at the latest by the sandbox's end.
///
/// # Errors
/// When the sandbox is gone.
pub fn delay(sandbox: &Sandbox, round_trip: Duration, ready: impl FnOnce(PathBuf)) -> Result<()> {
    let name = sandbox.name.parse().map_err(Error::usage)?;
    let folder = Folder::of(&name);
    let _hold = sandbox.hold()?;
    let api = folder.record().ok_or_else(|| Error::user(format!("sandbox {name} is not running")))?.api_port;
    let listener = listen(0)?;
    let port = port(&listener)?;
    let label = format!("delay-{}ms-{port}", round_trip.as_millis());
    ProcessRecord::write(&folder.visitors(), &label, std::process::id())?;

    let path = folder.kubeconfig();
    let text = std::fs::read_to_string(&path).map_err(io_error("the sandbox's kubeconfig cannot be read", &path))?;
    let file = format!("kubeconfig-{label}");
    folder.write_secret(&file, text.replace(&format!("127.0.0.1:{api}"), &format!("127.0.0.1:{port}")))?;
    ready(folder.path.join(file));

    let forward = Forward { listener, target: SocketAddr::from((node_ip()?, api)) };
    serve_inside(&folder, vec![forward], Some(round_trip), |_| std::future::pending())
}

/// What is accepted here is sent there.
struct Forward {
    listener: std::net::TcpListener,
    target: SocketAddr,
}

/// Forwards from inside the namespace until `until` ends.
fn serve_inside<F: Future<Output = ()>>(
    folder: &Folder,
    forwards: Vec<Forward>,
    round_trip: Option<Duration>,
    until: impl FnOnce(Rc<Activity>) -> F + Send,
) -> Result<()> {
    network::inside(&folder.network_namespace(), || {
        let failed = |e: io::Error| Error::bug("the relay's runtime does not start").because(e);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        LocalSet::new().block_on(&runtime, async {
            let activity = Rc::new(Activity::default());
            for Forward { listener, target } in forwards {
                let listener = TcpListener::from_std(listener).map_err(failed)?;
                tokio::task::spawn_local(accept(listener, target, round_trip, Rc::clone(&activity)));
            }
            until(activity).await;
            Ok(())
        })
    })?
}

async fn accept(listener: TcpListener, target: SocketAddr, round_trip: Option<Duration>, activity: Rc<Activity>) {
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                let open = Connection::open(&activity);
                tokio::task::spawn_local(async move {
                    // A connection that breaks is its two ends' business; both see it closed.
                    let _ = match round_trip {
                        None => through(client, target).await,
                        Some(round_trip) => delayed(client, target, round_trip).await,
                    };
                    drop(open);
                });
            }
            // Out of file descriptors, say: the next accept would fail at once too.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn through(mut client: TcpStream, target: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Each chunk is written half a round trip after it was read; the first one also waits for the round trip that a TCP
/// handshake takes.
async fn delayed(client: TcpStream, target: SocketAddr, round_trip: Duration) -> io::Result<()> {
    sleep(round_trip).await;
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let half = round_trip / 2;
    let up = tokio::task::spawn_local(pump(client_in, server_out, half));
    pump(server_in, client_out, half).await?;
    up.await?
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    delay: Duration,
) -> io::Result<()> {
    let (queue, mut queued) = mpsc::channel::<(Instant, Vec<u8>)>(IN_FLIGHT);
    // Reading never waits for the delay: chunks that follow each other arrive following each other.
    let reader = tokio::task::spawn_local(async move {
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = from.read(&mut chunk).await.unwrap_or(0);
            chunk.truncate(read);
            if queue.send((Instant::now() + delay, chunk)).await.is_err() || read == 0 {
                return;
            }
        }
    });
    while let Some((due, chunk)) = queued.recv().await {
        sleep_until(due).await;
        if chunk.is_empty() {
            break;
        }
        to.write_all(&chunk).await?;
    }
    to.shutdown().await?;
    reader.await?;
    Ok(())
}

fn listen(port: u16) -> Result<std::net::TcpListener> {
    let failed = |e: io::Error| Error::user("the relay cannot listen").at(format!("127.0.0.1:{port}")).because(e);
    // A port that an earlier run of the sandbox had may be taken by now: any other one will do.
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .or_else(|_| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

fn port(listener: &std::net::TcpListener) -> Result<u16> {
    Ok(listener.local_addr().map_err(|e| Error::bug("a listener has an address").because(e))?.port())
}

fn node_ip() -> Result<Ipv4Addr> {
    NODE_IP.parse().map_err(|e| {
        Error::bug("the node's address is an address").because(anyhow::Error::new::<std::net::AddrParseError>(e))
    })
}
