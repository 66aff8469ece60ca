//! `plat open`: a port of the service on this machine.

use std::process::Stdio;

use super::target::{self, TargetArgs};
use crate::cluster::inspect::{self, Meant, Target};
use crate::cluster::port_forward::{self, Port, Told};
use crate::error::{Error, Exit, Result};
use crate::event::{Event, Events};
use crate::reason::Reason;
use crate::ui::Ui;

/// Opens a port of the service (or of KIND/NAME) on this machine's loopback, until Ctrl-C. Each connection goes to a
/// pod that is ready at that moment, so it goes on through deploys and restarts.
#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// The port of the service or the container, a number or a name, and the one to listen on here (0: any)
    /// [default: the service's first]
    #[arg(short, long, value_name = "[LOCAL:]REMOTE", value_parser = ports)]
    port: Option<Ports>,
    /// Show it in the browser
    #[arg(long)]
    browser: bool,
}

#[derive(Debug, Clone)]
struct Ports {
    local: Option<u16>,
    remote: Port,
}

/// Serves until a signal comes: that is how it is meant to end.
///
/// # Errors
/// No such service, no pod, no such port, a local port that is taken.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let signal = super::runtime::stop_signal();
    let events = ui.events();
    let opening = async {
        let (target, cluster) = args.target.reach(events.clone()).await?;
        let name = target.name.clone();
        let target = match inspect::meant(&cluster, target).await? {
            Meant::One(target) => target,
            Meant::Set(members) => only(&name, members)?,
        };
        let cluster = target.place(&cluster);
        let ports = args.port.clone().unwrap_or(Ports { local: None, remote: Port::First });
        let forward = port_forward::open(&cluster, &target, &ports.remote, ports.local).await?;
        let url = format!("{}://{}", forward.scheme, forward.address);
        events.emit(&Event::Open { url: url.clone(), port: forward.port, target: target.to_string() });
        if args.browser {
            show(&url, ui);
        }
        forward.serve(|told| tell(&events, told)).await;
        Ok(Exit::Done)
    };
    tokio::select! {
        ended = opening => ended,
        _ = signal => Ok(Exit::Done),
    }
}

/// The one Service of a set, else its one workload.
fn only(set: &str, members: Vec<Target>) -> Result<Target> {
    let (workloads, services): (Vec<Target>, Vec<Target>) = members.into_iter().partition(Target::is_workload);
    let mut choices = if services.is_empty() { workloads } else { services };
    match choices.pop() {
        Some(one) if choices.is_empty() => Ok(one),
        None => Err(Error::user(format!("nothing in the set {set} runs pods")).reason(Reason::NoPods)),
        Some(last) => {
            let names: Vec<String> = choices.iter().chain([&last]).map(Target::argument).collect();
            Err(Error::usage(format!("the set {set} has {} that could be opened", names.len()))
                .hint(format!("say which, such as plat open {}: {}", names[0], names.join(", ")))
                .reason(Reason::Ambiguous))
        }
    }
}

fn tell(events: &Events, told: Told) {
    events.emit(&match told {
        Told::Pod { now, before } => Event::Pod { pod: now, before },
        Told::Failed(why) => Event::Failed { error: why },
    });
}

/// Asks the desktop to show it; where there is none, the URL is on the screen already.
fn show(url: &str, ui: &Ui) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = tokio::process::Command::new(program);
    let started = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = started {
        ui.warn(&format!("no browser can be opened here ({program}: {error})"));
    }
}

fn ports(text: &str) -> std::result::Result<Ports, String> {
    let (local, remote) = match text.split_once(':') {
        Some((local, remote)) => {
            (Some(local.parse().map_err(|_| format!("{local} is not a port of this machine"))?), remote)
        }
        None => (None, text),
    };
    let is_name =
        !remote.is_empty() && remote.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    match remote.parse::<u16>() {
        Ok(number @ 1..) => Ok(Ports { local, remote: Port::Number(number) }),
        _ if is_name && remote.parse::<u64>().is_err() => Ok(Ports { local, remote: Port::Name(remote.to_owned()) }),
        _ => Err("is not a port: write 8080, http, or 3000:8080".to_owned()),
    }
}
