//! Bundles on this machine: outside any repository, readable by this user only, bounded in number.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::contents::{File, Summary};
use crate::input;
use crate::settings::Settings;

/// Bundles that are kept.
const KEPT: usize = 20;
const SUMMARY: &str = "summary.json";

/// Where bundles are kept.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

/// One bundle that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub dir: PathBuf,
    pub archive: PathBuf,
    pub summary: Summary,
}

impl Store {
    /// The one of this user: `evidence` in the state folder.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self { dir: settings.state_dir.join("evidence") }
    }

    /// Writes a bundle, whole or not at all, and lets go of the oldest beyond the newest 20.
    ///
    /// # Errors
    /// When it cannot be written: a full disk, no permission.
    pub fn write(&self, run: &str, files: &[File]) -> io::Result<Kept> {
        make_private(&self.dir)?;
        // Removed again when something fails, so that a full disk gets its space back.
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let beside = builder.prefix(".").tempdir_in(&self.dir)?;
        for file in files {
            let path = beside.path().join(&file.name);
            if let Some(parent) = path.parent() {
                make_private(parent)?;
            }
            write_private(&path, file.content.as_bytes())?;
        }
        let archive = self.dir.join(format!("{run}.tar.gz"));
        let packed = tempfile::NamedTempFile::new_in(&self.dir)?;
        pack(run, files, &packed)?;
        packed.persist(&archive).map_err(|e| e.error)?;
        let dir = self.dir.join(run);
        fs::rename(beside.path(), &dir)?;
        // It is not there any more under this name.
        drop(beside.keep());
        self.forget(&dir);
        Ok(Kept { summary: read(&dir)?, dir, archive })
    }

    /// Bundles, the newest first; what cannot be read is none.
    #[must_use]
    pub fn list(&self) -> Vec<Kept> {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let mut kept: Vec<Kept> = entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .filter_map(|dir| Some(Kept { archive: dir.with_extension("tar.gz"), summary: read(&dir).ok()?, dir }))
            .collect();
        kept.sort_by(|a, b| (b.summary.at, &b.summary.run).cmp(&(a.summary.at, &a.summary.run)));
        kept
    }

    fn forget(&self, new: &Path) {
        for old in self.list().into_iter().filter(|kept| kept.dir != new).skip(KEPT - 1) {
            // What cannot be removed now is removed next time.
            let _ = fs::remove_dir_all(&old.dir);
            let _ = fs::remove_file(&old.archive);
        }
    }
}

impl Kept {
    /// Names of its files, relative to its folder.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let walk = ignore::WalkBuilder::new(&self.dir).standard_filters(false).build();
        let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        let mut names: Vec<String> = files
            .filter_map(|entry| Some(entry.path().strip_prefix(&self.dir).ok()?.to_string_lossy().replace('\\', "/")))
            .collect();
        names.sort();
        names
    }
}

/// Of a summary; in bytes.
const LARGEST: u64 = 16 << 20;

fn read(dir: &Path) -> io::Result<Summary> {
    serde_json::from_slice(&input::read(&dir.join(SUMMARY), LARGEST)?).map_err(io::Error::other)
}

/// Everything in one file, to be handed on. Times are those of no clock: the same bundle is the same archive.
fn pack(run: &str, files: &[File], out: impl Write) -> io::Result<()> {
    let mut archive = tar::Builder::new(GzEncoder::new(out, Compression::default()));
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        archive.append_data(&mut header, format!("{run}/{}", file.name), file.content.as_bytes())?;
    }
    archive.into_inner()?.finish()?.flush()
}

fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(run: &str, second: u32) -> Vec<File> {
        let summary = serde_json::json!({"version": 1, "run": run, "at": format!("2026-11-23T10:00:{second:02}Z"),
            "plat": "0", "service": "shop", "namespace": "web", "context": "c", "server": "s", "error": "e",
            "details": [], "hints": [], "phases": [], "gaps": []});
        let file = |name: &str, content: String| File { name: name.to_owned(), content };
        vec![file(SUMMARY, summary.to_string()), file("logs/a.log", "line\n".to_owned())]
    }

    #[test]
    fn a_bundle_is_this_users_alone_and_the_oldest_goes_first() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let store = Store { dir: folder.path().join("evidence") };
        for second in 0..25 {
            store
                .write(&format!("run-{second}"), &bundle(&format!("run-{second}"), second))
                .expect("it can be written");
        }
        let kept = store.list();
        assert_eq!(kept.len(), KEPT);
        assert_eq!((kept[0].summary.run.as_str(), kept[19].summary.run.as_str()), ("run-24", "run-5"));
        assert_eq!(kept[0].files(), ["logs/a.log", "summary.json"]);
        let left = fs::read_dir(&store.dir).expect("a folder").count();
        assert_eq!(left, 2 * KEPT, "folders and archives, and nothing else");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
            assert_eq!((mode(&store.dir), mode(&kept[0].dir)), (0o700, 0o700));
            assert_eq!((mode(&kept[0].archive), mode(&kept[0].dir.join("logs/a.log"))), (0o600, 0o600));
        }
    }
}
