//! The machine's own settings that kubelet changes: saved by the first sandbox, restored by the last.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::{names, shared_file};
use super::io::io_error;
use super::lock::Lock;
use crate::error::{Error, Result};
use crate::sandbox::model::Name;

/// What kubelet's container manager sets (`setupKernelTunables` in `pkg/kubelet/cm/container_manager_linux.go`).
const TUNABLES: [&str; 6] = [
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
];

/// Values before the first sandbox, valid until the machine restarts.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    boot: String,
    values: BTreeMap<String, String>,
}

const FILE: &str = ".sysctls.json";
const LOCK: &str = ".sysctls.lock";

/// Keeps the machine's values, unless another sandbox already did: what it would read now is kubelet's.
pub fn save() -> Result<()> {
    let _lock = Lock::take_soon(&shared_file(LOCK))?;
    let boot = boot()?;
    let path = shared_file(FILE);
    if read(&path).is_some_and(|before| before.boot == boot) {
        return Ok(());
    }
    let values = TUNABLES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), fs::read_to_string(sysctl(name)).ok()?.trim().to_owned())))
        .collect();
    let text =
        serde_json::to_string(&Before { boot, values }).map_err(|e| Error::bug("sysctls are text").because(e))?;
    fs::write(&path, text).map_err(io_error("the machine's sysctls cannot be saved", &path))
}

/// Restores them when no other sandbox is there. A sandbox's folder exists from before it saves until all of it is
/// cleaned up, so that a folder means: its kubelet may have changed them, or is about to.
pub fn restore(ended: &Name) -> Result<()> {
    let _lock = Lock::take_soon(&shared_file(LOCK))?;
    let path = shared_file(FILE);
    if names().iter().any(|name| name != ended) {
        return Ok(());
    }
    let Some(before) = read(&path) else { return Ok(()) };
    if before.boot == boot()? {
        for (name, value) in &before.values {
            let path = sysctl(name);
            fs::write(&path, value)
                .map_err(io_error("a sysctl of the machine cannot be restored", Path::new(&path)))?;
        }
    }
    fs::remove_file(&path).map_err(io_error("the saved sysctls cannot be removed", &path))
}

fn read(path: &Path) -> Option<Before> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

fn sysctl(name: &str) -> String {
    format!("/proc/sys/{name}")
}

/// Changes with every start of the machine.
fn boot() -> Result<String> {
    let path = Path::new("/proc/sys/kernel/random/boot_id");
    fs::read_to_string(path).map_err(io_error("the machine's boot id cannot be read", path))
}
