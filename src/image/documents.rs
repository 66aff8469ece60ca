//! Manifests and configs, kept by their digest: what has one never changes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::input;

/// In bytes.
const LARGEST: u64 = 8 << 20;

pub struct Documents {
    folder: PathBuf,
}

impl Documents {
    /// In the user's cache folder.
    #[must_use]
    pub fn new(cache: &Path) -> Self {
        Self { folder: cache.join("registry") }
    }

    /// What has this digest: kept, or fetched now.
    ///
    /// # Errors
    /// When it is not kept, and `fetch` fails or gives something else than JSON.
    pub async fn get(&self, digest: &str, fetch: impl AsyncFnOnce() -> Result<Vec<u8>>) -> Result<Value> {
        let path = self.folder.join(digest.trim_start_matches("sha256:"));
        let parse = |bytes: &[u8]| serde_json::from_slice(bytes).ok();
        if let Some(kept) = input::read(&path, LARGEST).ok().and_then(|bytes| parse(&bytes)) {
            return Ok(kept);
        }
        let bytes = fetch().await?;
        // Only a cache: without it the next run asks again.
        let _ = fs::create_dir_all(&self.folder).and_then(|()| {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(&bytes)?;
            file.persist(&path).map(drop).map_err(|e| e.error)
        });
        parse(&bytes).ok_or_else(|| Error::user("the registry gives something else than JSON").at(digest))
    }
}
