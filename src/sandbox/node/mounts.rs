//! Mounts below a sandbox's folder: the network namespaces, and what pods and their volumes leave.

use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, umount2};

use crate::error::{Error, Result};

/// Detaches every mount below `folder`, the newest first.
///
/// # Errors
/// When one stays: the folder must then not be removed, a mount may lead into the machine's own files.
pub fn detach_below(folder: &Path) -> Result<()> {
    for mount in below(folder).iter().rev() {
        // Looked at again below: one that another mount's end took along is fine.
        let _ = umount2(mount, MntFlags::MNT_DETACH);
    }
    match below(folder).first() {
        None => Ok(()),
        Some(left) => Err(Error::user("a mount of the sandbox cannot be detached")
            .at(left.display())
            .hint(format!("umount -l {}", left.display()))),
    }
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    entries(&table).map(|entry| entry.point).filter(|point| point.starts_with(folder)).collect()
}

/// One line of `proc_pid_mountinfo(5)`.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub point: PathBuf,
    pub kind: String,
}

pub fn entries(table: &str) -> impl Iterator<Item = Entry> {
    table.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let point = PathBuf::from(unescape(left.split(' ').nth(4)?));
        Some(Entry { point, kind: right.split(' ').next()?.to_owned() })
    })
}

/// The kernel writes space, tab, line feed and backslash of a path as three octal digits.
fn unescape(path: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"]
        .into_iter()
        .zip([" ", "\t", "\n", "\\"])
        .fold(path.to_owned(), |path, (code, plain)| path.replace(code, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_and_kinds_are_read_whatever_optional_fields_there_are() {
        let table = "\
25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 25 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
99 25 0:4 net:[4026532] /var/lib/plat/a\\040b/netns rw shared:7 master:2 - nsfs nsfs rw
";
        let found: Vec<(String, String)> =
            entries(table).map(|entry| (entry.point.display().to_string(), entry.kind)).collect();
        insta::assert_yaml_snapshot!(found, @r#"
        - - /
          - ext4
        - - /sys/fs/cgroup/memory
          - cgroup
        - - /var/lib/plat/a b/netns
          - nsfs
        "#);
    }
}
