//! Ends a sandbox that nobody uses, and keeps its logs small. Part of the relay, which sees every connection.

use std::fs::{self, File};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::activity::Activity;
use super::down;
use super::folder::Folder;
use super::lock::Lock;

/// How often it looks; a ttl is kept to this precision.
const TICK: Duration = Duration::from_secs(2);
/// Bytes after which a component's log starts again.
const LONGEST_LOG: u64 = 32 * 1024 * 1024;

/// Returns when the sandbox is gone, ended by itself or by others.
pub async fn watch(folder: Folder, activity: Rc<Activity>) {
    loop {
        sleep(TICK).await;
        if !folder.exists() {
            return;
        }
        bound_logs(&folder);
        if is_idle(&folder, &activity) && end(&folder, &activity) {
            return;
        }
    }
}

fn is_idle(folder: &Folder, activity: &Activity) -> bool {
    // Without a record `up` is still at work, and it bounds itself.
    folder.record().is_some_and(|record| activity.idle() >= Duration::from_secs(record.ttl_seconds))
        && !is_held(&folder.holders())
}

/// Holders share a lock on the file, so that it can be had alone only when there are none.
fn is_held(holders: &Path) -> bool {
    File::open(holders).is_ok_and(|file| file.try_lock().is_err())
}

/// Ends the sandbox unless someone starts or stops it right now, or used it meanwhile.
fn end(folder: &Folder, activity: &Activity) -> bool {
    let Ok(Some(lock)) = Lock::try_take(&folder.lock()) else { return false };
    // An `up` that just found it running has connected, and so moved the clock.
    if !is_idle(folder, activity) {
        return false;
    }
    // What cannot be cleaned up now is left to the next `down` or `up`, which say why.
    if down::clean_up(folder).is_ok() {
        lock.remove();
    }
    true
}

/// Components append to their logs, so that a cut file goes on at its new end.
fn bound_logs(folder: &Folder) {
    for entry in fs::read_dir(folder.logs()).into_iter().flatten().flatten() {
        let audit = entry.path() == folder.audit_log();
        // The API server bounds its audit log itself.
        if !audit && entry.metadata().is_ok_and(|log| log.len() > LONGEST_LOG) {
            let _ = File::options().write(true).open(entry.path()).and_then(|log| log.set_len(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_held_as_long_as_one_holder_lives() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let hold = || {
            let file = File::open(file.path()).unwrap();
            file.lock_shared().unwrap();
            file
        };
        assert!(!is_held(file.path()));
        let (first, second) = (hold(), hold());
        assert!(is_held(file.path()));
        drop(first);
        assert!(is_held(file.path()));
        drop(second);
        assert!(!is_held(file.path()));
    }
}
