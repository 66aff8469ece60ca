//! After a failure: the evidence is saved first, then the revision before is restored; the error says what is left.

use std::time::Instant;

use super::job::Job;
use super::record::Record;
use super::restore::{self, Restored};
use crate::cluster::apply::{Plan, Takes};
use crate::cluster::applyset::Set;
use crate::cluster::inspect;
use crate::cluster::records::WriteGuard;
use crate::error::{Error, Kind};
use crate::evidence::{Case, Store, Summary, files};
use crate::history::{Outcome, previous};
use crate::manifests::Migration;
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
    guard: &WriteGuard,
    plan: &Plan,
    record: &mut Record,
    wishes: Wishes,
    error: Error,
) -> Error {
    let error = match still_ours(job, guard, error).await {
        Ok(error) => error,
        Err(end) => return end,
    };
    let error = with_evidence(job, plan, job.set, record, error).await;
    let reason = error.reason.clone();
    record.end(job, Outcome::Failed, reason.as_deref()).await;
    // Whoever deleted it meant to.
    let rollback = wishes.rollback && reason.as_deref() != Some("Deleted") && job.set.name.is_some();
    let error = if rollback { back(job, guard, plan, record, error).await } else { left(job, error) };
    if wishes.migrated {
        error.hint("what `before` did (a migration) is not undone, and is never undone")
    } else {
        error
    }
}

/// Ends a deploy whose migration failed: nothing else of it was written, so there is nothing to go back from.
pub async fn of_migration(
    job: &Job<'_>,
    plan: &Plan,
    record: &mut Record,
    migration: Migration,
    error: Error,
) -> Error {
    let parts = Set::of_files(job.set.name.clone(), migration.manifests());
    let error = with_evidence(job, plan, &parts, record, error).await;
    record.end(job, Outcome::MigrationFailed, error.reason.as_deref()).await;
    error
}

/// Gives the error back where something can still be done about it; else the run ends with what is in the way.
pub async fn still_ours(job: &Job<'_>, guard: &WriteGuard, error: Error) -> std::result::Result<Error, Error> {
    if !guard.is_lost() && !job.cluster.answers().await {
        return Err(silent(job, error));
    }
    match guard.check().await {
        Ok(()) => Ok(error),
        // What failed may be what someone else has written meanwhile.
        Err(lost) if guard.is_lost() => Err(lost),
        Err(_) => Err(silent(job, error)),
    }
}

fn silent(job: &Job<'_>, error: Error) -> Error {
    let (look, again) = (job.look(), job.again());
    let back = job.set.name.as_ref().map(|_| format!(", or {}", job.rollback(None))).unwrap_or_default();
    error
        .hint("the API server does not answer, so no evidence was gathered and nothing was rolled back")
        .hint(format!("when it is back: {look}; then {again}{back}"))
}

/// Saves what can be seen of `failed`, before anything destroys it. A bundle that cannot be written must not stop the
/// rollback; what the API server refused is in the error already.
async fn with_evidence(job: &Job<'_>, plan: &Plan, failed: &Set, record: &Record, error: Error) -> Error {
    if !matches!(error.kind, Kind::RolloutFailed | Kind::TimedOut) {
        return error;
    }
    let _phase = job.run.phase("evidence");
    let found = inspect::evidence(job.cluster, failed).await;
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
    let manifests: Vec<_> = failed.manifests.iter().map(|manifest| (**manifest).clone()).collect();
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
async fn back(job: &Job<'_>, guard: &WriteGuard, plan: &Plan, record: &mut Record, error: Error) -> Error {
    let before = record.number.unwrap_or(u64::MAX);
    let Some(target) = previous(&record.heads, before, job.set.rendered()).cloned() else {
        return nothing_before(job, plan, error);
    };
    let set = match restore::set_of(job.cluster, job.name, target.number).await {
        Ok(set) => set,
        Err(why) => return not_restored(job, error, target.number, &why),
    };
    let name = restore::name_of(&target);
    let _phase = job.run.phase("rollback");
    job.show.rollback(&target, &name);
    job.run.if_interrupted(format!(
        "{} failed, and its rollback to revision {} is half done; complete it with: {}",
        job.name,
        target.number,
        job.rollback(Some(target.number))
    ));
    // Its phases are not those of the deploy that failed, and its time begins now.
    let run = Recorder::start("rollback");
    let (image, commit) = (target.image.as_deref(), target.commit.as_deref());
    let again = Job { set: &set, image, commit, started: Instant::now(), run: &run, ..*job };
    let ready = match restore::restore(&again, guard, &target, &Takes::default()).await {
        Ok(Restored { rolled: Ok(rolled), .. }) => rolled.ready,
        Ok(Restored { rolled: Err(why), .. }) | Err(why) if guard.is_lost() => {
            return why.detail(format!("before that: {error}"));
        }
        Ok(Restored { mut record, rolled: Err(why), .. }) => {
            record.end(&again, Outcome::Failed, why.reason.as_deref()).await;
            return not_restored(job, error, target.number, &why);
        }
        Err(why) => return not_restored(job, error, target.number, &why),
    };
    record.end(job, Outcome::RolledBack, error.reason.as_deref()).await;
    job.show.restored(&target, &ready);
    error.hint(format!("{name} was restored and is ready: mend the cause and deploy again"))
}

fn not_restored(job: &Job<'_>, error: Error, number: u64, why: &Error) -> Error {
    let error = error.detail(format!("and revision {number} could not be restored: {why}"));
    let error = why.details.iter().fold(error, |error, line| error.detail(format!("  {line}")));
    error.hint(format!("try it again: {}; see what runs: {}", job.rollback(Some(number)), job.look()))
}

fn nothing_before(job: &Job<'_>, plan: &Plan, error: Error) -> Error {
    let (name, namespace, look) = (job.name, &job.cluster.namespace, job.look());
    if plan.first {
        return error.hint(format!(
            "it is the first deploy, so there is nothing to go back to; what failed is left as it is ({look}): mend it \
             and deploy again, or remove it: plat delete {name} -n {namespace}"
        ));
    }
    error.hint(format!(
        "no earlier revision of {name} that was ready is recorded, so there is nothing to go back to; what failed is left \
         as it is: {look}"
    ))
}

fn left(job: &Job<'_>, error: Error) -> Error {
    let look = job.look();
    error.hint(match &job.set.name {
        Some(_) => format!("what failed is left as it is: {look}; to go back: {}", job.rollback(None)),
        None => format!("what failed is left as it is: {look}; with --set NAME the next failure would be rolled back"),
    })
}
