//! A jar: its manifest and entries.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use crate::error::{Error, Result};
use crate::image::jar_manifest::attributes;

/// One entry; in bytes. A driver with native parts has some tens of MiB.
const LARGEST: u64 = 512 << 20;

pub struct Archive {
    pub path: PathBuf,
    zip: ZipArchive<File>,
}

impl Archive {
    /// # Errors
    /// When it is no jar.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| odd(path, &e.to_string()))?;
        let zip = ZipArchive::new(file).map_err(|e| odd(path, &e.to_string()))?;
        Ok(Self { path: path.to_owned(), zip })
    }

    /// Names of files that begin with `prefix`, with what their content is known by, in order.
    ///
    /// # Errors
    /// When the list of contents is broken.
    pub fn list(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for index in 0..self.zip.len() {
            let entry = self.zip.by_index_raw(index).map_err(|e| odd(&self.path, &e.to_string()))?;
            let name = entry.name().map_err(|e| odd(&self.path, &e.to_string()))?;
            if entry.is_file() && name.starts_with(prefix) {
                found.push((name.into_owned(), format!("{:08x} {}", entry.crc32(), entry.size())));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// # Errors
    /// When it is not there, or broken.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>> {
        let path = self.path.clone();
        let entry = self.zip.by_name(name).map_err(|e| odd(&path, &format!("{name}: {e}")))?;
        let mut bytes = Vec::new();
        entry.take(LARGEST).read_to_end(&mut bytes).map_err(|e| odd(&path, &format!("{name}: {e}")))?;
        Ok(bytes)
    }

    /// Of its manifest; empty where there is none.
    #[must_use]
    pub fn manifest(&mut self) -> BTreeMap<String, String> {
        let bytes = self.read("META-INF/MANIFEST.MF").unwrap_or_default();
        attributes(&String::from_utf8_lossy(&bytes))
    }
}

fn odd(path: &Path, what: &str) -> Error {
    Error::user(format!("the jar cannot be read: {what}"))
        .at(path.display())
        .hint("build it again, and see what makes it")
}
