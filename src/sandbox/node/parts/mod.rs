//! The programs of a node: taken from a folder that the user names, from the cache or from PATH where the version
//! fits, else built once from the pinned Go modules; Debian's parts unpacked into the cache; the pause image.

mod build_folder;
mod cache;
mod debian;
mod go;
mod modules;
mod pause;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::progress::Progress;
use crate::sandbox::node::lock::Lock;
use crate::sandbox::node::machine::{self, Needs};
use crate::settings::Settings;

pub use modules::KUBERNETES_VERSION;
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

/// What is there already.
struct Present {
    programs: go::Programs,
    debian: Option<debian::Root>,
    pause: Option<Pause>,
}

impl Present {
    /// Looks for every part; what this machine lacks to make the rest is one error.
    async fn find(bin_dir: Option<&Path>, cache: &Path) -> Result<Self> {
        let programs = go::find(bin_dir, cache).await?;
        let (debian, pause) = (debian::find(cache), pause::find(cache));
        let go = !programs.missing.is_empty() || pause.is_none();
        machine::check(Needs { go, debian: debian.is_none() }).await?;
        Ok(Self { programs, debian, pause })
    }
}

/// Whether every part is there or can be made here.
pub async fn check(bin_dir: Option<&Path>, settings: &Settings) -> Result<()> {
    Present::find(bin_dir.map(absolute).as_deref(), &cache(settings)).await.map(drop)
}

/// Finds or makes every part. What this machine lacks for it is one error, before anything is built.
pub async fn provide(bin_dir: Option<&Path>, progress: &dyn Progress, settings: &Settings) -> Result<Parts> {
    let cache = cache(settings);
    let bin_dir = bin_dir.map(absolute);
    let bin_dir = bin_dir.as_deref();
    let present = Present::find(bin_dir, &cache).await?;
    if let Present { programs, debian: Some(debian), pause: Some(pause) } = present
        && programs.missing.is_empty()
    {
        return Ok(Parts { programs: programs.present, debian, pause });
    }

    let waiting = "another plat is preparing the sandbox's programs; waiting for it";
    let _lock = Lock::take(&cache.join(".lock"), waiting, progress).await?;
    // Looked at again: the other plat may have made them meanwhile.
    let go::Programs { present: mut programs, missing } = go::find(bin_dir, &cache).await?;
    let debian = async {
        match debian::find(&cache) {
            Some(root) => Ok(root),
            None => debian::unpack(&cache, progress).await,
        }
    };
    // One waits for Debian's mirrors, the other for the module proxy and then for the processor.
    let (debian, built) = tokio::try_join!(debian, go::build(missing, &cache, progress))?;
    programs.extend(built);
    let pause = match pause::find(&cache) {
        Some(pause) => pause,
        None => pause::make(&cache, progress).await?,
    };
    Ok(Parts { programs, debian, pause })
}

/// A static busybox: a real shell for an image, from Debian's package.
///
/// # Errors
/// When the Debian parts can be neither found nor downloaded.
pub async fn busybox(progress: &dyn Progress, settings: &Settings) -> Result<PathBuf> {
    let cache = cache(settings);
    if let Some(root) = debian::find(&cache) {
        return Ok(root.place("busybox"));
    }
    let _lock = Lock::take(&cache.join(".lock"), "another plat is preparing the sandbox's programs", progress).await?;
    Ok(debian::unpack(&cache, progress).await?.place("busybox"))
}

fn cache(settings: &Settings) -> PathBuf {
    absolute(&settings.cache_dir.join("sandbox"))
}

/// The programs are started in another folder than the caller's.
fn absolute(path: &Path) -> PathBuf {
    // It fails for an empty path only, and then the search fails too, with its own words.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
