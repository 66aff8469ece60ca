//! The start of a sandbox.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use nix::unistd::Uid;
use uuid::Uuid;

use super::super::{Sandbox, State, UpOptions};
use super::folder::{Folder, Saved, create_root, find};
use super::lock::Lock;
use super::parts::{self, Parts};
use super::process::Record;
use super::relay::Ports;
use super::{KUBERNETES_VERSION, cgroup, component, config, down, network, pki, process, ready, sysctl};
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::text::foreign_line;
use crate::ui::Ui;

/// Starts the sandbox, or finds it running. Half a sandbox (after a crash, say) is cleaned up and started afresh.
///
/// # Errors
/// What this machine lacks, or which component did not start, with its last log lines.
pub async fn up(options: &UpOptions, ui: &Ui, settings: &Settings) -> Result<Sandbox> {
    if !Uid::effective().is_root() {
        // Root is the first thing that is missing; the check lists the others too.
        parts::provide(options.bin_dir.as_deref(), ui, settings).await?;
    }
    create_root()?;
    let folder = Folder::of(&options.name);
    let waiting = format!("another plat is starting or stopping sandbox {}; waiting for it", options.name);
    let lock = Lock::take(&folder.lock(), &waiting, ui).await?;
    let sandbox = up_alone(&folder, options, ui, settings).await;
    if sandbox.is_err() && !folder.exists() {
        lock.remove();
    }
    sandbox
}

/// The rest of `up`, while nobody else starts or stops the sandbox.
async fn up_alone(folder: &Folder, options: &UpOptions, ui: &Ui, settings: &Settings) -> Result<Sandbox> {
    let before = folder.saved();
    if let Some(saved) = &before
        && is_running(folder, ui).await?
    {
        folder.save(&Saved { ttl_seconds: options.ttl.as_secs(), ..saved.clone() })?;
        return found(folder);
    }

    let parts = parts::provide(options.bin_dir.as_deref(), ui, settings).await?;
    clean_up(folder).await?;
    let half = Half(Some(folder.clone()));
    let started = start(folder, &parts, options, before.as_ref(), ui).await;
    half.settled();
    match started {
        Ok(()) => {
            let _ = fs::remove_dir_all(folder.failed_logs());
            found(folder)
        }
        Err(error) => Err(give_up(folder, error).await),
    }
}

/// A sandbox that is being started. Dropped meanwhile (Ctrl-C), it is removed.
struct Half(Option<Folder>);

impl Half {
    fn settled(mut self) {
        self.0 = None;
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // What cannot be cleaned up now is left to the next `down` or `up`, which say why.
            let _ = down::clean_up(folder);
        }
    }
}

/// Whether all of it is alive and the API server answers.
async fn is_running(folder: &Folder, ui: &Ui) -> Result<bool> {
    let Some(sandbox) = find(&folder.name)? else { return Ok(false) };
    if sandbox.state == State::Running && ready::answers(&ready::client(folder).await?).await {
        return Ok(true);
    }
    let gone: Vec<&str> = sandbox.processes.iter().filter(|p| !p.alive).map(|p| p.name.as_str()).collect();
    let why = if gone.is_empty() { "does not answer".to_owned() } else { format!("lost {}", gone.join(", ")) };
    ui.warn(&format!("sandbox {} {why}: it is started afresh, what ran in it is gone", folder.name));
    Ok(false)
}

fn found(folder: &Folder) -> Result<Sandbox> {
    find(&folder.name)?.ok_or_else(|| Error::user(format!("sandbox {} was removed while it started", folder.name)))
}

async fn start(folder: &Folder, parts: &Parts, options: &UpOptions, before: Option<&Saved>, ui: &Ui) -> Result<()> {
    let mut step = ui.step(format!("starting sandbox {}", options.name));
    folder.create()?;
    sysctl::save()?;
    cgroup::create(&folder.name)?;
    let busybox = parts.debian("busybox");
    network::create(&folder.network_namespace(), &busybox)?;

    let doors = start_relay(folder, before)?;
    network::reserve(&folder.network_namespace(), [doors.api, doors.registry])?;
    let saved = Saved {
        api_port: doors.api,
        registry_port: doors.registry,
        ttl_seconds: options.ttl.as_secs(),
        kubectl: parts.program("kubectl"),
    };
    folder.save(&saved)?;
    pki::write(folder, doors.api, Timestamp::now())?;
    // Two random ids: 244 bits that nobody guesses.
    let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    config::write(folder, parts, doors.registry, &password)?;

    step.tell("etcd, API server, containerd");
    for program in component::control_plane(folder, parts, &saved) {
        process::start(folder, &busybox, &program)?;
    }
    let client = ready::client(folder).await?;
    let (pause, api_server) = tokio::join!(import_pause(folder, parts), ready::api_server(folder, &client));
    pause?;
    api_server?;

    step.tell("node");
    for program in component::node(folder, parts) {
        process::start(folder, &busybox, &program)?;
    }
    ready::node(folder, &client).await?;
    ready::services(folder, doors.registry).await?;
    step.done(&format!("Kubernetes {KUBERNETES_VERSION}, its node is ready"));
    Ok(())
}

/// Starts the relay: this very program, in a process of its own. It says which ports it got.
fn start_relay(folder: &Folder, before: Option<&Saved>) -> Result<Ports> {
    let failed = || Error::user("the sandbox's relay does not start").at(folder.log("relay").display());
    let log = File::options().create(true).append(true).open(folder.log("relay")).map_err(|e| failed().because(e))?;
    let (api, registry) = before.map_or((0, 0), |before| (before.api_port, before.registry_port));
    // Not the program's path: a build may have replaced the file since this process started.
    let mut child = Command::new("/proc/self/exe")
        .arg0("plat")
        .args(["sandbox", "relay", "--name", folder.name.as_str()])
        .args(["--api-port", &api.to_string(), "--registry-port", &registry.to_string()])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .map_err(|e| failed().because(e))?;
    Record::write(&folder.processes(), "relay", child.id())?;
    let output = child.stdout.take().ok_or_else(failed)?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).map_err(|e| failed().because(e))?;
    serde_json::from_str(&line).map_err(|e| {
        let words = fs::read_to_string(folder.log("relay")).unwrap_or_default();
        words.lines().take(5).fold(failed(), |error, line| error.detail(foreign_line(line, 300))).because(e)
    })
}

/// Gives containerd the pause image, as soon as it takes one.
async fn import_pause(folder: &Folder, parts: &Parts) -> Result<()> {
    let socket = folder.containerd_socket();
    ready::until(folder, "containerd", async || socket.exists()).await?;
    let import = async || {
        let mut command = tokio::process::Command::new(parts.debian("ctr"));
        command
            .arg("--address")
            .arg(&socket)
            .args(["--namespace", "k8s.io", "images", "import"])
            .arg(&parts.pause.archive);
        command.kill_on_drop(true).output().await.is_ok_and(|output| output.status.success())
    };
    ready::until(folder, "containerd", import).await
}

async fn clean_up(folder: &Folder) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let folder = folder.clone();
    tokio::task::spawn_blocking(move || down::clean_up(&folder))
        .await
        .map_err(|e| Error::bug("the clean-up panicked").because(e))?
}

/// Cleans up after a start that failed, but keeps the logs: they say why.
async fn give_up(folder: &Folder, error: Error) -> Error {
    let kept = folder.failed_logs();
    let _ = fs::remove_dir_all(&kept);
    let error = match fs::rename(folder.logs(), &kept) {
        Ok(()) => error.hint(format!("the logs are in {}", kept.display())),
        Err(_) => error,
    };
    match clean_up(folder).await {
        Ok(()) => error,
        Err(left) => {
            error.detail(left.to_string()).hint(format!("remove the rest: plat sandbox down --name {}", folder.name))
        }
    }
}
