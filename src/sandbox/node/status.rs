//! Which sandbox is there, and whether it runs.

use std::fs;

use super::folder::{Folder, SandboxRecord};
use super::io::io_error;
use super::parts::KUBERNETES_VERSION;
use super::process;
use crate::error::Result;
use crate::sandbox::model::{Name, Process, RunState, Sandbox};

/// The sandbox of that name, as its processes show it now.
///
/// # Errors
/// When the folder of the sandbox may not be read.
pub fn find(name: &Name) -> Result<Option<Sandbox>> {
    let folder = Folder::of(name);
    match fs::read_dir(&folder.path) {
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(io_error("the sandbox's folder cannot be read", &folder.path)(e)
                .hint(format!("run it as root: sudo plat sandbox status --name {name}")));
        }
    }
    let processes: Vec<Process> = process::records(&folder.processes())
        .into_iter()
        .map(|record| Process { alive: record.is_alive(), name: record.name, pid: record.pid })
        .collect();
    let Some(recorded) = folder.record() else {
        return Ok(Some(sandbox(&folder, RunState::Broken, None, processes)));
    };
    let state = if processes.iter().all(|process| process.alive) { RunState::Running } else { RunState::Broken };
    Ok(Some(sandbox(&folder, state, Some(recorded), processes)))
}

fn sandbox(folder: &Folder, state: RunState, recorded: Option<SandboxRecord>, processes: Vec<Process>) -> Sandbox {
    let registry_port = recorded.as_ref().map_or(0, |record| record.registry_port);
    Sandbox {
        name: folder.name.to_string(),
        state,
        kubernetes: KUBERNETES_VERSION.to_owned(),
        kubeconfig: folder.kubeconfig(),
        context: format!("plat-{}", folder.name),
        registry: format!("127.0.0.1:{registry_port}"),
        docker_config: folder.docker_config(),
        ttl_seconds: recorded.as_ref().map_or(0, |record| record.ttl_seconds),
        kubectl: recorded.map(|record| record.kubectl).unwrap_or_default(),
        audit_log: folder.audit_log(),
        logs: folder.logs(),
        network_namespace: folder.network_namespace(),
        processes,
        holders: folder.holders(),
    }
}
