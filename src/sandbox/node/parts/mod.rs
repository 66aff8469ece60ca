//! The programs of a node: taken from a folder that the user names, from the cache or from PATH where the version
//! fits, else built once from the pinned Go modules; Debian's parts unpacked into the cache; the pause image.

mod debian;
mod go;
mod modules;
mod pause;
mod workshop;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::machine::{self, Needs};
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::ui::Ui;

pub use pause::Pause;

/// Everything a node runs, by place.
#[derive(Debug)]
pub struct Parts {
    programs: BTreeMap<&'static str, PathBuf>,
    debian: debian::Root,
    pub pause: Pause,
}

impl Parts {
    /// A program of [`modules::MODULES`].
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.get(name).cloned().unwrap_or_default()
    }

    /// A program of Debian's, or `cni` for the folder of the CNI plugins.
    pub fn debian(&self, name: &str) -> PathBuf {
        self.debian.place(name)
    }

    /// PATH for a component: Debian's cached programs, then the machine's.
    pub fn path(&self) -> (&'static str, String) {
        self.debian.path()
    }

    /// For programs that use Debian's cached libraries (runc, nft).
    pub fn debian_environment(&self) -> Vec<(&'static str, String)> {
        vec![self.debian.path(), self.debian.library_path()]
    }
}

/// Finds or makes every part. What this machine lacks for it is one error, before anything is built.
pub async fn provide(bin_dir: Option<&Path>, ui: &Ui, settings: &Settings) -> Result<Parts> {
    let cache = cache(settings);
    let bin_dir = bin_dir.map(absolute);
    let bin_dir = bin_dir.as_deref();
    let programs = go::find(bin_dir, &cache).await?;
    let debian = debian::find(&cache);
    let pause = pause::find(&cache);
    machine::check(Needs { go: !programs.missing.is_empty() || pause.is_none(), debian: debian.is_none() }).await?;
    if let (true, Some(debian), Some(pause)) = (programs.missing.is_empty(), &debian, &pause) {
        return Ok(Parts { programs: programs.present, debian: debian.clone(), pause: pause.clone() });
    }

    let waiting = "another plat is preparing the sandbox's programs; waiting for it";
    let _lock = Lock::take(&cache.join(".lock"), waiting, ui).await?;
    // Looked at again: the other plat may have made them meanwhile.
    let go::Programs { present: mut programs, missing } = go::find(bin_dir, &cache).await?;
    let debian = async {
        match debian::find(&cache) {
            Some(root) => Ok(root),
            None => debian::unpack(&cache, ui).await,
        }
    };
    // One waits for Debian's mirrors, the other for the module proxy and then for the processor.
    let (debian, built) = tokio::try_join!(debian, go::build(missing, &cache, ui))?;
    programs.extend(built);
    let pause = match pause::find(&cache) {
        Some(pause) => pause,
        None => pause::make(&cache, ui).await?,
    };
    Ok(Parts { programs, debian, pause })
}

/// A static busybox: a real shell for an image, from Debian's package.
///
/// # Errors
/// When the Debian parts can be neither found nor downloaded.
pub async fn busybox(ui: &Ui, settings: &Settings) -> Result<PathBuf> {
    let cache = cache(settings);
    if let Some(root) = debian::find(&cache) {
        return Ok(root.place("busybox"));
    }
    let _lock = Lock::take(&cache.join(".lock"), "another plat is preparing the sandbox's programs", ui).await?;
    Ok(debian::unpack(&cache, ui).await?.place("busybox"))
}

fn cache(settings: &Settings) -> PathBuf {
    absolute(&settings.cache_dir.join("sandbox"))
}

/// The programs are started in another folder than the caller's.
fn absolute(path: &Path) -> PathBuf {
    // It fails for an empty path only, and then the search fails too, with its own words.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The name of a cache entry that changes with everything that it was made from.
fn fingerprint<'a>(ingredients: impl IntoIterator<Item = &'a str>) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for ingredient in ingredients {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hash.update(ingredient.len().to_le_bytes());
        hash.update(ingredient);
    }
    let mut text = format!("{:x}", hash.finalize());
    text.truncate(8);
    text
}

/// Go's and Debian's word for this machine's architecture.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn cache_error(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    super::io_error("the cache of the sandbox's programs cannot be written", path)
}
