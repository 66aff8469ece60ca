//! What the next plat on this machine says first: a revision fell after its prompt had come back. Said once.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::order::Order;
use super::watched::Watched;
use crate::error::Error;
use crate::input;
use crate::revision::{Head, Outcome};
use crate::settings::Settings;
use crate::text::foreign_line;

/// Of a notice; in bytes.
const LARGEST: u64 = 64 << 10;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    at: Timestamp,
    /// `shop became ready and did not stay so: …`
    what: String,
    /// `deployment/shop`
    workload: String,
    namespace: String,
    context: String,
    run: Uuid,
    /// The revision to go back to, and whether that went well.
    rollback: Option<(u64, bool)>,
}

impl Notice {
    pub fn of(order: &Order, fallen: &Watched, error: &Error) -> Self {
        Self {
            at: Timestamp::now(),
            what: error.what.clone(),
            workload: format!("{}/{}", fallen.kind.to_lowercase(), fallen.name),
            namespace: fallen.namespace.clone(),
            context: order.context.clone(),
            run: order.run,
            rollback: None,
        }
    }

    pub fn restored(&mut self, revision: u64, is_ready: bool) {
        self.rollback = Some((revision, is_ready));
    }

    /// One line: what, when, and what to do.
    fn line(&self) -> String {
        let Self { what, workload, namespace, context, run, .. } = self;
        let at = self.at.strftime("%Y-%m-%d %H:%M:%S UTC");
        let rollback = match self.rollback {
            Some((revision, true)) => format!("; revision {revision} was restored"),
            Some((revision, false)) => format!("; revision {revision} could not be restored"),
            None => String::new(),
        };
        foreign_line(
            &format!(
                "{what} (namespace {namespace}, context {context}, {at}){rollback}; see: plat why {workload} -n \
                 {namespace}, plat evidence {run}"
            ),
            1000,
        )
    }
}

/// What `plat status` and `plat history` say first where the newest revision fell: it is so in the cluster, for all.
#[must_use]
pub fn said_of(heads: &[Head]) -> Option<String> {
    let newest = heads.iter().max_by_key(|head| head.number)?;
    if newest.outcome != Outcome::FailedAfterReady {
        return None;
    }
    let reason = newest.reason.as_ref().map(|reason| format!(" ({})", foreign_line(reason, 60))).unwrap_or_default();
    let run = newest.run.as_ref().map(|run| format!(", plat evidence {}", foreign_line(run, 60))).unwrap_or_default();
    Some(format!("revision {} became ready and did not stay so{reason}; see: plat why{run}", newest.number))
}

/// Leaves it to be said. Where it cannot be written, `plat history` still says it.
pub fn leave(settings: &Settings, notice: &Notice) {
    let folder = folder(settings);
    let written = fs::create_dir_all(&folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(&folder))
        .and_then(|file| serde_json::to_writer(&file, notice).map_err(Into::into).map(|()| file))
        .and_then(|file| file.persist(folder.join(format!("{}.json", notice.run))).map_err(|e| e.error));
    if let Err(error) = written {
        tracing::info!("the notice was not written: {error}");
    }
}

/// What is to be said now, the oldest first. It is said once: whoever removes the file says it.
#[must_use]
pub fn take(settings: &Settings) -> Vec<String> {
    let entries = fs::read_dir(folder(settings)).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let read = |path: PathBuf| {
        let notice = input::read(&path, LARGEST).ok().and_then(|json| serde_json::from_slice::<Notice>(&json).ok());
        fs::remove_file(path).ok().and(notice)
    };
    let mut notices: Vec<Notice> = files.filter_map(read).collect();
    notices.sort_by_key(|notice| notice.at);
    notices.iter().map(Notice::line).collect()
}

fn folder(settings: &Settings) -> PathBuf {
    settings.state_dir.join("lookout")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{AfterReady, File};
    use rstest::rstest;

    fn settings(dir: &std::path::Path) -> Settings {
        let dir = || dir.to_owned();
        Settings {
            file: File::default(),
            group: None,
            after_ready: AfterReady::Lookout,
            config_dir: dir(),
            state_dir: dir().join("state"),
            cache_dir: dir(),
        }
    }

    fn notice(rollback: Option<(u64, bool)>) -> Notice {
        Notice {
            at: "2026-11-29T14:02:31Z".parse().expect("a moment"),
            what: "shop became ready and did not stay so: app exits with 4".to_owned(),
            workload: "deployment/shop".to_owned(),
            namespace: "web".to_owned(),
            context: "prod".to_owned(),
            run: Uuid::nil(),
            rollback,
        }
    }

    #[rstest]
    #[case::told(None, "")]
    #[case::restored(Some((3, true)), "; revision 3 was restored")]
    #[case::not_restored(Some((3, false)), "; revision 3 could not be restored")]
    fn it_is_said_once(#[case] rollback: Option<(u64, bool)>, #[case] part: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = settings(folder.path());
        assert!(take(&settings).is_empty());
        leave(&settings, &notice(None));
        leave(&settings, &notice(rollback));
        let expected = format!(
            "shop became ready and did not stay so: app exits with 4 (namespace web, context prod, 2026-11-29 14:02:31 \
             UTC){part}; see: plat why deployment/shop -n web, plat evidence {}",
            Uuid::nil()
        );
        assert_eq!(take(&settings), [expected]);
        assert!(take(&settings).is_empty());
    }

    #[test]
    fn what_no_plat_wrote_is_removed_and_not_said() {
        let dir = tempfile::tempdir().expect("a folder");
        let settings = settings(dir.path());
        fs::create_dir_all(folder(&settings)).expect("a folder");
        fs::write(folder(&settings).join("x.json"), "{").expect("a file");
        assert!(take(&settings).is_empty());
        assert_eq!(fs::read_dir(folder(&settings)).expect("a folder").count(), 0);
    }
}
