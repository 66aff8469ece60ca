//! The images that programs stand on: which digest a name stands for, and what they are made of.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::documents::Documents;
use super::oci::Base;
use super::platform::Platform;
use super::registry::{self, Reference};
use crate::error::{Error, Result};
use crate::input::{self, Refusal};
use crate::progress::Progress;
use crate::reason::Reason;
use crate::text;

/// Beside plat.yaml: a name moves, and the same source must become the same image.
const LOCK: &str = "plat.lock";
const HEAD: &str =
    "# The digests that images are built on. Written by plat: commit it. `plat build --update` asks for newer ones.\n";
/// A few lines; in bytes.
const LARGEST_LOCK: u64 = 1 << 20;

/// What is done with the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locking {
    /// A name that it lacks is asked for, and written into it.
    Keep,
    /// The same, and nothing is written: for whoever only looks.
    Look,
    /// Every name is asked for again.
    Update,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LockFile {
    /// Name -> digest.
    base: BTreeMap<String, String>,
}

/// The bases of one project.
pub struct Bases<'a> {
    lock: PathBuf,
    locking: Locking,
    /// Names whose digest is known in this run.
    known: Mutex<BTreeMap<String, String>>,
    documents: Documents,
    progress: &'a dyn Progress,
}

impl<'a> Bases<'a> {
    /// Of the project in `folder`.
    #[must_use]
    pub fn new(folder: &Path, locking: Locking, cache: &Path, progress: &'a dyn Progress) -> Self {
        let known = Mutex::new(BTreeMap::new());
        Self { lock: folder.join(LOCK), locking, known, documents: Documents::new(Some(cache)), progress }
    }

    /// The image of this name for this platform.
    ///
    /// # Errors
    /// When no registry has it, it is not built for the platform, or the lock file cannot be read or written.
    pub async fn get(&self, name: &str, platform: &Platform) -> Result<Base> {
        let pinned = self.pinned(name).await?;
        let (reference, manifest) = self.of_platform(&pinned, platform).await?;
        let odd = |what: String| Error::user(format!("the base image {what}")).at(&reference).hint(CHOOSE);
        let parsed = registry::parse(&reference)?;
        let digest = manifest["config"]["digest"].as_str();
        let config = self.documents.get(digest, registry::config(&parsed, &manifest)).await?;
        if let Some(other) = config["architecture"].as_str().filter(|other| *other != platform.architecture) {
            return Err(odd(format!("is built for linux/{}, not for {platform}", text::foreign_line(other, 40))));
        }
        Base::read(&reference, &manifest, config).map_err(odd)
    }

    /// The name with its digest.
    async fn pinned(&self, name: &str) -> Result<Reference> {
        let reference = registry::parse(name)?;
        if reference.digest().is_some() {
            return Ok(reference);
        }
        let whole = reference.whole();
        let mut known = self.known.lock().await;
        if let Some(digest) = known.get(&whole) {
            return Ok(reference.pinned(digest));
        }
        let mut file = self.read()?;
        let locked = file.base.get(&whole).filter(|_| self.locking != Locking::Update);
        if let Some(digest) = locked {
            known.insert(whole, digest.clone());
            return Ok(reference.pinned(digest));
        }
        let resolved = registry::resolve(&whole).await.map_err(|error| {
            error.detail(format!("{whole} is the base image: what the program stands on")).hint(CHOOSE)
        })?;
        let digest = resolved.rsplit_once('@').map(|(_, digest)| digest.to_owned()).unwrap_or_default();
        if self.locking != Locking::Look {
            file.base.insert(whole.clone(), digest.clone());
            self.write(&file)?;
            self.progress.note(&format!("{whole} is {digest}: noted in {LOCK}; commit it"));
        }
        known.insert(whole, digest.clone());
        Ok(reference.pinned(&digest))
    }

    /// The manifest for one platform, and its own reference.
    async fn of_platform(&self, pinned: &Reference, platform: &Platform) -> Result<(String, Value)> {
        let top = self.manifest(pinned).await?;
        let Some(entries) = top["manifests"].as_array() else { return Ok((pinned.whole(), top)) };
        let is_it = |entry: &&Value| {
            entry["platform"]["os"] == platform.os.as_str()
                && entry["platform"]["architecture"] == platform.architecture.as_str()
        };
        let digest = entries.iter().find(is_it).and_then(|entry| entry["digest"].as_str());
        let Some(digest) = digest else {
            let others: Vec<String> = entries
                .iter()
                .filter_map(|entry| {
                    Some((entry["platform"]["os"].as_str()?, entry["platform"]["architecture"].as_str()?))
                })
                .filter(|(os, _)| *os != "unknown")
                .map(|(os, architecture)| text::foreign_line(&format!("{os}/{architecture}"), 60))
                .collect();
            return Err(Error::user(format!("the base image is not built for {platform}"))
                .at(pinned.whole())
                .detail(format!("it is built for {}", others.join(", ")))
                .hint(CHOOSE)
                .reason(Reason::BuildFailed));
        };
        let single = pinned.pinned(digest);
        let manifest = self.manifest(&single).await?;
        Ok((single.whole(), manifest))
    }

    async fn manifest(&self, reference: &Reference) -> Result<Value> {
        self.documents.get(reference.digest(), registry::manifest(reference)).await
    }

    fn read(&self) -> Result<LockFile> {
        let unusable = |what: String| {
            Error::user(what)
                .at(self.lock.display())
                .hint("fix it, or remove it: plat writes it anew")
                .reason(Reason::InvalidSpec)
        };
        match input::read_text(&self.lock, LARGEST_LOCK) {
            Ok(text) if text.trim().is_empty() => Ok(LockFile::default()),
            Ok(text) => serde_yaml::from_str(&text).map_err(|e| {
                let said = e.to_string();
                unusable("the lock file cannot be understood".to_owned())
                    .detail(said.lines().next().unwrap_or_default())
            }),
            Err(Refusal::NotFound(_)) => Ok(LockFile::default()),
            Err(refusal) => Err(unusable(format!("the lock file {refusal}"))),
        }
    }

    fn write(&self, file: &LockFile) -> Result<()> {
        let unwritable = |e: std::io::Error| {
            Error::user(format!("{LOCK} cannot be written: {e}"))
                .at(self.lock.display())
                .hint("make the folder writable, or pin the base in plat.yaml: build: {base: NAME@sha256:…}")
                .because(e)
        };
        let yaml = serde_yaml::to_string(file).map_err(|e| Error::bug("the lock file is no YAML").because(e))?;
        let folder = self.lock.parent().unwrap_or(Path::new("."));
        let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
        beside.write_all(format!("{HEAD}{yaml}").as_bytes()).map_err(unwritable)?;
        public(beside.path()).map_err(unwritable)?;
        beside.persist(&self.lock).map(drop).map_err(|e| unwritable(e.error))
    }
}

const CHOOSE: &str = "or choose another in plat.yaml: build: {base: IMAGE}";

/// A temporary file is its owner's alone; a source file is not.
#[cfg(unix)]
fn public(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn public(_: &Path) -> std::io::Result<()> {
    Ok(())
}
