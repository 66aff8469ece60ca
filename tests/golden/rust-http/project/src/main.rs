//! An HTTP service; README.md says how to run, test and deploy it.

mod record;
mod server;
mod service;

use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::{self, ExitCode};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal;
use tracing::{error, info};

use crate::server::DRAIN_DELAY;
use crate::service::Service;

/// Where it listens unless PORT says otherwise; plat.yaml names the same one.
const DEFAULT_PORT: u16 = 9090;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .init();
    // One line of JSON too, instead of several of text.
    std::panic::set_hook(Box::new(|panic| error!(%panic, "panicked")));

    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(error, "stopped");
            ExitCode::FAILURE
        }
    }
}

/// Listens and serves until a signal comes, then ends gracefully.
async fn run() -> Result<(), Box<dyn Error>> {
    let port = port(env::var("PORT").ok().as_deref())?;
    // All interfaces: of IPv6 and IPv4, or of IPv4 where there is no IPv6.
    let addresses = [
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
    ];
    let listener = TcpListener::bind(&addresses[..])
        .await
        .map_err(|error| format!("listen on port {port}: {error}"))?;
    info!(address = %listener.local_addr()?, "listening");

    server::serve(
        listener,
        Arc::new(Service::new()),
        stop_signal(),
        DRAIN_DELAY,
    )
    .await?;
    info!("stopped");
    Ok(())
}

fn port(variable: Option<&str>) -> Result<u16, String> {
    match variable {
        None | Some("") => Ok(DEFAULT_PORT),
        Some(text) => text
            .parse()
            .map_err(|_| format!("PORT is {text:?}, not a port")),
    }
}

/// Waits for SIGTERM or Ctrl-C. From then on another one ends the process at once.
async fn stop_signal() {
    a_signal().await;
    tokio::spawn(async {
        a_signal().await;
        process::exit(1);
    });
}

async fn a_signal() {
    let interrupt = async { signal::ctrl_c().await.expect("a handler for Ctrl-C") };
    #[cfg(unix)]
    let terminate = async {
        let mut signals = signal::unix::signal(signal::unix::SignalKind::terminate())
            .expect("a handler for SIGTERM");
        signals.recv().await;
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_says_where_it_listens() {
        assert_eq!(port(None), Ok(DEFAULT_PORT));
        assert_eq!(port(Some("")), Ok(DEFAULT_PORT));
        assert_eq!(port(Some("9000")), Ok(9000));
        assert!(port(Some("nonsense")).is_err());
        assert!(port(Some("99999")).is_err());
    }
}
