//! Where everything of one sandbox lies, the lock on its name, and the record that outlives the process that ran `up`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::io::io_error;
use crate::error::{Error, Result};
use crate::sandbox::model::Name;

/// One place for the whole machine, not a user's folder: the ports, the cgroups and the sysctls are the machine's too.
/// It is short on purpose: sockets below it must fit the 108 bytes of `sockaddr_un`.
const ROOT: &str = "/var/lib/plat/sandbox";

/// The folder of one sandbox. It exists exactly as long as there is something of the sandbox to clean up.
#[derive(Debug, Clone)]
pub struct Folder {
    pub name: Name,
    pub path: PathBuf,
}

/// What `status` and a later `up` need to know, `sandbox.json` in the folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SandboxRecord {
    pub api_port: u16,
    pub registry_port: u16,
    pub ttl_seconds: u64,
    pub kubectl: PathBuf,
}

impl Folder {
    pub fn of(name: &Name) -> Self {
        Self { name: name.clone(), path: Path::new(ROOT).join(name.as_str()) }
    }

    /// Held by whoever starts or stops the sandbox. It lies outside the folder, which comes and goes.
    pub fn lock(&self) -> PathBuf {
        shared_file(&format!("{}.lock", self.name))
    }

    /// Where the logs of a start that failed are kept.
    pub fn failed_logs(&self) -> PathBuf {
        shared_file(&format!("{}.failed", self.name))
    }

    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Makes the folder, readable by root only: its admin key is root on this machine.
    pub fn create(&self) -> Result<()> {
        for folder in ["config", "data", "docker", "logs", "pki", "processes", "visitors"].map(|f| self.path.join(f)) {
            fs::create_dir_all(&folder).map_err(io_error("the sandbox's folder cannot be made", &folder))?;
        }
        fs::set_permissions(&self.path, Permissions::from_mode(0o700))
            .map_err(io_error("the sandbox's folder cannot be closed to others", &self.path))?;
        self.write("holders", "")
    }

    /// Writes one file below the folder.
    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.path.join(file);
        fs::write(&path, content).map_err(io_error("a file of the sandbox cannot be written", &path))
    }

    /// Writes a file that only root may read.
    pub fn write_secret(&self, file: &str, content: impl AsRef<[u8]>) -> Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.path.join(file);
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut out| out.write_all(content.as_ref()))
            .map_err(io_error("a file of the sandbox cannot be written", &path))
    }

    pub fn config(&self, file: &str) -> PathBuf {
        self.path.join("config").join(file)
    }

    pub fn pki(&self, file: &str) -> PathBuf {
        self.path.join("pki").join(file)
    }

    pub fn data(&self, file: &str) -> PathBuf {
        self.path.join("data").join(file)
    }

    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    pub fn log(&self, process: &str) -> PathBuf {
        self.logs().join(format!("{process}.log"))
    }

    pub fn processes(&self) -> PathBuf {
        self.path.join("processes")
    }

    /// Processes that only use the sandbox, and must end with it.
    pub fn visitors(&self) -> PathBuf {
        self.path.join("visitors")
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.path.join("kubeconfig")
    }

    pub fn docker_config(&self) -> PathBuf {
        self.path.join("docker")
    }

    pub fn holders(&self) -> PathBuf {
        self.path.join("holders")
    }

    pub fn audit_log(&self) -> PathBuf {
        self.logs().join("audit.log")
    }

    pub fn containerd_socket(&self) -> PathBuf {
        self.path.join("containerd.sock")
    }

    pub fn network_namespace(&self) -> PathBuf {
        self.path.join("netns")
    }

    pub fn write_record(&self, record: &SandboxRecord) -> Result<()> {
        let text =
            serde_json::to_string(record).map_err(|e| Error::bug("the sandbox's values are not JSON").because(e))?;
        self.write("sandbox.json", text)
    }

    /// What was recorded, or none when the sandbox was never fully started.
    pub fn record(&self) -> Option<SandboxRecord> {
        let text = fs::read_to_string(self.path.join("sandbox.json")).ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// The sandboxes that left something on this machine, running or not.
#[must_use]
pub fn names() -> Vec<Name> {
    let Ok(entries) = fs::read_dir(ROOT) else { return Vec::new() };
    let mut names: Vec<Name> = entries
        .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir()))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    names.sort();
    names
}

/// A file in the folder that all sandboxes share. A sandbox's name has no dot, so a file with one is never a sandbox's.
pub fn shared_file(file: &str) -> PathBuf {
    Path::new(ROOT).join(file)
}

/// Makes the folder that all sandboxes share, for root only.
pub fn create_root() -> Result<()> {
    let root = Path::new(ROOT);
    fs::create_dir_all(root)
        .and_then(|()| fs::set_permissions(root, Permissions::from_mode(0o700)))
        .map_err(io_error("the sandboxes' folder cannot be made", root))
}
