//! `plat serve`: the telemetry endpoint and its dashboard, until Ctrl-C.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Exit, Result};
use crate::event::Event;
use crate::server;
use crate::settings::Settings;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port on this machine; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
    /// The folder of the database [default: plat's state folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Stop when the data folder is removed: how `plat try --down` ends the endpoint it left running
    #[arg(long, hide = true)]
    until_removed: bool,
}

/// Serves until a signal comes; that is how a server ends, so it is not an error.
///
/// # Errors
/// When the address is taken or not on this machine, or the database cannot be opened.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let data = args.data.unwrap_or_else(|| settings.state_dir.join("serve"));
    let signal = super::runtime::stop_signal();
    let running = server::start(args.listen, &data).await?;
    ui.events().emit(&Event::Serving { url: format!("http://{}", running.addr), data: data.clone() });
    tokio::select! {
        signal = signal => {
            ui.note(&format!("{signal}: stopped after the last request; the data stays in {}", data.display()));
        }
        () = removed(&data), if args.until_removed => {}
    }
    running.stop().await;
    Ok(Exit::Done)
}

async fn removed(folder: &Path) {
    while folder.exists() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
