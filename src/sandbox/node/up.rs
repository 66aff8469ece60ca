//! The start of a sandbox.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use nix::unistd::Uid;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::ChildStdout;
use uuid::Uuid;

use super::folder::{Folder, SandboxRecord, create_root};
use super::lock::Lock;
use super::parts::{self, KUBERNETES_VERSION, Parts};
use super::process::ProcessRecord;
use super::status::find;
use super::{cgroup, component, config, down, network, pki, process, ready, sysctl};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::sandbox::model::{Ports, RunState, Sandbox, UpOptions};
use crate::settings::Settings;
use crate::text::foreign_line;

/// How long the relay may take to say its ports: it binds two sockets first, a matter of milliseconds.
const RELAY_START: Duration = Duration::from_secs(20);
/// Bytes of the relay's line that are read.
const LONGEST_LINE: u64 = 1024;

/// Whether this machine can run the sandbox, before anything is built or started.
///
/// # Errors
/// What this machine lacks.
pub async fn check(options: &UpOptions, settings: &Settings) -> Result<()> {
    parts::check(options.bin_dir.as_deref(), settings).await
}

/// Starts the sandbox, or finds it running. Half a sandbox (after a crash, say) is cleaned up and started afresh.
///
/// # Errors
/// What this machine lacks, or which component did not start, with its last log lines.
pub async fn up(options: &UpOptions, progress: &dyn Progress, settings: &Settings) -> Result<Sandbox> {
    if !Uid::effective().is_root() {
        // Root is the first thing that is missing; the check lists the others too.
        check(options, settings).await?;
    }
    create_root()?;
    let folder = Folder::of(&options.name);
    let waiting = format!("another plat is starting or stopping sandbox {}; waiting for it", options.name);
    let lock = Lock::take(&folder.lock(), &waiting, progress).await?;
    let sandbox = up_alone(&folder, options, progress, settings).await;
    if sandbox.is_err() && !folder.exists() {
        lock.remove();
    }
    sandbox
}

/// The rest of `up`, while nobody else starts or stops the sandbox.
async fn up_alone(
    folder: &Folder,
    options: &UpOptions,
    progress: &dyn Progress,
    settings: &Settings,
) -> Result<Sandbox> {
    let earlier = folder.record();
    if let Some(record) = &earlier
        && is_running(folder, progress).await?
    {
        folder.write_record(&SandboxRecord { ttl_seconds: options.ttl.as_secs(), ..record.clone() })?;
        return started(folder);
    }

    let parts = parts::provide(options.bin_dir.as_deref(), progress, settings).await?;
    clean_up(folder).await?;
    let unfinished = Unfinished(Some(folder.clone()));
    let outcome = start(folder, &parts, options, earlier.as_ref(), progress).await;
    unfinished.keep();
    match outcome {
        Ok(()) => {
            let _ = fs::remove_dir_all(folder.failed_logs());
            started(folder)
        }
        Err(error) => Err(give_up(folder, error).await),
    }
}

/// A sandbox that is being started. Dropped meanwhile (Ctrl-C), it is removed.
struct Unfinished(Option<Folder>);

impl Unfinished {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // What cannot be cleaned up now is left to the next `down` or `up`, which say why.
            let _ = down::clean_up(folder);
        }
    }
}

/// Whether all of it is alive and the API server answers.
async fn is_running(folder: &Folder, progress: &dyn Progress) -> Result<bool> {
    let Some(sandbox) = find(&folder.name)? else { return Ok(false) };
    let why = if sandbox.state == RunState::Broken {
        let gone = sandbox.processes.iter().filter(|process| !process.alive);
        format!("lost {}", gone.map(|process| process.name.as_str()).collect::<Vec<_>>().join(", "))
    } else if !sandbox.kubectl.exists() {
        // The next pod would find neither shim nor runc.
        "lost its programs (someone removed the cache)".to_owned()
    } else if !ready::answers(&ready::client(folder).await?).await {
        "does not answer".to_owned()
    } else {
        return Ok(true);
    };
    progress.warn(&format!("sandbox {} {why}: it is started afresh, what ran in it is gone", folder.name));
    Ok(false)
}

fn started(folder: &Folder) -> Result<Sandbox> {
    find(&folder.name)?.ok_or_else(|| Error::user(format!("sandbox {} was removed while it started", folder.name)))
}

async fn start(
    folder: &Folder,
    parts: &Parts,
    options: &UpOptions,
    earlier: Option<&SandboxRecord>,
    progress: &dyn Progress,
) -> Result<()> {
    let mut step = progress.step(&format!("starting sandbox {}", options.name));
    folder.create()?;
    sysctl::save()?;
    cgroup::create(&folder.name)?;
    let busybox = parts.debian("busybox");
    network::create(&folder.network_namespace(), &busybox)?;

    let relay = start_relay(folder, earlier).await?;
    network::reserve(&folder.network_namespace(), [relay.api, relay.registry])?;
    let record = SandboxRecord {
        api_port: relay.api,
        registry_port: relay.registry,
        ttl_seconds: options.ttl.as_secs(),
        kubectl: parts.program("kubectl"),
    };
    folder.write_record(&record)?;
    pki::write(folder, relay.api, Timestamp::now())?;
    // Two random ids: 244 bits that nobody guesses.
    let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    config::write(folder, parts, relay.registry, &password)?;

    step.tell("etcd, API server, containerd");
    for program in component::control_plane(folder, parts, &record) {
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
    ready::services(folder, relay.registry).await?;
    step.done(&format!("Kubernetes {KUBERNETES_VERSION}, its node is ready"));
    Ok(())
}

/// Starts the relay: this very program, in a process of its own. It says which ports it got.
async fn start_relay(folder: &Folder, earlier: Option<&SandboxRecord>) -> Result<Ports> {
    let failed = || Error::user("the sandbox's relay does not start").at(folder.log("relay").display());
    let log = File::options().create(true).append(true).open(folder.log("relay")).map_err(|e| failed().because(e))?;
    let (api, registry) = earlier.map_or((0, 0), |record| (record.api_port, record.registry_port));
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
    ProcessRecord::write(&folder.processes(), "relay", child.id())?;
    let output = child.stdout.take().ok_or_else(failed)?;
    let output = ChildStdout::from_std(output).map_err(|e| failed().because(e))?;
    read_ports(output, RELAY_START).await.map_err(|e| {
        let log = fs::read_to_string(folder.log("relay")).unwrap_or_default();
        log.lines().take(5).fold(failed(), |error, line| error.detail(foreign_line(line, 300))).because(e)
    })
}

/// Reads the relay's line. It can be interrupted, and ends by itself: a relay that is held says nothing for ever.
async fn read_ports(output: impl AsyncRead + Unpin, deadline: Duration) -> io::Result<Ports> {
    let mut line = String::new();
    let mut output = BufReader::new(output.take(LONGEST_LINE));
    tokio::time::timeout(deadline, output.read_line(&mut line)).await??;
    Ok(serde_json::from_str(&line)?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    const SOON: Duration = Duration::from_millis(20);
    const LATER: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn a_relay_that_says_nothing_is_given_up_at_the_deadline() {
        let (output, _silent) = tokio::io::duplex(64);
        let error = read_ports(output, SOON).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn the_wait_for_a_silent_relay_can_be_interrupted() {
        let (output, _silent) = tokio::io::duplex(64);
        let interrupted = tokio::time::timeout(SOON, read_ports(output, LATER)).await;
        assert!(interrupted.is_err());
    }

    #[tokio::test]
    async fn a_relay_says_its_ports_while_it_keeps_its_output_open() {
        let (output, mut relay) = tokio::io::duplex(64);
        relay.write_all(b"{\"api\":6443,\"registry\":5000}\n").await.unwrap();
        assert_eq!(read_ports(output, LATER).await.unwrap(), Ports { api: 6443, registry: 5000 });
    }
}
