//! `plat sandbox`: a throw-away real Kubernetes on this machine.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use jiff::SignedDuration;
use serde_json::json;

use crate::error::{Error, Exit, Result};
use crate::sandbox::{self, Fault, FaultOptions, Name, RelayOptions, RunState, Sandbox, UpOptions};
use crate::settings::Settings;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start it, or find it running
    Up(UpArgs),
    /// Stop it and remove everything of it
    Down(NameArgs),
    /// Say whether it runs and where its kubeconfig, registry and logs are
    Status(StatusArgs),
    /// Bring an image archive into its registry: its network has no way out
    Load(LoadArgs),
    /// The process between this machine's loopback and the sandbox
    #[command(hide = true)]
    Relay(RelayArgs),
    /// Another port to the API server, a round trip away, for measurements
    #[command(hide = true)]
    Delay(DelayArgs),
    /// Kill, hold or start one component, to see what others make of it
    #[command(hide = true)]
    Fault(FaultArgs),
}

#[derive(Debug, clap::Args)]
struct NameArgs {
    /// Which sandbox; several run side by side
    #[arg(long, default_value = "default")]
    name: Name,
}

#[derive(Debug, clap::Args)]
struct UpArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Stop it when nobody was connected for this long
    #[arg(long, value_name = "DURATION", default_value = "2h", value_parser = duration)]
    ttl: Duration,
    /// Take programs (kube-apiserver, etcd, …) of the pinned versions from this folder
    #[arg(long, value_name = "DIR", env = "PLAT_SANDBOX_BIN_DIR")]
    bin_dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct StatusArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Print shell lines that point kubectl, plat and docker at it: eval "$(plat sandbox status --export)"
    #[arg(long)]
    export: bool,
}

#[derive(Debug, clap::Args)]
struct LoadArgs {
    #[command(flatten)]
    name: NameArgs,
    /// The archive: an OCI layout in a tar file, or what docker save wrote
    #[arg(value_name = "IMAGE.tar")]
    archive: PathBuf,
    /// The image's name and tag, when not the one that the archive gives it
    #[arg(long = "as", value_name = "NAME:TAG")]
    image: Option<String>,
}

#[derive(Debug, clap::Args)]
struct RelayArgs {
    #[arg(long)]
    name: Name,
    #[arg(long, default_value_t = 0)]
    api_port: u16,
    #[arg(long, default_value_t = 0)]
    registry_port: u16,
}

#[derive(Debug, clap::Args)]
struct DelayArgs {
    #[command(flatten)]
    name: NameArgs,
    /// The simulated round trip
    #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = duration)]
    round_trip: Duration,
}

#[derive(Debug, clap::Args)]
struct FaultArgs {
    #[command(flatten)]
    name: NameArgs,
    #[arg(value_enum)]
    fault: Fault,
    /// Such as kube-apiserver, etcd, kubelet, registry
    component: String,
    #[arg(long, value_name = "DIR", env = "PLAT_SANDBOX_BIN_DIR")]
    bin_dir: Option<PathBuf>,
}

/// # Errors
/// Whatever kept the sandbox from being what was asked for.
pub fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    match args.command {
        Command::Up(args) => {
            let name = args.name.name.clone();
            let state = || format!("what was started of sandbox {name} is removed; what was built is kept");
            super::runtime::until_interrupted(up(args, ui, settings), state)
        }
        Command::Down(args) => {
            let name = args.name.clone();
            let state = || format!("sandbox {name} may be half removed; finish it: plat sandbox down --name {name}");
            super::runtime::until_interrupted(down(args, ui), state)
        }
        Command::Status(args) => status(&args, ui),
        Command::Load(args) => super::runtime::unrecorded(load(args, ui)),
        Command::Relay(RelayArgs { name, api_port, registry_port }) => {
            sandbox::relay(&RelayOptions { name, api_port, registry_port }, |ports| ui.value(ports))?;
            Ok(Exit::Done)
        }
        Command::Delay(args) => {
            let sandbox = running(&args.name.name)?;
            sandbox::delay(&sandbox, args.round_trip, |kubeconfig| ui.data(&kubeconfig.display().to_string()))?;
            Ok(Exit::Done)
        }
        Command::Fault(args) => super::runtime::unrecorded(fault(args, ui, settings)),
    }
}

async fn fault(args: FaultArgs, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let FaultArgs { name, fault, component, bin_dir } = args;
    sandbox::fault(&FaultOptions { name: name.name, component, fault, bin_dir }, ui, settings).await?;
    Ok(Exit::Done)
}

async fn up(args: UpArgs, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let options = UpOptions { name: args.name.name, ttl: args.ttl, bin_dir: args.bin_dir };
    let sandbox = sandbox::up(&options, ui, settings).await?;
    print(&sandbox, ui);
    ui.hint(&format!("use it in this shell: eval \"$(plat sandbox status --name {} --export)\"", sandbox.name));
    Ok(Exit::Done)
}

async fn down(args: NameArgs, ui: &Ui) -> Result<Exit> {
    if !sandbox::down(&args.name, ui).await? {
        ui.note(&format!("there is no sandbox {}", args.name));
    }
    Ok(Exit::Done)
}

fn status(args: &StatusArgs, ui: &Ui) -> Result<Exit> {
    let name = &args.name.name;
    if args.export {
        for (variable, value) in running(name)?.environment() {
            ui.data(&format!("export {variable}={value}"));
        }
        return Ok(Exit::Done);
    }
    match sandbox::find(name)? {
        Some(sandbox) => print(&sandbox, ui),
        None => ui.print(&json!({ "name": name.as_str(), "state": "absent" }), || {
            format!("sandbox {name} is not there; start it: plat sandbox up --name {name}")
        }),
    }
    let others: Vec<String> = sandbox::names().iter().filter(|other| *other != name).map(Name::to_string).collect();
    if !others.is_empty() {
        ui.note(&format!("other sandboxes here: {}", others.join(", ")));
    }
    Ok(Exit::Done)
}

async fn load(args: LoadArgs, ui: &Ui) -> Result<Exit> {
    let sandbox = running(&args.name.name)?;
    let reference = sandbox::load(&sandbox, &args.archive, args.image.as_deref(), ui).await?;
    ui.print(&json!({ "reference": reference }), || reference.clone());
    Ok(Exit::Done)
}

fn running(name: &Name) -> Result<Sandbox> {
    let sandbox = sandbox::find(name)?.filter(|sandbox| sandbox.state == RunState::Running);
    sandbox.ok_or_else(|| {
        Error::user(format!("sandbox {name} is not running")).hint(format!("start it: plat sandbox up --name {name}"))
    })
}

fn print(sandbox: &Sandbox, ui: &Ui) {
    ui.print(sandbox, || facts(sandbox));
}

fn facts(sandbox: &Sandbox) -> String {
    let gone: Vec<&str> = sandbox.processes.iter().filter(|p| !p.alive).map(|p| p.name.as_str()).collect();
    let state = match sandbox.state {
        RunState::Running => format!("runs Kubernetes {}", sandbox.kubernetes),
        RunState::Broken if gone.is_empty() => "was not fully started".to_owned(),
        RunState::Broken => format!("is broken: {} ended", gone.join(", ")),
    };
    let idle = SignedDuration::from_secs(i64::try_from(sandbox.ttl_seconds).unwrap_or(i64::MAX));
    let facts = [
        ("kubeconfig", sandbox.kubeconfig.display().to_string()),
        ("context", sandbox.context.clone()),
        ("registry", sandbox.registry.clone()),
        ("docker config", sandbox.docker_config.display().to_string()),
        ("kubectl", sandbox.kubectl.display().to_string()),
        ("audit log", sandbox.audit_log.display().to_string()),
        ("logs", sandbox.logs.display().to_string()),
        ("network", sandbox.network_namespace.display().to_string()),
        ("stops itself", format!("when idle for {idle:#}")),
    ];
    let facts = facts.map(|(label, value)| format!("  {label:<14} {value}"));
    format!("sandbox {} {state}\n{}", sandbox.name, facts.join("\n"))
}

/// `90s`, `20m`, `2h`, `50ms`: jiff's friendly durations, without a sign.
fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text.parse().map_err(|e: jiff::Error| format!("{e}; write 90s, 20m or 2h"))?;
    Duration::try_from(duration).map_err(|_| "a duration is not negative".to_owned())
}
