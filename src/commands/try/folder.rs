//! The temporary folder of a `plat try`, and the note in plat's state that leads back to it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::{NAME, SERVICE};
use crate::error::{Error, Result};
use crate::settings::Settings;

/// Everything `plat try --down` must know. Namespaces carry `group`, so that two tries never meet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Folder {
    pub root: PathBuf,
    /// Groups the runs of this comparison in the telemetry.
    pub group: String,
    /// The kubeconfig context, when it is the user's own cluster.
    pub context: Option<String>,
    /// Every namespace that it makes.
    pub namespaces: Vec<String>,
}

impl Folder {
    pub fn create(settings: &Settings, place: &Place, rounds: u32) -> Result<Self> {
        let root = tempfile::Builder::new()
            .prefix("plat-try-")
            .tempdir()
            .map_err(|e| Error::user("no temporary folder can be made").at(std::env::temp_dir().display()).because(e))?
            .keep();
        let id = uuid::Uuid::new_v4().simple().to_string();
        let context = place.own_context().map(ToOwned::to_owned);
        let mut folder = Self { root, group: format!("try-{}", &id[..8]), context, namespaces: Vec::new() };
        let pairs = (1..=rounds).flat_map(|round| {
            [folder.namespace(&format!("{round}-plat")), folder.namespace(&format!("{round}-kubectl"))]
        });
        folder.namespaces = std::iter::once(folder.namespace("home")).chain(pairs).collect();
        let note = note(settings);
        write(&note, &serde_json::to_string(&folder).unwrap_or_default())?;
        if let Some(kubeconfig) = place.kubeconfig() {
            // The folder of `tempdir` is the user's alone (0700), so what lies in it is too.
            write(&folder.kubeconfig(), kubeconfig)?;
        }
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
