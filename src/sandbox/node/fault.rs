//! Faults of one component, put in on purpose: what does plat (or anybody else) make of a dead API server, a held etcd?

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::component;
use super::folder::{Folder, SandboxRecord};
use super::parts::{self, Parts};
use super::process::{self, ProcessRecord, Program};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::sandbox::model::{Fault, FaultOptions};
use crate::settings::Settings;

const POLL: Duration = Duration::from_millis(20);
/// How long a killed process may take to be gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does this to a component of a sandbox.
///
/// # Errors
/// No such sandbox or component; one that runs already, or does not.
pub async fn fault(options: &FaultOptions, progress: &dyn Progress, settings: &Settings) -> Result<()> {
    let FaultOptions { name, component, fault, bin_dir } = options;
    let folder = Folder::of(name);
    let sandbox = folder.record().ok_or_else(|| {
        Error::user(format!("there is no sandbox {name}")).hint(format!("start it: plat sandbox up --name {name}"))
    })?;
    let process = process::records(&folder.processes()).into_iter().find(|record| record.name == *component);
    match (fault, process.filter(ProcessRecord::is_alive)) {
        (Fault::Start, None) => {
            let parts = parts::provide(bin_dir.as_deref(), progress, settings).await?;
            let program = program(&folder, &parts, &sandbox, component)?;
            process::start(&folder, &parts.debian("busybox"), &program)
        }
        (Fault::Start, Some(process)) => {
            Err(Error::user(format!("{component} of sandbox {name} runs already"))
                .at(format!("process {}", process.pid)))
        }
        (_, None) => Err(Error::user(format!("no component {component} of sandbox {name} runs"))
            .hint(format!("see what runs: plat sandbox status --name {name} --output json"))),
        (Fault::Kill, Some(process)) => {
            signal(&process, Signal::SIGKILL)?;
            // It is gone when this returns, so that it can be started again.
            let gone = async {
                while process.is_alive() {
                    tokio::time::sleep(POLL).await;
                }
            };
            tokio::time::timeout(PATIENCE, gone).await.map_err(|_| {
                Error::user(format!("{component} of sandbox {name} was killed and is still there"))
                    .at(format!("process {}", process.pid))
                    .hint("it waits for the kernel (state D in ps)")
            })
        }
        (Fault::Stop, Some(process)) => signal(&process, Signal::SIGSTOP),
        (Fault::GoOn, Some(process)) => signal(&process, Signal::SIGCONT),
    }
}

fn program(folder: &Folder, parts: &Parts, sandbox: &SandboxRecord, component: &str) -> Result<Program> {
    let mut programs = component::control_plane(folder, parts, sandbox);
    programs.extend(component::node(folder, parts));
    programs
        .into_iter()
        .find(|program| program.name == component)
        .ok_or_else(|| Error::usage(format!("\"{component}\" is not a component that can be started again")))
}

fn signal(process: &ProcessRecord, signal: Signal) -> Result<()> {
    kill(Pid::from_raw(process.pid), signal).map_err(|errno| {
        Error::user(format!("{} cannot be sent {signal}", process.name))
            .at(format!("process {}", process.pid))
            .because(errno)
    })
}
