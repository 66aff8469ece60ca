//! Runs that wait to be sent: one file each, made by rename, the oldest dropped when there are too many. Each waits for
//! the endpoint that it was recorded for, and goes to no other.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use url::Url;

use super::{Run, folder};

/// Weeks of an unreachable endpoint at a busy desk; about a megabyte.
const MOST_WAITING: usize = 1000;
const MOST_REFUSED: usize = 100;
/// A run of a dozen phases is about 1 KiB; a much larger one is a mistake, and must not fill the disk.
const LARGEST: usize = 64 * 1024;

#[derive(Debug)]
pub struct Spool {
    waiting: PathBuf,
    refused: PathBuf,
}

/// In a telemetry folder: a folder for each endpoint.
const SPOOL: &str = "spool";

/// Runs that an endpoint will never take, whichever it was.
#[must_use]
pub fn refused(telemetry_dir: &Path) -> usize {
    files(&telemetry_dir.join(REFUSED)).len()
}

const REFUSED: &str = "refused";

/// Forgets what was not sent, but for what waits for this endpoint: the user took the consent back, or gave it to
/// another one. Returns how many.
///
/// # Errors
/// When a file cannot be removed.
pub fn forget(telemetry_dir: &Path, but_for: Option<&Url>) -> io::Result<usize> {
    let kept = but_for.map(|endpoint| Spool::of(telemetry_dir, endpoint).waiting);
    let mut forgotten = 0;
    for entry in files(&telemetry_dir.join(SPOOL)).into_iter().filter(|entry| kept.as_ref() != Some(entry)) {
        if entry.is_dir() {
            forgotten += files(&entry).len();
            std::fs::remove_dir_all(&entry)?;
        } else {
            // An older plat did not say for whom.
            forgotten += 1;
            std::fs::remove_file(&entry)?;
        }
    }
    Ok(forgotten)
}

impl Spool {
    /// What waits for an endpoint.
    #[must_use]
    pub fn of(telemetry_dir: &Path, endpoint: &Url) -> Self {
        let name = format!("{:x}", Sha256::digest(endpoint.as_str()));
        Self { waiting: telemetry_dir.join(SPOOL).join(&name[..16]), refused: telemetry_dir.join(REFUSED) }
    }

    /// Keeps a run until it was sent.
    ///
    /// # Errors
    /// When the folder cannot be written, or the run is unreasonably large.
    pub fn put(&self, run: &Run) -> io::Result<()> {
        let json = serde_json::to_vec(run)?;
        if json.len() > LARGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the run is larger than 64 KiB"));
        }
        folder::make_private(self.waiting.parent().unwrap_or(&self.waiting))?;
        folder::make_private(&self.waiting)?;
        // Ids are UUIDv7, so names sort by time, left-over temporary files of a crash included.
        let temporary = self.waiting.join(format!("{}.tmp", run.id));
        std::fs::write(&temporary, json)?;
        std::fs::rename(&temporary, self.waiting.join(format!("{}.json", run.id)))?;
        drop_oldest(&self.waiting, MOST_WAITING)
    }

    /// The waiting files, oldest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<PathBuf> {
        files(&self.waiting).into_iter().filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
    }

    /// Puts a file aside that the endpoint will never take, so that it does not stop the others.
    ///
    /// # Errors
    /// When it can be neither moved nor removed: it would be sent again for ever.
    pub fn refuse(&self, file: &Path) -> io::Result<()> {
        let aside = folder::make_private(&self.refused)
            .and_then(|()| std::fs::rename(file, self.refused.join(file.file_name().unwrap_or_default())));
        if aside.is_err() {
            std::fs::remove_file(file)?;
        }
        drop_oldest(&self.refused, MOST_REFUSED)
    }
}

fn drop_oldest(dir: &Path, most: usize) -> io::Result<()> {
    let files = files(dir);
    for file in files.iter().take(files.len().saturating_sub(most)) {
        match std::fs::remove_file(file) {
            // Another plat dropped or sent it meanwhile.
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// A folder that is not there yet is empty.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str) -> Url {
        format!("https://{host}.example").parse().expect("an address")
    }

    #[test]
    fn what_waits_for_one_endpoint_is_not_anothers() {
        let dir = tempfile::tempdir().expect("a folder");
        let (a, b) = (Spool::of(dir.path(), &endpoint("a")), Spool::of(dir.path(), &endpoint("b")));
        a.put(&Run::for_tests()).expect("a spooled run");
        b.put(&Run::for_tests()).expect("a spooled run");
        std::fs::write(dir.path().join(SPOOL).join("0193.json"), "{}").expect("a run of an older plat");
        assert_eq!((a.waiting().len(), b.waiting().len()), (1, 1));
        assert_eq!(forget(dir.path(), Some(&endpoint("b"))).expect("forgotten"), 2);
        assert_eq!((a.waiting().len(), b.waiting().len()), (0, 1));
        assert_eq!(forget(dir.path(), None).expect("forgotten"), 1);
    }

    #[test]
    fn the_oldest_is_dropped_when_there_are_too_many() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["a", "b", "c"] {
            std::fs::write(dir.path().join(name), "").expect("a file");
        }
        drop_oldest(dir.path(), 2).expect("a bounded folder");
        assert_eq!(files(dir.path()), [dir.path().join("b"), dir.path().join("c")]);
    }

    #[test]
    fn a_run_waits_until_it_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let spool = Spool::of(dir.path(), &endpoint("a"));
        spool.put(&Run::for_tests()).expect("a spooled run");
        let [file] = &spool.waiting()[..] else { panic!("one run waits") };
        assert_eq!(
            serde_json::from_slice::<Run>(&std::fs::read(file).expect("a file")).expect("a run"),
            Run::for_tests()
        );

        spool.refuse(file).expect("put aside");

        assert_eq!((spool.waiting().len(), refused(dir.path())), (0, 1));
    }

    #[test]
    fn an_unreasonably_large_run_is_not_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let spool = Spool::of(dir.path(), &endpoint("a"));
        let mut large = Run::for_tests();
        large.facts.service = Some("x".repeat(LARGEST));
        spool.put(&large).expect_err("too large");
        assert!(spool.waiting().is_empty());
    }
}
