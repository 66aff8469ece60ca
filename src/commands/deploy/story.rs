//! What a service and a set of plain manifests have in common: whose turn it is, the migration, the record, the
//! rollout, and what becomes of a failure. Objects without a name are written and followed, and no more.

use std::time::{Duration, Instant};

use futures::future::join;

use super::before;
use super::failure::{self, Wishes};
use super::job::Job;
use super::record::Record;
use super::roll::{self, Rolled};
use super::room;
use super::turn::{self, Patience, Turn};
use crate::cluster::apply;
use crate::cluster::apply::Plan;
use crate::cluster::records::{Lock, Standing, WriteGuard};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::manifests::Migration;

/// Plans as often as somebody else writes meanwhile, then writes and follows it to its end. None where somebody else
/// has deployed the same meanwhile, and something else came after that: it is not overwritten.
///
/// # Errors
/// What cannot be planned; why it does not become ready, and what became of it.
pub async fn tell(
    job: &Job<'_>,
    migration: Option<Migration>,
    wishes: Wishes,
    patience: &Patience,
    plan: impl AsyncFn() -> Result<(Plan, Standing)>,
) -> Result<Option<(Plan, Rolled)>> {
    let mut followed = false;
    let (plan, lock, resumed) = loop {
        let (plan, standing) = plan().await?;
        if plan.namespace_missing {
            make_namespace(job, &WriteGuard::unfenced("the Lease will be in this namespace"), &plan).await?;
        }
        if followed && !plan.is_unchanged() {
            job.show.superseded();
            return Ok(None);
        }
        job.run.facts(|facts| facts.first = Some(plan.first));
        job.show.plan(&plan);
        let room = Box::pin(room::warnings(job, &plan));
        let (turn, warnings) = join(Box::pin(turn::take(job, &plan, &standing, patience)), room).await;
        let turn = turn?;
        if !matches!(turn, Turn::Again) {
            for warning in &warnings {
                job.ui.warn(warning);
            }
        }
        match turn {
            Turn::Mine(lock) => break (plan, Some(lock), standing.unfinished.is_some()),
            Turn::Unlocked => break (plan, None, false),
            Turn::Again => {}
            Turn::Followed => followed = true,
        }
    };
    let guard = guard(lock.as_ref());
    let written = if plan.is_unchanged() && lock.is_none() {
        Box::pin(roll::out(job, &guard, &plan, false)).await
    } else {
        Box::pin(write(job, &guard, &plan, resumed, migration, wishes)).await
    };
    finish(lock).await;
    match written {
        Err(error) if error.kind == ErrorKind::RolloutFailed && plan.writes_nothing() => {
            Err(untouched(job, &plan, error))
        }
        written => written.map(|rolled| Some((plan, rolled))),
    }
}

/// What may be written: as long as the lock is held, where there is one.
pub fn guard(lock: Option<&Lock>) -> WriteGuard {
    lock.map_or_else(|| WriteGuard::unfenced("nothing to write, no name, or not allowed to"), WriteGuard::held)
}

async fn make_namespace(job: &Job<'_>, guard: &WriteGuard, plan: &Plan) -> Result<()> {
    let namespace = &job.cluster.namespace;
    apply::create_namespace(job.cluster, guard, plan).await?;
    job.ui.note(&format!("created namespace {namespace}"));
    job.run.if_interrupted(format!("namespace {namespace} was created and is empty; nothing else was changed"));
    Ok(())
}

/// `resumed`: somebody began to write and did not end.
async fn write(
    job: &Job<'_>,
    guard: &WriteGuard,
    plan: &Plan,
    resumed: bool,
    migration: Option<Migration>,
    wishes: Wishes,
) -> Result<Rolled> {
    let mut begun = None;
    let mut wishes = wishes;
    if let Some(migration) = migration.filter(|_| !plan.is_unchanged()) {
        let (mut record, ran) = join(Record::begin(job, guard, None), before::run(job, guard, &migration, plan)).await;
        if let Err(error) = ran {
            let error = failure::still_ours(job, guard, error).await?;
            return Err(Box::pin(failure::of_migration(job, plan, &mut record, migration, error)).await);
        }
        begun = Some(record);
        wishes.migrated = true;
    }
    // What came before is not its rollout's time.
    let job = &Job { started: Instant::now(), ..*job };
    job.run.if_interrupted(half_written(job, plan));
    let record = async {
        match begun {
            Some(record) => record,
            None => Record::begin(job, guard, None).await,
        }
    };
    let (mut record, rolled) = join(record, roll::out(job, guard, plan, resumed)).await;
    match rolled {
        Ok(rolled) => {
            roll::end(job, guard, plan, &mut record).await?;
            Ok(rolled)
        }
        Err(error) => Err(Box::pin(failure::end(job, guard, plan, &mut record, wishes, error)).await),
    }
}

/// What failed was there before, and this deploy tried nothing anew: the cause may be mended elsewhere meanwhile.
fn untouched(job: &Job<'_>, plan: &Plan, error: Error) -> Error {
    let restarts = |kind: &str| matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet");
    let mut workloads = plan.steps().iter().map(|step| &step.manifest).filter(|manifest| restarts(&manifest.kind));
    let workload = workloads.next().map_or_else(
        || "KIND/NAME".to_owned(),
        |manifest| format!("{}/{}", manifest.kind.to_lowercase(), manifest.name),
    );
    error.hint("nothing differs from what is there, so nothing was written and these are the pods of before").hint(
        format!(
            "is the cause mended elsewhere? Let new pods try: kubectl rollout restart {workload} -n {}",
            job.cluster.namespace
        ),
    )
}

/// A lock that cannot be given back soon ends by itself.
pub async fn finish(lock: Option<Lock>) {
    if let Some(lock) = lock {
        let _ = tokio::time::timeout(Duration::from_secs(5), lock.finish()).await;
    }
}

/// What an interruption leaves from the first write on, and how to go on.
fn half_written(job: &Job<'_>, plan: &Plan) -> String {
    let (name, look, again) = (job.name, job.look(), job.again());
    let undo = match &job.set.name {
        None => String::new(),
        Some(_) if plan.first => format!("; remove it with: plat delete {name} -n {}", job.cluster.namespace),
        Some(_) => format!("; go back with: {}", job.rollback(None)),
    };
    format!(
        "{name} was applied (or a part of it), and its rollout goes on in the cluster without plat; see it with: {look}; \
         go on with: {again}{undo}"
    )
}
