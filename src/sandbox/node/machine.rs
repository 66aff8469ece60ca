//! What a sandbox needs of this machine: looked at in one pass, and what is missing listed whole.

use std::path::{Path, PathBuf};

use nix::unistd::Uid;
use tokio::process::Command;

use super::{cgroup, network};
use crate::error::{Error, Result};
use crate::reason::Reason;

/// The oldest Go that fetches the toolchain which a go.mod asks for (go.dev/doc/toolchain).
const OLDEST_GO: (u32, u32) = (1, 21);

pub const INSTALL_GO: &str =
    "install Go 1.21 or newer (go.dev/dl) and put it on PATH; under sudo: sudo env PATH=\"$PATH\" plat …";

/// What must still be built or downloaded.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    pub go: bool,
    pub debian: bool,
}

/// What this machine has.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, each made and told on its own")]
struct Facts {
    root: bool,
    network_namespaces: bool,
    cgroups: bool,
    overlay: bool,
    debian_tools: bool,
    /// Go's version, where there is a Go.
    go: Option<(u32, u32)>,
}

/// One thing that is missing, and what fixes it.
#[derive(Debug, PartialEq, Eq)]
struct Missing {
    what: String,
    fix: &'static str,
}

/// # Errors
/// One error that lists everything that is missing, each with the command that fixes it.
pub async fn check(needs: Needs) -> Result<()> {
    let missing = missing(&look().await, needs);
    if missing.is_empty() {
        return Ok(());
    }
    let error = Error::user("this machine cannot run a sandbox yet").reason(Reason::PrerequisitesMissing);
    let error = missing.iter().fold(error, |error, missing| error.detail(&missing.what));
    let error = missing.iter().fold(error, |error, missing| error.hint(missing.fix));
    Err(error.hint("or use a cluster that is already there: plat try --context NAME --registry HOST"))
}

async fn look() -> Facts {
    let root = Uid::effective().is_root();
    Facts {
        root,
        network_namespaces: network::is_allowed(),
        cgroups: !cgroup::hierarchies().is_empty(),
        overlay: std::fs::read_to_string("/proc/filesystems")
            .is_ok_and(|list| list.lines().any(|line| line.split_whitespace().last() == Some("overlay"))),
        debian_tools: ["apt-get", "dpkg-deb"].iter().all(|program| on_path(program).next().is_some()),
        go: go_version().await,
    }
}

fn missing(facts: &Facts, needs: Needs) -> Vec<Missing> {
    let mut missing = Vec::new();
    let mut lacks = |what: &str, fix| missing.push(Missing { what: what.to_owned(), fix });
    if !facts.root {
        lacks("root: a node makes namespaces, mounts and cgroups", "run it as root: sudo env PATH=\"$PATH\" plat …");
    } else if !facts.network_namespaces {
        // Without root this would fail too, and for that reason only.
        lacks(
            "permission to make a network namespace: this root is confined, as in a container",
            "run it on the machine itself, in a virtual machine, or in a container with --privileged",
        );
    }
    if !facts.cgroups {
        lacks("cgroups: none are mounted", "mount them: mount -t cgroup2 none /sys/fs/cgroup");
    }
    if !facts.overlay {
        lacks("overlayfs: the kernel does not offer it", "load it: modprobe overlay");
    }
    if needs.debian && !facts.debian_tools {
        lacks(
            "apt-get and dpkg-deb: containerd, runc, CNI plugins and nft come from Debian's packages",
            "use Debian or Ubuntu",
        );
    }
    if needs.go {
        match facts.go {
            None => lacks("Go: Kubernetes' programs are built from source once", INSTALL_GO),
            Some((major, minor)) if (major, minor) < OLDEST_GO => {
                lacks(&format!("a newer Go: this is {major}.{minor}"), INSTALL_GO);
            }
            Some(_) => {}
        }
    }
    missing
}

/// Every program of that name on PATH, the first one first.
pub fn on_path(program: &str) -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    folders.into_iter().map(move |folder| folder.join(program)).filter(|path| path.is_file())
}

/// Go's command: on PATH, else where go.dev says to unpack it (sudo's own PATH does not lead there).
pub fn go() -> Option<PathBuf> {
    on_path("go").next().or_else(|| Some(Path::new("/usr/local/go/bin/go").to_owned()).filter(|path| path.is_file()))
}

async fn go_version() -> Option<(u32, u32)> {
    // `go version` would fetch the toolchain of a go.mod in the current folder.
    let mut command = Command::new(go()?);
    let output = command.arg("version").current_dir("/").kill_on_drop(true).output().await.ok()?;
    parse_go_version(&String::from_utf8_lossy(&output.stdout))
}

/// `go version go1.26.8 linux/amd64`
fn parse_go_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(2)?.strip_prefix("go")?.split('.');
    let mut number = || {
        let digits: String = numbers.next()?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    Some((number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const COLD: Needs = Needs { go: true, debian: true };
    const WARM: Needs = Needs { go: false, debian: false };

    fn complete() -> Facts {
        Facts {
            root: true,
            network_namespaces: true,
            cgroups: true,
            overlay: true,
            debian_tools: true,
            go: Some((1, 26)),
        }
    }

    fn bare() -> Facts {
        Facts { root: false, network_namespaces: false, cgroups: false, overlay: false, debian_tools: false, go: None }
    }

    fn words(facts: &Facts, needs: Needs) -> Vec<String> {
        missing(facts, needs)
            .into_iter()
            .map(|missing| missing.what.split(':').next().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn a_complete_machine_lacks_nothing() {
        assert_eq!(missing(&complete(), COLD), []);
    }

    #[test]
    fn everything_that_is_missing_is_listed_at_once() {
        assert_eq!(words(&bare(), COLD), ["root", "cgroups", "overlayfs", "apt-get and dpkg-deb", "Go"]);
    }

    #[test]
    fn what_is_built_already_needs_neither_go_nor_apt() {
        assert_eq!(words(&bare(), WARM), ["root", "cgroups", "overlayfs"]);
    }

    #[test]
    fn a_confined_root_is_told_apart_from_no_root() {
        let facts = Facts { network_namespaces: false, ..complete() };
        assert_eq!(words(&facts, WARM), ["permission to make a network namespace"]);
    }

    #[rstest]
    #[case("go version go1.26.8 linux/amd64\n", Some((1, 26)))]
    #[case("go version go1.27rc1 linux/amd64\n", Some((1, 27)))]
    #[case("go version devel +abc\n", None)]
    fn gos_version_is_read(#[case] text: &str, #[case] expected: Option<(u32, u32)>) {
        assert_eq!(parse_go_version(text), expected);
    }

    #[test]
    fn an_old_go_is_named() {
        let facts = Facts { go: Some((1, 19)), ..complete() };
        assert_eq!(words(&facts, COLD), ["a newer Go"]);
    }
}
