//! A lock of this machine: a file's, so that it ends with its process, however that ends.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::io::io_error;
use crate::error::Result;
use crate::progress::Progress;

/// How often a taken lock is tried again.
const POLL: Duration = Duration::from_millis(100);

#[derive(Debug)]
#[must_use = "the lock is held only as long as this value lives"]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// The lock, if nobody has it.
    pub fn try_take(path: &Path) -> Result<Option<Self>> {
        loop {
            let file = open(path)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, path) => return Ok(Some(Self { path: path.to_owned(), _file: file })),
                // Its last holder removed it between the opening and the lock.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(e)) => return Err(io_error("a lock cannot be taken", path)(e)),
            }
        }
    }

    /// Gives the lock back and leaves no file behind.
    pub fn remove(self) {
        // Removed while it is still held; one that stays is an empty file.
        let _ = fs::remove_file(&self.path);
    }

    /// Waits for the lock, and says once what it waits for.
    pub async fn take(path: &Path, waiting: &str, progress: &dyn Progress) -> Result<Self> {
        let mut said = false;
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            if !said {
                progress.note(waiting);
                said = true;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits without a word: for locks that are held for milliseconds.
    pub fn take_soon(path: &Path) -> Result<Self> {
        let file = open(path)?;
        file.lock().map_err(io_error("a lock cannot be taken", path))?;
        Ok(Self { path: path.to_owned(), _file: file })
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let same = |a: &fs::Metadata, b: &fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    file.metadata().is_ok_and(|opened| fs::metadata(path).is_ok_and(|there| same(&opened, &there)))
}

fn open(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io_error("a folder cannot be made", folder))?;
    }
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io_error("a lock cannot be opened", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_it_and_nothing_is_left() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::try_take(&path).unwrap().unwrap();
        assert!(Lock::try_take(&path).unwrap().is_none());
        first.remove();
        assert!(!path.exists());
        assert!(Lock::try_take(&path).unwrap().is_some());
    }

    #[test]
    fn a_lock_on_a_removed_file_is_not_the_lock() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("lock");
        let opened = open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let _other = Lock::try_take(&path).unwrap().unwrap();
        assert!(!is_at(&opened, &path));
    }
}
