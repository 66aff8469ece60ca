//! The temporary folder of a `plat try`, and the note in plat's state that leads back to it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::settings::Settings;

/// The service that is made.
pub const SERVICE: &str = "hello";
/// The sandbox that it runs in, and the note in plat's state.
pub const NAME: &str = "try";

/// Everything `plat try --down` must know. Namespaces carry `group`, so that two tries never meet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TryFolder {
    pub root: PathBuf,
    /// Groups the runs of this comparison in the telemetry.
    pub group: String,
    /// The kubeconfig context, when it is the user's own cluster.
    pub context: Option<String>,
    /// Every namespace that it makes.
    pub namespaces: Vec<String>,
}

/// A cluster of the user's: its context, and a kubeconfig of this context alone.
pub struct OwnCluster {
    pub context: String,
    pub kubeconfig: String,
}

impl TryFolder {
    /// `cluster` is where the try runs when that is not a sandbox.
    pub fn create(settings: &Settings, rounds: u32, cluster: Option<OwnCluster>) -> Result<Self> {
        let root = tempfile::Builder::new()
            .prefix("plat-try-")
            .tempdir()
            .map_err(|e| Error::user("no temporary folder can be made").at(std::env::temp_dir().display()).because(e))?
            .keep();
        let id = uuid::Uuid::new_v4().simple().to_string();
        let mut folder = Self { root, group: format!("try-{}", &id[..8]), context: None, namespaces: Vec::new() };
        let pairs = (1..=rounds).flat_map(|round| {
            [folder.namespace(&format!("{round}-plat")), folder.namespace(&format!("{round}-kubectl"))]
        });
        folder.namespaces = std::iter::once(folder.namespace("home")).chain(pairs).collect();
        if let Some(OwnCluster { context, kubeconfig }) = cluster {
            // The folder of `tempdir` is the user's alone (0700), so what lies in it is too.
            write(&folder.kubeconfig(), &kubeconfig)?;
            folder.context = Some(context);
        }
        write(&note(settings), &serde_json::to_string(&folder).unwrap_or_default())?;
        std::fs::create_dir_all(folder.endpoint_data()).map_err(|e| cannot_write(&folder.endpoint_data(), e))?;
        Ok(folder)
    }

    /// The folder of the last `plat try`, if there is one.
    pub fn find(settings: &Settings) -> Result<Option<Self>> {
        let path = note(settings);
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|e| {
                Error::user("the note of the last `plat try` cannot be understood")
                    .at(path.display())
                    .hint("remove the file; then `plat sandbox down --name try` removes the sandbox")
                    .because(e)
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::user("the note of the last `plat try` cannot be read").at(path.display()).because(e)),
        }
    }

    /// Removes the folder and its note. The endpoint stops by itself when its data folder is gone.
    pub fn remove(&self, settings: &Settings) -> Result<()> {
        remove_folder(&self.root)?;
        forget(settings)
    }

    /// Ends the endpoint and forgets the folder, but leaves the service that lies in it.
    pub fn retire(&self, settings: &Settings) -> Result<()> {
        remove_folder(&self.endpoint_data())?;
        forget(settings)
    }

    pub fn project(&self) -> PathBuf {
        self.root.join(SERVICE)
    }

    pub fn endpoint_data(&self) -> PathBuf {
        self.root.join("endpoint")
    }

    /// plat's own folders for the children, so that a try leaves the user's history and settings alone.
    pub fn plat_home(&self) -> PathBuf {
        self.root.join("plat")
    }

    /// Where plat keeps what it built, below [`Self::plat_home`].
    pub fn plat_cache(&self) -> PathBuf {
        self.plat_home().join("cache")
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.root.join("kubeconfig")
    }

    pub fn namespace(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.group)
    }
}

fn forget(settings: &Settings) -> Result<()> {
    let note = note(settings);
    std::fs::remove_file(&note).map_err(|e| cannot_write(&note, e))
}

fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::user("the folder cannot be removed").at(folder.display()).because(e))
        }
        _ => Ok(()),
    }
}

fn note(settings: &Settings) -> PathBuf {
    settings.state_dir.join(format!("{NAME}.json"))
}

pub fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|e| cannot_write(parent, e))?;
    }
    std::fs::write(path, text).map_err(|e| cannot_write(path, e))
}

fn cannot_write(path: &Path, cause: std::io::Error) -> Error {
    Error::user("a file of `plat try` cannot be written").at(path.display()).because(cause)
}
