//! After a failure: the evidence is saved first, then the revision before is restored; the error says what is left.

use std::time::Instant;

use super::job::Job;
use super::record::Record;
use super::restore::{self, Restored};
use crate::cluster::lock::Lock;
use crate::cluster::{self, Plan, Takes};
use crate::error::{Error, Kind};
use crate::evidence::{Case, Store, Summary, files};
use crate::history::{Outcome, previous};
use crate::telemetry::Recorder;

/// What the user wants to happen.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    pub rollback: bool,
    /// A migration ran: nothing undoes it.
    pub migrated: bool,
}

/// Ends a deploy that failed; returns its error with what became of it.
pub async fn end(
    job: &Job<'_>,
    plan: &Plan,
    record: &mut Record,
    lock: Option<&Lock>,
    wishes: Wishes,
    error: Error,
) -> Error {
    if !job.cluster.answers().await {
        return error
            .hint("the API server does not answer, so no evidence was gathered and nothing was rolled back")
            .hint(format!("when it is back: plat status; then plat deploy, or plat rollback --service {}", job.name));
    }
    let rolled_out = matches!(error.kind, Kind::RolloutFailed | Kind::TimedOut);
    let error = if rolled_out { with_evidence(job, plan, record, error).await } else { error };
    let reason = error.reason.clone();
    record.end(job, Outcome::Failed, reason.as_deref()).await;
    if lock.is_some_and(Lock::is_lost) {
        return error
            .hint("the lock was lost meanwhile, so nothing was rolled back: somebody else deploys")
            .hint("see who: plat history, plat status");
    }
    // Whoever deleted it meant to.
    let rollback = wishes.rollback && reason.as_deref() != Some("Deleted");
    let error = if rollback { back(job, plan, record, reason.as_deref(), error).await } else { left(job, error) };
    if wishes.migrated {
        error.hint("what `before` did (a migration) is not undone, and is never undone")
    } else {
        error
    }
}

/// Saves what can be seen, before anything destroys it. A bundle that cannot be written must not stop the rollback.
async fn with_evidence(job: &Job<'_>, plan: &Plan, record: &Record, error: Error) -> Error {
    let _phase = job.run.phase("evidence");
    let found = cluster::gather_evidence(job.cluster, job.set).await;
    let run = job.run.id().to_string();
    let mut summary = Summary {
        version: 1,
        run: run.clone(),
        at: jiff::Timestamp::now(),
        plat: env!("CARGO_PKG_VERSION").to_owned(),
        service: job.name.to_owned(),
        namespace: job.cluster.namespace.clone(),
        context: job.cluster.context.clone(),
        server: job.cluster.server.clone(),
        image: job.image.map(str::to_owned),
        commit: job.commit.map(str::to_owned),
        revision: record.number,
        error: String::new(),
        reason: None,
        place: None,
        details: Vec::new(),
        hints: Vec::new(),
        phases: job.run.phases(),
        gaps: found.gaps,
    };
    summary.tell(&error);
    let manifests: Vec<_> = job.set.manifests.iter().map(|manifest| (**manifest).clone()).collect();
    let diff: Vec<String> = plan
        .changes()
        .flat_map(|change| change.fields.iter().map(move |field| format!("{} {} {field}", change.kind, change.name)))
        .collect();
    let case = Case {
        summary,
        manifests: &manifests,
        diff: &diff,
        objects: found.objects,
        events: found.events,
        logs: found.logs,
    };
    match Store::of(job.settings).write(&run, &files(&case)) {
        Ok(kept) => {
            job.show.evidence(&run, &kept);
            error.hint(format!("everything that was seen is kept: plat evidence {run}"))
        }
        Err(e) => {
            job.ui.warn(&format!("the evidence could not be saved: {e}"));
            error
        }
    }
}

/// Restores the revision before.
async fn back(job: &Job<'_>, plan: &Plan, record: &mut Record, reason: Option<&str>, error: Error) -> Error {
    let before = record.number.unwrap_or(u64::MAX);
    let Some(target) = previous(&record.heads, before, job.set.rendered()).cloned() else {
        return nothing_before(job, plan, error);
    };
    let set = match restore::set_of(job.cluster, job.name, target.number).await {
        Ok(set) => set,
        Err(why) => return not_restored(error, target.number, &why),
    };
    let name = restore::name_of(&target);
    let _phase = job.run.phase("rollback");
    job.show.rollback(&target, &name);
    job.run.if_interrupted(format!(
        "{} failed, and its rollback to revision {} is half done; complete it with: plat rollback {}",
        job.name, target.number, target.number
    ));
    // Its phases are not those of the deploy that failed, and its time begins now.
    let run = Recorder::start("rollback");
    let (image, commit) = (target.image.as_deref(), target.commit.as_deref());
    let again = Job { set: &set, image, commit, started: Instant::now(), run: &run, ..*job };
    let ready = match restore::restore(&again, &target, &Takes::default()).await {
        Ok(Restored { rolled: Ok(rolled), .. }) => rolled.ready,
        Ok(Restored { mut record, rolled: Err(why), .. }) => {
            record.end(&again, Outcome::Failed, why.reason.as_deref()).await;
            return not_restored(error, target.number, &why);
        }
        Err(why) => return not_restored(error, target.number, &why),
    };
    record.end(job, Outcome::RolledBack, reason).await;
    job.show.restored(&target, &ready);
    error.hint(format!("{name} was restored and is ready: mend the cause and deploy again"))
}

fn not_restored(error: Error, number: u64, why: &Error) -> Error {
    let error = error.detail(format!("and revision {number} could not be restored: {why}"));
    let error = why.details.iter().fold(error, |error, line| error.detail(format!("  {line}")));
    error.hint(format!("try it again: plat rollback {number}; see what runs: plat status"))
}

fn nothing_before(job: &Job<'_>, plan: &Plan, error: Error) -> Error {
    let (name, namespace) = (job.name, &job.cluster.namespace);
    if plan.first {
        return error.hint(format!(
            "it is the first deploy, so there is nothing to go back to; what failed is left as it is (plat status): mend it \
             and deploy again, or remove it: plat delete {name} -n {namespace}"
        ));
    }
    error.hint(format!(
        "no earlier revision of {name} is recorded to go back to; what failed is left as it is: plat status"
    ))
}

fn left(job: &Job<'_>, error: Error) -> Error {
    error.hint(format!(
        "what failed is left as it is: plat status; to go back: plat rollback --service {} -n {}",
        job.name, job.cluster.namespace
    ))
}
