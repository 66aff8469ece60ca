//! The sandbox's own cgroup, below which kubelet puts the pods: two kubelets never see each other's pods, and every
//! process of a pod is found again when everything else is gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::io::io_error;
use super::mounts;
use crate::error::{Error, Result};
use crate::sandbox::model::Name;

/// Controllers that kubelet wants below its root (cgroup v2 hands them down only when told to).
const CONTROLLERS: [&str; 5] = ["cpu", "cpuset", "memory", "pids", "hugetlb"];

/// The cgroup's path in every hierarchy, as kubelet's `cgroupRoot` takes it.
pub fn root(name: &Name) -> String {
    format!("/plat-{name}")
}

pub fn create(name: &Name) -> Result<()> {
    for hierarchy in hierarchies() {
        let handed_down = hierarchy.join("cgroup.subtree_control");
        if handed_down.exists() {
            for controller in CONTROLLERS {
                // One that this kernel lacks cannot be handed down; kubelet asks only for those that exist.
                let _ = fs::write(&handed_down, format!("+{controller}"));
            }
        }
        let group = group(&hierarchy, name);
        fs::create_dir_all(&group).map_err(io_error("the sandbox's cgroup cannot be made", &group))?;
    }
    Ok(())
}

/// Every process of the sandbox's pods.
pub fn processes(name: &Name) -> BTreeSet<i32> {
    hierarchies()
        .iter()
        .flat_map(|hierarchy| tree(&group(hierarchy, name)))
        .filter_map(|group| fs::read_to_string(group.join("cgroup.procs")).ok())
        .flat_map(|pids| pids.lines().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>())
        // A process of another pid namespace reads as 0.
        .filter(|pid| *pid > 0)
        .collect()
}

/// Removes the cgroup from every hierarchy; its processes must be gone.
pub fn remove(name: &Name) -> Result<()> {
    for hierarchy in hierarchies() {
        for group in tree(&group(&hierarchy, name)).iter().rev() {
            fs::remove_dir(group).map_err(|e| {
                Error::user("a cgroup of the sandbox cannot be removed")
                    .at(group.display())
                    .detail(e.to_string())
                    .hint("a process is still in it: see its cgroup.procs")
                    .because(e)
            })?;
        }
    }
    Ok(())
}

/// Where cgroups are mounted: one unified tree (v2), or one a controller (v1), or both.
pub fn hierarchies() -> Vec<PathBuf> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    mounts::entries(&table).filter(|entry| entry.kind.starts_with("cgroup")).map(|entry| entry.point).collect()
}

fn group(hierarchy: &Path, name: &Name) -> PathBuf {
    hierarchy.join(root(name).trim_start_matches('/'))
}

/// The folder and all below it, parents first; none when it does not exist.
fn tree(top: &Path) -> Vec<PathBuf> {
    if !top.is_dir() {
        return Vec::new();
    }
    let mut found = vec![top.to_owned()];
    let mut next = 0;
    while let Some(folder) = found.get(next) {
        let children = fs::read_dir(folder).into_iter().flatten().flatten();
        let folders: Vec<PathBuf> = children
            .filter(|child| child.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|child| child.path())
            .collect();
        found.extend(folders);
        next += 1;
    }
    found
}
