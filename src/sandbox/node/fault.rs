//! Faults of one component, put in on purpose: what does plat (or anybody else) make of a dead API server, a held etcd?

use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::{Fault, Name};
use super::component;
use super::folder::{Folder, Saved};
use super::parts::{self, Parts};
use super::process::{self, Program, Record};
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::ui::Ui;

/// Does this to the component of that name, as `plat sandbox status` lists them.
///
/// # Errors
/// No such sandbox or component; one that runs already, or does not.
pub async fn fault(
    name: &Name,
    component: &str,
    fault: Fault,
    bin_dir: Option<&Path>,
    ui: &Ui,
    settings: &Settings,
) -> Result<()> {
    let folder = Folder::of(name);
    let saved = folder.saved().ok_or_else(|| {
        Error::user(format!("there is no sandbox {name}")).hint(format!("start it: plat sandbox up --name {name}"))
    })?;
    let record = process::records(&folder.processes()).into_iter().find(|record| record.name == component);
    let alive = record.filter(Record::is_alive);
    match (fault, alive) {
        (Fault::Start, None) => {
            let parts = parts::provide(bin_dir, ui, settings).await?;
            let program = program(&folder, &parts, &saved, component)?;
            process::start(&folder, &parts.debian("busybox"), &program)
        }
        (Fault::Start, Some(record)) => {
            Err(Error::user(format!("{component} of sandbox {name} runs already"))
                .at(format!("process {}", record.pid)))
        }
        (_, None) => Err(Error::user(format!("no component {component} of sandbox {name} runs"))
            .hint(format!("see what runs: plat sandbox status --name {name} --output json"))),
        (Fault::Kill, Some(record)) => signal(&record, Signal::SIGKILL),
        (Fault::Stop, Some(record)) => signal(&record, Signal::SIGSTOP),
        (Fault::GoOn, Some(record)) => signal(&record, Signal::SIGCONT),
    }
}

fn program(folder: &Folder, parts: &Parts, saved: &Saved, component: &str) -> Result<Program> {
    let mut programs = component::control_plane(folder, parts, saved);
    programs.extend(component::node(folder, parts));
    let found = programs.into_iter().find(|program| program.name == component);
    found.ok_or_else(|| Error::usage(format!("\"{component}\" is no component that can be started again")))
}

fn signal(record: &Record, signal: Signal) -> Result<()> {
    kill(Pid::from_raw(record.pid), signal).map_err(|errno| {
        Error::user(format!("{} cannot be sent {signal}", record.name))
            .at(format!("process {}", record.pid))
            .because(errno)
    })
}
