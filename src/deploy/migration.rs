//! `before` of plat.yaml: the migration runs, and must have succeeded, before anything of the service is written.
//!
//! It runs once for each revision: its Job bears the revision's hash and stays as the record of it. One that failed is
//! run again by the next deploy; one that still runs (plat was stopped meanwhile) is followed.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;

use super::follow::Rollout;
use super::release::{Afterwards, Deploy};
use super::verdict::Wording;
use crate::cluster::apply;
use crate::cluster::apply::{Applied, Plan};
use crate::cluster::connect::Cluster;
use crate::cluster::inspect::Target;
use crate::cluster::logs::{Part, Told, tail};
use crate::cluster::records::WriteGuard;
use crate::cluster::watch::Watch;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::manifests::{BEFORE, Manifest, Migration};
use crate::rollout::{Graces, Status, Workload};
use crate::telemetry::Recorder;
use crate::text::{Redactor, foreign_line};

/// What Kubernetes needs to say that the Job's own time is over.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);
/// Characters of one line of its log.
const LINE: usize = 500;

/// Runs it; returns when it has succeeded, now or before.
///
/// # Errors
/// Why it could not run or did not succeed; then nothing of the service was written.
pub async fn run(deploy: &Deploy<'_>, guard: &WriteGuard, migration: &Migration, plan: &Plan) -> Result<()> {
    let (cluster, events) = (deploy.cluster(), deploy.events());
    let name = &migration.job.name;
    // The revision is there already, so it came after its migration; its Job may have been removed since.
    let is_there = plan
        .steps()
        .iter()
        .any(|step| step.live.as_ref().is_some_and(|live| live["metadata"]["annotations"][BEFORE] == name.as_str()));
    if is_there {
        return Ok(());
    }
    let _phase = deploy.recorder().phase("before");
    let there = apply::read_migration(cluster, &migration.job).await?;
    let applied = match there.as_ref().and_then(Workload::read).map(|there| there.status()) {
        Some(Status::Current) => {
            events.note(format!("migration {name} has succeeded before: not run again"));
            return Ok(());
        }
        Some(Status::InProgress) => {
            events.note(format!("migration {name} runs already: following it"));
            let object = there.unwrap_or_default();
            Applied { manifest: Arc::new(migration.job.clone()), object }
        }
        end => {
            if end.is_some() {
                events.note(format!("migration {name} failed before: running it again"));
                apply::remove_migration(cluster, guard, &migration.job).await?;
            }
            deploy.interruption().leaves(interrupted(deploy, name));
            apply::write_migration(cluster, guard, migration, plan).await?
        }
    };
    deploy.interruption().leaves(interrupted(deploy, name));
    tokio::select! {
        ended = follow(deploy, migration, applied) => ended?,
        lost = guard.lost() => return Err(lost),
    }
    if let Err(error) = apply::forget_migrations(cluster, guard, migration).await {
        events.warn(format!("{error}; they do no harm"));
    }
    Ok(())
}

/// Waits for its end and shows its log meanwhile.
async fn follow(deploy: &Deploy<'_>, migration: &Migration, applied: Applied) -> Result<()> {
    let watch = Watch::start(deploy.cluster(), [&*applied.manifest]);
    let seconds = applied.object["spec"]["activeDeadlineSeconds"].as_i64().unwrap_or_default();
    let graces = Graces { rollout: SignedDuration::from_secs(seconds) + MARGIN, ..deploy.release.graces };
    let applied = [applied];
    let rollout = Rollout {
        cluster: deploy.cluster(),
        name: &migration.job.name,
        applied: &applied,
        guard: None,
        graces,
        started: Instant::now(),
        changed: false,
        afterwards: Afterwards::Nothing,
        wording: Wording::OF_A_MIGRATION,
    };
    let mut log = Log { events: deploy.events(), shown: HashMap::new() };
    let pods = [Target::parse(&format!("job/{}", migration.job.name))?];
    // What its steps took is part of the phase `before`.
    let unrecorded = Recorder::start("before");
    let ended = {
        let live = async {
            // The log may not be read, and the verdict does not need it.
            let _ = tail::follow(deploy.cluster(), &pods, whole(), |told| log.show(&told)).await;
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            ended = rollout.follow(watch, deploy.events(), &unrecorded) => ended,
            never = live => match never {},
        }
    };
    log.rest(deploy.cluster(), &pods).await;
    ended.map(drop).map_err(|failure| failed(deploy, &migration.job, failure.error))
}

fn whole() -> Part {
    Part { lines: None, since: None, previous: false, container: None }
}

/// The lines of the migration's pods, each shown once.
struct Log<'a> {
    events: &'a Events,
    /// By pod and container.
    shown: HashMap<(String, String), Shown>,
}

/// What was shown of a container's log.
#[derive(Default)]
struct Shown {
    lines: usize,
    redactor: Redactor,
}

impl Log<'_> {
    /// Whether there is still a reader: always.
    fn show(&mut self, told: &Told) -> bool {
        if let Told::Line(line) = told {
            let shown = self.shown.entry((line.pod.clone(), line.container.clone())).or_default();
            shown.lines += 1;
            self.events.note(format!("  before | {}", foreign_line(&shown.redactor.line(&line.text), LINE)));
        }
        true
    }

    /// What was written since the last look: a program that ends at once is over before its log is followed.
    async fn rest(&mut self, cluster: &Cluster, pods: &[Target]) {
        let mut seen: HashMap<(String, String), usize> = HashMap::new();
        // Without the right to read it there is none.
        let _ = tail::read(cluster, pods, whole(), |told| {
            let Told::Line(line) = &told else { return true };
            let of = (line.pod.clone(), line.container.clone());
            let count = seen.entry(of.clone()).or_default();
            *count += 1;
            *count <= self.shown.get(&of).map_or(0, |shown| shown.lines) || self.show(&told)
        })
        .await;
    }
}

/// The Job's end as the reader meets it: it is the migration that failed, and the service is as it was.
fn failed(deploy: &Deploy<'_>, migration: &Manifest, error: Error) -> Error {
    error
        .hint(format!(
            "nothing of {} was changed; fix it and deploy again: the migration is then run again",
            deploy.name()
        ))
        .hint(format!("its pods and logs stay: kubectl logs -n {} job/{}", deploy.cluster().namespace, migration.name))
}

fn interrupted(deploy: &Deploy<'_>, migration: &str) -> String {
    let namespace = &deploy.cluster().namespace;
    format!(
        "the migration {migration} may continue in the cluster, and nothing of {} was changed; continue with: plat deploy (it \
         follows the migration, or runs it again if it failed); stop it with: kubectl delete job/{migration} -n {namespace}",
        deploy.name()
    )
}
