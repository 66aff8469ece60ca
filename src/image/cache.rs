//! What is kept of the last build of a project, so that an unchanged one is quick. Only a cache: it may be removed at
//! any time, and no part of it can change what is built.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::layer;
use super::plan::Platform;
use crate::error::{Error, Result};
use crate::input;

/// A project that was not built for so long is forgotten: its binary and layer take some 10 MB.
const KEPT_FOR: Duration = Duration::from_hours(14 * 24);

/// The folder of one project and platform, locked while this lives.
pub struct Cache {
    folder: PathBuf,
    _lock: fs::File,
}

/// Of a compressed layer; in bytes.
const LARGEST: u64 = 4 << 30;

impl Cache {
    /// Two builds of one project write the same binary, so the second waits; `waits` is called when it does.
    pub async fn lock(project: &Path, platform: &Platform, cache: &Path, waits: impl FnOnce()) -> Result<Self> {
        let all = cache.join("build");
        let key = layer::digest(format!("{}\0{platform}", project.display()).as_bytes());
        let folder = all.join(&key["sha256:".len()..][..16]);
        fs::create_dir_all(&folder).map_err(|e| cannot_use(&folder, e))?;
        let path = folder.join("lock");
        // Opened for writing, so that its time says when the project was last built.
        input::can_be_written(&path).map_err(|e| cannot_use(&path, e))?;
        let lock = fs::File::create(&path).map_err(|e| cannot_use(&path, e))?;
        let lock = match lock.try_lock() {
            Ok(()) => lock,
            Err(fs::TryLockError::Error(e)) => return Err(cannot_use(&path, e)),
            Err(fs::TryLockError::WouldBlock) => {
                waits();
                let waited = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
                waited.unwrap_or_else(|e| Err(std::io::Error::other(e))).map_err(|e| cannot_use(&path, e))?
            }
        };
        lock.set_modified(SystemTime::now()).map_err(|e| cannot_use(&path, e))?;
        forget_old(&all);
        Ok(Self { folder, _lock: lock })
    }

    /// Where Go writes the binary. The last one lies there if it is whole: Go looks at its head alone to see whether it
    /// is current, and a kill in the middle of a copy leaves a good head.
    pub fn binary(&self) -> Result<PathBuf> {
        let (binary, whole) = (self.folder.join("binary"), self.whole());
        if !whole.exists() {
            remove(&binary)?;
        }
        remove(&whole)?;
        Ok(binary)
    }

    /// Go has ended well.
    pub fn binary_is_whole(&self) -> Result<()> {
        let whole = self.whole();
        fs::write(&whole, "").map_err(|e| cannot_use(&whole, e))
    }

    fn whole(&self) -> PathBuf {
        self.folder.join("binary-is-whole")
    }

    /// The compressed layer. Compressing takes longer than all else that an unchanged build does, so it is kept, under
    /// the digest of what it was made from and the version that made it: a machine without the file makes the same.
    pub fn compressed(&self, tar: &[u8], diff_id: &str) -> Result<Vec<u8>> {
        let version = env!("CARGO_PKG_VERSION");
        let path = self.folder.join(format!("layer-{version}-{}.tar.gz", diff_id.trim_start_matches("sha256:")));
        if let Ok(kept) = input::read(&path, LARGEST) {
            return Ok(kept);
        }
        let compressed = layer::gzip(tar).map_err(|e| Error::bug("a layer cannot be compressed").because(e))?;
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("layer-") {
                remove(&entry.path())?;
            }
        }
        // Written beside, then renamed: an interruption leaves no half file under the name.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(|e| cannot_use(&self.folder, e))?;
        file.write_all(&compressed).map_err(|e| cannot_use(&path, e))?;
        file.persist(&path).map_err(|e| cannot_use(&path, e.error))?;
        Ok(compressed)
    }
}

/// Removes what belongs to projects that are not built any more (temporary ones above all). Whatever cannot be removed
/// stays: it is only a cache.
fn forget_old(all: &Path) {
    let old = |folder: &Path| {
        let built = fs::metadata(folder.join("lock")).and_then(|lock| lock.modified());
        built.is_ok_and(|built| built.elapsed().is_ok_and(|age| age > KEPT_FOR))
    };
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        if old(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(cannot_use(path, e)),
        _ => Ok(()),
    }
}

fn cannot_use(path: &Path, cause: std::io::Error) -> Error {
    Error::user(format!("the build cache cannot be used: {cause}"))
        .at(path.display())
        .hint("make room or fix its permissions, or set PLAT_HOME to another folder")
        .because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn cache(folder: &Path, project: &str) -> Cache {
        Cache::lock(Path::new(project), &"linux/amd64".parse().unwrap(), folder, || ()).await.unwrap()
    }

    #[tokio::test]
    async fn a_kept_layer_is_used_again_and_a_changed_one_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "shop").await;
        let first = cache.compressed(b"layer", "sha256:1").unwrap();
        assert_eq!(cache.compressed(b"not looked at", "sha256:1").unwrap(), first);
        cache.compressed(b"other", "sha256:2").unwrap();
        let names = fs::read_dir(&cache.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let layers: Vec<String> = names.filter(|name| name.starts_with("layer-")).collect();
        assert_eq!(layers, [format!("layer-{}-2.tar.gz", env!("CARGO_PKG_VERSION"))]);
    }

    #[tokio::test]
    async fn a_second_build_of_the_same_project_waits_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let first = cache(folder.path(), "shop").await;
        let mut waits = false;
        let platform = "linux/amd64".parse().unwrap();
        let mut second = Box::pin(Cache::lock(Path::new("shop"), &platform, folder.path(), || waits = true));
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        second.await.unwrap();
        assert!(waits);
    }

    #[tokio::test]
    async fn what_was_not_built_for_long_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let long_ago = SystemTime::now() - KEPT_FOR - Duration::from_mins(1);
        let old = cache(folder.path(), "old").await;
        fs::File::options().write(true).open(old.folder.join("lock")).unwrap().set_modified(long_ago).unwrap();
        let new = cache(folder.path(), "new").await;
        assert!(!old.folder.exists() && new.folder.exists());
    }
}
