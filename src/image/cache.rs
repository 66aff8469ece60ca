//! What is kept of the last build of a project, so that an unchanged one is quick. Only a cache: it may be removed at
//! any time, and no part of it can change what is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::kept_layers::{KeptLayers, cannot_use};
use super::oci::{Entry, Layer, digest};
use crate::error::{Error, Result};
use crate::input;

/// A project that was not built for so long is forgotten: its binary and layer take some 10 MB.
const KEPT_FOR: Duration = Duration::from_hours(14 * 24);

/// Of what is noted of a layer; in bytes.
const NOTED: u64 = 64 << 20;

/// The folder of one project and what it is built for, locked while this lives.
#[derive(Debug)]
pub struct Cache {
    /// Of all projects.
    root: PathBuf,
    folder: PathBuf,
    _lock: fs::File,
}

impl Cache {
    /// Two builds of one project write the same binary, so the second waits; `waits` is called when it does.
    pub async fn lock(project: &Path, purpose: &str, cache: &Path, waits: impl FnOnce()) -> Result<Self> {
        let all = cache.join("build");
        let key = digest(format!("{}\0{purpose}", project.display()).as_bytes());
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
        Ok(Self { root: cache.to_owned(), folder, _lock: lock })
    }

    /// Locks what a toolchain shares between projects: `purpose` says what is done there.
    ///
    /// # Errors
    /// As [`Cache::lock`].
    pub async fn shared(&self, folder: &Path, purpose: &str, waits: impl FnOnce()) -> Result<Self> {
        Self::lock(folder, purpose, &self.root, waits).await
    }

    /// Where this build keeps what it makes.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a toolchain writes something that it may find again. The last one lies there if it is whole: a kill in the
    /// middle leaves a good beginning (Go looks at the head of a binary alone to see whether it is current).
    pub fn begin(&self, name: &str) -> Result<PathBuf> {
        let (path, whole) = (self.folder.join(name), self.whole(name));
        if !whole.exists() {
            remove_all(&path)?;
        }
        remove(&whole)?;
        Ok(path)
    }

    /// The toolchain has ended well.
    pub fn complete(&self, name: &str) -> Result<()> {
        let whole = self.whole(name);
        fs::write(&whole, "").map_err(|e| cannot_use(&whole, e))
    }

    fn whole(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-is-whole"))
    }

    /// The layer of these entries, made beside the runtime.
    pub async fn layer(&self, holds: &'static str, entries: Vec<Entry>) -> Result<Layer> {
        let layers = KeptLayers::new(self.folder.clone());
        packed(tokio::task::spawn_blocking(move || layers.layer(holds, &entries)).await)
    }

    /// The layer that was made from `key`, where it is still kept. The key stands for everything that it is made from.
    pub fn kept(&self, holds: &str, key: &str) -> Option<Layer> {
        KeptLayers::new(self.folder.clone()).made_from(holds, key)
    }

    /// The layer of these entries, which are made from `key`.
    pub async fn layer_as(&self, holds: &'static str, key: &str, entries: Vec<Entry>) -> Result<Layer> {
        let layer = self.layer(holds, entries).await?;
        KeptLayers::new(self.folder.clone()).note(key, &layer)?;
        Ok(layer)
    }

    /// What was found out about a layer, which never changes: found once, and kept for as long as the layer is.
    pub async fn known<T: Serialize + DeserializeOwned>(
        &self,
        layer: &Layer,
        what: &str,
        find: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<T> {
        let noted = KeptLayers::new(self.folder.clone()).beside(layer, what);
        let kept = input::read(&noted, NOTED).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let found = find().await?;
        // Without it the next build looks again.
        if let Ok(text) = serde_json::to_vec(&found) {
            let _ = fs::write(noted, text);
        }
        Ok(found)
    }

    /// Removes the layers of earlier builds; what cannot be removed stays.
    pub fn keep_only(&self, layers: &[Layer]) {
        KeptLayers::new(self.folder.clone()).keep_only(layers);
    }
}

fn packed(done: std::result::Result<Result<Layer>, tokio::task::JoinError>) -> Result<Layer> {
    done.map_err(|e| Error::bug("packing the image stopped").because(e))?
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

fn remove_all(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(cannot_use(path, e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn cache(folder: &Path, project: &str) -> Cache {
        Cache::lock(Path::new(project), "linux/amd64", folder, || ()).await.unwrap()
    }

    #[tokio::test]
    async fn what_an_interruption_left_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "shop").await;
        let path = cache.begin("dependencies").unwrap();
        fs::create_dir_all(path.join("half")).unwrap();
        assert!(!cache.begin("dependencies").unwrap().exists());
        fs::create_dir_all(path.join("whole")).unwrap();
        cache.complete("dependencies").unwrap();
        assert!(cache.begin("dependencies").unwrap().join("whole").exists());
    }

    #[tokio::test]
    async fn a_second_build_of_the_same_project_waits_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let first = cache(folder.path(), "shop").await;
        let mut waits = false;
        let mut second = Box::pin(Cache::lock(Path::new("shop"), "linux/amd64", folder.path(), || waits = true));
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        second.await.unwrap();
        assert!(waits);
    }

    #[tokio::test]
    async fn what_is_known_of_a_layer_is_found_once_and_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), "shop").await;
        let (first, second) = (
            cache.layer("program", vec![Entry::text("a", "1")]).await.unwrap(),
            cache.layer("program", vec![Entry::text("a", "2")]).await.unwrap(),
        );
        let known = async |layer: &Layer, found: u8| cache.known(layer, "number", async || Ok(found)).await.unwrap();
        assert_eq!((known(&first, 1).await, known(&first, 2).await, known(&second, 3).await), (1, 1, 3));
        cache.keep_only(std::slice::from_ref(&second));
        assert_eq!((known(&first, 4).await, known(&second, 5).await), (4, 3));
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
