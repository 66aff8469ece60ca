//! A lock of this machine: a file's, so that it ends with its process, however that ends.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::io_error;
use crate::error::Result;
use crate::ui::Ui;

/// How often a taken lock is tried again.
const POLL: Duration = Duration::from_millis(100);

#[derive(Debug)]
#[must_use = "the lock is held only as long as this value lives"]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// The lock, if nobody has it.
    pub fn try_take(path: &Path) -> Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(io_error("a lock cannot be taken", path)(e)),
        }
    }

    /// Waits for the lock, and says once what it waits for.
    pub async fn take(path: &Path, waiting: &str, ui: &Ui) -> Result<Self> {
        let mut said = false;
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            if !said {
                ui.note(waiting);
                said = true;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits without a word: for locks that are held for milliseconds.
    pub fn take_soon(path: &Path) -> Result<Self> {
        let file = open(path)?;
        file.lock().map_err(io_error("a lock cannot be taken", path))?;
        Ok(Self { _file: file })
    }
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
