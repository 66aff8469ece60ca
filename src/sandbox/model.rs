//! What a sandbox is to the rest of plat.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A sandbox's name. It becomes part of a node's, a cgroup's and a folder's name, hence its narrow alphabet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

/// Longest name: the sandbox's sockets must stay below the 108 bytes of `sockaddr_un`.
const LONGEST_NAME: usize = 20;

impl Name {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let fits = (1..=LONGEST_NAME).contains(&text.len())
            && text.chars().all(|c| word(c) || c == '-')
            && text.starts_with(word)
            && text.ends_with(word);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "a sandbox's name is 1 to {LONGEST_NAME} of a-z, 0-9 and '-', and neither starts nor ends with '-'"
            ))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What `up` is asked for.
#[derive(Debug, Clone)]
pub struct UpOptions {
    pub name: Name,
    /// How long it may be idle (no relay connection, no holder) before it stops itself.
    pub ttl: Duration,
    /// A folder with already built programs (`kube-apiserver`, `etcd`, …); what it lacks is found or built as usual.
    pub bin_dir: Option<PathBuf>,
}

/// What the relay process is told by `up`. A port of 0 means any free one.
#[derive(Debug, Clone)]
pub struct RelayOptions {
    pub name: Name,
    pub api_port: u16,
    pub registry_port: u16,
}

/// The ports that the relay got; its first and only line of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub api: u16,
    pub registry: u16,
}

/// What can be done to one component, to see what others make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Fault {
    /// End it at once, as a crash would
    Kill,
    /// Hold it: it keeps its sockets open and answers nothing
    Stop,
    /// Let a held one go on
    GoOn,
    /// Start one that ended, as it was
    Start,
}

/// Which fault, of which component.
#[derive(Debug, Clone)]
pub struct FaultOptions {
    pub name: Name,
    /// As `plat sandbox status` lists them.
    pub component: String,
    pub fault: Fault,
    /// As in [`UpOptions`]; a component that is started again may need it.
    pub bin_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Every process is alive.
    Running,
    /// Some process is gone; `up` starts the sandbox afresh.
    Broken,
}

/// A sandbox that is there, and where everything of it is.
#[derive(Debug, Clone, Serialize)]
pub struct Sandbox {
    pub name: String,
    pub state: RunState,
    pub kubernetes: String,
    pub kubeconfig: PathBuf,
    pub context: String,
    /// `127.0.0.1:PORT`, the same for a push from this machine and for a pull by the kubelet.
    pub registry: String,
    /// A folder with the registry's credentials, for `DOCKER_CONFIG`.
    pub docker_config: PathBuf,
    /// kubectl of the same version as the API server.
    pub kubectl: PathBuf,
    pub audit_log: PathBuf,
    pub logs: PathBuf,
    /// `nsenter --net=…` sees Services and pods as the node does.
    pub network_namespace: PathBuf,
    pub ttl_seconds: u64,
    pub processes: Vec<Process>,
    #[serde(skip)]
    pub(super) holders: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Process {
    pub name: String,
    pub pid: i32,
    pub alive: bool,
}

/// Keeps a sandbox from stopping itself, until it is dropped or its process ends.
#[derive(Debug)]
#[must_use = "a sandbox is held only as long as this value lives"]
pub struct Hold {
    _file: File,
}

impl Sandbox {
    /// The environment that points kubectl, plat and docker at this sandbox.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("KUBECONFIG", self.kubeconfig.display().to_string()),
            ("PLAT_REGISTRY", self.registry.clone()),
            ("DOCKER_CONFIG", self.docker_config.display().to_string()),
        ]
    }

    /// Holds the sandbox: while the value lives, being idle does not stop it.
    ///
    /// # Errors
    /// When the sandbox is gone.
    pub fn hold(&self) -> Result<Hold> {
        let gone = |e: std::io::Error| {
            Error::user(format!("sandbox {} cannot be held", self.name))
                .at(self.holders.display())
                .hint(format!("start it: plat sandbox up --name {}", self.name))
                .because(e)
        };
        let file = File::open(&self.holders).map_err(gone)?;
        file.lock_shared().map_err(gone)?;
        Ok(Hold { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("dev", true)]
    #[case("test-2", true)]
    #[case("", false)]
    #[case("-dev", false)]
    #[case("dev-", false)]
    #[case("../dev", false)]
    #[case("Dev", false)]
    #[case("a-name-that-is-too-long", false)]
    fn names_are_safe_as_folder_node_and_cgroup(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(text.parse::<Name>().is_ok(), fits);
    }
}
