//! What can be seen of a failure, saved on this machine before anything destroys it.

use super::release::{Deploy, Session};
use crate::bundle::{self, Case, File, Store, Summary, files};
use crate::cluster::applyset::Set;
use crate::cluster::inspect;
use crate::error::Error;
use crate::event::Event;
use crate::telemetry::Recorder;

/// What failed.
pub struct Failure<'a> {
    pub set: &'a Set,
    /// What it changed, a line a field, masked.
    pub diff: &'a [String],
    /// Under which it is recorded.
    pub revision: Option<u64>,
}

/// Looks at everything around it; what the API server refuses is named.
pub async fn gather(deploy: &Deploy<'_>, failure: &Failure<'_>, error: &Error) -> Vec<File> {
    let found = inspect::evidence(deploy.cluster(), failure.set).await;
    let mut summary = Summary {
        namespace: deploy.cluster().namespace.clone(),
        context: deploy.cluster().context.clone(),
        server: deploy.cluster().server.clone(),
        image: deploy.release.image.clone(),
        commit: deploy.release.commit.clone(),
        revision: failure.revision,
        warnings: deploy.cluster().warned.all(),
        gaps: found.gaps,
        ..summary(deploy.recorder(), deploy.name())
    };
    summary.tell(error);
    let manifests: Vec<_> = failure.set.manifests.iter().map(|manifest| (**manifest).clone()).collect();
    files(&Case {
        summary,
        manifests: &manifests,
        diff: failure.diff,
        objects: found.objects,
        events: found.events,
        logs: found.logs,
    })
}

/// Of a build that failed: what its programs said.
pub fn of_build(recorder: &Recorder, service: &str, said: &str, error: &Error) -> Vec<File> {
    let mut summary = summary(recorder, service);
    summary.tell(error);
    bundle::of_build(summary, said)
}

/// What is known of every run.
fn summary(recorder: &Recorder, service: &str) -> Summary {
    Summary {
        version: 1,
        run: recorder.id().to_string(),
        at: jiff::Timestamp::now(),
        plat: env!("CARGO_PKG_VERSION").to_owned(),
        service: service.to_owned(),
        namespace: String::new(),
        context: String::new(),
        server: String::new(),
        image: None,
        commit: None,
        revision: None,
        error: String::new(),
        reason: None,
        place: None,
        details: Vec::new(),
        hints: Vec::new(),
        phases: recorder.phases(),
        warnings: Vec::new(),
        gaps: Vec::new(),
    }
}

/// Saves what was gathered. A bundle that cannot be written must not stop the rollback.
pub fn keep(session: &Session<'_>, files: &[File], error: Error) -> Error {
    let run = session.recorder.id().to_string();
    match Store::of(session.settings).write(&run, files) {
        Ok(kept) => {
            let path = |path: &std::path::Path| path.display().to_string();
            let (folder, archive) = (path(&kept.dir), path(&kept.archive));
            session.events.emit(&Event::Evidence { run: run.clone(), folder, archive });
            error.hint(format!("everything that was seen is kept: plat evidence {run} (for a colleague: add --push)"))
        }
        Err(e) => {
            session.events.warn(format!("the evidence could not be saved: {e}"));
            error
        }
    }
}
