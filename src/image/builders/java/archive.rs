//! A jar: its manifest and entries.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use crate::error::{Error, Result};

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

    /// The main part of META-INF/MANIFEST.MF (JAR file specification); empty where there is none.
    #[must_use]
    pub fn manifest(&mut self) -> BTreeMap<String, String> {
        let bytes = self.read("META-INF/MANIFEST.MF").unwrap_or_default();
        attributes(&String::from_utf8_lossy(&bytes))
    }
}

/// A line that begins with a space goes on with the one before; an empty one ends the main part.
fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(|line| line.trim_end_matches('\r')) {
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ if line.is_empty() => break,
            _ => lines.push(line.to_owned()),
        }
    }
    lines.iter().filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.to_owned(), v.trim().to_owned())).collect()
}

fn odd(path: &Path, what: &str) -> Error {
    Error::user(format!("the jar cannot be read: {what}"))
        .at(path.display())
        .hint("build it again, and see what makes it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_attribute_goes_on_in_the_next_line() {
        let text =
            "Manifest-Version: 1.0\r\nStart-Class: com.example.a.very.\r\n long.Name\r\n\r\nName: other\r\nX: y\r\n";
        let found = attributes(text);
        assert_eq!(found["Start-Class"], "com.example.a.very.long.Name");
        assert!(!found.contains_key("X"));
    }
}
