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
    folder: Option<PathBuf>,
}

impl Documents {
    /// In the user's cache folder; without one, nothing is kept.
    #[must_use]
    pub fn new(cache: Option<&Path>) -> Self {
        Self { folder: cache.map(|cache| cache.join("registry")) }
    }

    /// What has this digest: kept, or fetched now. What has none is fetched each time.
    ///
    /// # Errors
    /// When it is not kept, and `fetch` fails or gives something else than JSON.
    pub async fn get(&self, digest: Option<&str>, fetch: impl Future<Output = Result<Vec<u8>>>) -> Result<Value> {
        let kept = self.folder.as_ref().zip(digest);
        let kept = kept.map(|(folder, digest)| (folder, folder.join(digest.trim_start_matches("sha256:"))));
        let parse = |bytes: &[u8]| serde_json::from_slice(bytes).ok();
        let bytes = kept.as_ref().and_then(|(_, path)| input::read(path, LARGEST).ok());
        if let Some(document) = bytes.and_then(|bytes| parse(&bytes)) {
            return Ok(document);
        }
        let bytes = fetch.await?;
        if let Some((folder, path)) = kept {
            // Only a cache: without it the next run asks again.
            let _ = fs::create_dir_all(folder).and_then(|()| {
                let mut file = tempfile::NamedTempFile::new_in(folder)?;
                file.write_all(&bytes)?;
                file.persist(&path).map(drop).map_err(|e| e.error)
            });
        }
        parse(&bytes).ok_or_else(|| {
            Error::user("the registry gives something else than JSON").at(digest.unwrap_or("a manifest"))
        })
    }
}
