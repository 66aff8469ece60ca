//! The end of a sandbox: kill, unmount, remove, restore. Everything in it is thrown away, so nothing is stopped gently.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::unistd::Uid;

use super::folder::{Folder, create_root};
use super::io::io_error;
use super::lock::Lock;
use super::{cgroup, config, mounts, process, sysctl};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::sandbox::model::Name;

/// How long killed processes may take to be gone: the kernel frees a pod's memory first.
const PATIENCE: Duration = Duration::from_secs(8);
const POLL: Duration = Duration::from_millis(10);

/// Ends the sandbox and removes all that is left of it. False when there was nothing.
///
/// # Errors
/// When something of it cannot be removed; the error names it.
pub async fn down(name: &Name, progress: &dyn Progress) -> Result<bool> {
    let folder = Folder::of(name);
    if !Uid::effective().is_root() {
        return Err(Error::user("a sandbox is root's, and so is its end")
            .hint(format!("run it as root: sudo plat sandbox down --name {name}")));
    }
    let _ = fs::remove_dir_all(folder.failed_logs());
    if !folder.exists() {
        return Ok(false);
    }
    create_root()?;
    let waiting = format!("another plat is starting or stopping sandbox {name}; waiting for it");
    let lock = Lock::take(&folder.lock(), &waiting, progress).await?;
    let step = progress.step(&format!("stopping sandbox {name}"));
    tokio::task::spawn_blocking(move || clean_up(&folder))
        .await
        .map_err(|e| Error::bug("the clean-up panicked").because(e))??;
    lock.remove();
    step.done("");
    Ok(true)
}

/// Removes everything that the sandbox left on this machine, however it ended. Blocks for up to [`PATIENCE`].
pub fn clean_up(folder: &Folder) -> Result<()> {
    kill_all(folder)?;
    remove_shim_sockets(folder);
    mounts::detach_below(&folder.path)?;
    cgroup::remove(&folder.name)?;
    remove_pod_traces(folder);
    match fs::remove_dir_all(&folder.path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(io_error("the sandbox's folder cannot be removed", &folder.path)(e));
        }
        _ => {}
    }
    sysctl::restore(&folder.name)
}

/// Kills until nothing is left: a process may have started another one between the look and the kill.
fn kill_all(folder: &Folder) -> Result<()> {
    // The relay ends an idle sandbox itself; it ends by returning, after this.
    let me = i32::try_from(std::process::id()).unwrap_or_default();
    let until = Instant::now() + PATIENCE;
    loop {
        let alive: BTreeSet<i32> =
            processes(folder).into_iter().filter(|pid| *pid != me && process::runs(*pid)).collect();
        let Some(first) = alive.first() else { return Ok(()) };
        if Instant::now() > until {
            return Err(Error::user(format!("{} processes of the sandbox cannot be killed", alive.len()))
                .at(format!("process {first}"))
                .hint("they wait for the kernel (state D in ps); try again, else restart the machine"));
        }
        alive.into_iter().for_each(process::kill_now);
        std::thread::sleep(POLL);
    }
}

fn processes(folder: &Folder) -> BTreeSet<i32> {
    let recorded = [folder.processes(), folder.visitors()].into_iter().flat_map(|records| process::records(&records));
    let mut found: BTreeSet<i32> = recorded.filter(process::ProcessRecord::is_alive).map(|record| record.pid).collect();
    found.extend(process::shims(&folder.containerd_socket()));
    found.extend(cgroup::processes(&folder.name));
    found
}

/// A shim's socket lies in a folder that all containerds of the machine share; its bundle names it.
fn remove_shim_sockets(folder: &Folder) {
    let bundles = folder.data("containerd-state").join("io.containerd.runtime.v2.task/k8s.io");
    for bundle in children(&bundles) {
        let Ok(address) = fs::read_to_string(bundle.join("address")) else { continue };
        if let Some(socket) = address.trim().strip_prefix("unix://") {
            // Shared by the containers of a pod: the second one finds it gone.
            let _ = fs::remove_file(socket);
        }
    }
}

/// What kubelet and the CNI library keep in places that no flag moves.
fn remove_pod_traces(folder: &Folder) {
    for link in children(Path::new("/var/log/containers")) {
        if fs::read_link(&link).is_ok_and(|target| target.starts_with(&folder.path)) {
            let _ = fs::remove_file(link);
        }
    }
    let network = config::network_name(&folder.name);
    for result in children(Path::new("/var/lib/cni/results")) {
        if result.file_name().and_then(|name| name.to_str()).is_some_and(|file| is_result_of(file, &network)) {
            let _ = fs::remove_file(result);
        }
    }
    // Only when empty, which is all that remove_dir does.
    for place in ["/var/log/containers", "/var/lib/cni/results", "/var/lib/cni"] {
        let _ = fs::remove_dir(place);
    }
}

/// libcni's cache: `NETWORK-CONTAINER-INTERFACE`, where another sandbox's network may begin with this one's name.
fn is_result_of(file: &str, network: &str) -> bool {
    let container =
        file.strip_prefix(network).and_then(|rest| rest.strip_prefix('-')).and_then(|rest| rest.split('-').next());
    container.is_some_and(|id| id.len() == 64 && id.chars().all(|c| c.is_ascii_hexdigit()))
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("plat-dev-ID-eth0", true)]
    #[case("plat-dev-2-ID-eth0", false)]
    #[case("plat-de-ID-eth0", false)]
    #[case("podman-ID-eth0", false)]
    fn only_the_sandboxs_own_network_results_are_removed(#[case] file: &str, #[case] own: bool) {
        let file = file.replace("ID", &"0a".repeat(32));
        assert_eq!(is_result_of(&file, "plat-dev"), own);
    }
}
