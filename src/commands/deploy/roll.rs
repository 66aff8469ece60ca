//! Writes a set and follows it until it is ready and stays so: the part that a deploy and a rollback have in common.

use futures::future::join;

use super::follow::{self, Ready, Rollout};
use super::job::Job;
use super::record::Record;
use crate::cluster::apply::{Applied, Plan};
use crate::cluster::records::WriteGuard;
use crate::cluster::watch::Watch;
use crate::error::Result;
use crate::history::Outcome;
use crate::rollout::Object;

/// A set that was rolled out.
pub struct Rolled {
    pub ready: Ready,
    /// Whether pods were replaced.
    pub changed: bool,
}

/// `resumed`: what was written by a run that never ended is judged as if this one had written it.
///
/// # Errors
/// What the API server refuses; why it does not become ready or does not stay so; a lost lock: then what is seen is
/// someone else's.
pub async fn out(job: &Job<'_>, guard: &WriteGuard, plan: &Plan, resumed: bool) -> Result<Rolled> {
    let (watch, applied) = apply(job, guard, plan).await?;
    let changed = replaces_pods(plan, &applied) || resumed;
    job.run.facts(|facts| facts.changed = Some(changed));
    if let Some(ready) = follow::settled(&applied, job.run.elapsed_ms()).filter(|_| !changed) {
        return Ok(Rolled { ready, changed });
    }
    let ready = tokio::select! {
        ready = follow(job, &applied, watch, changed) => ready?,
        lost = guard.lost() => return Err(lost),
    };
    Ok(Rolled { ready, changed })
}

/// Ends a rollout that went well: deletes what left the set, and notes the outcome beside. The set runs by now, so what
/// cannot be deleted is no failure of the deploy.
///
/// # Errors
/// A lost lock: what was seen to be ready may be someone else's.
pub async fn end(job: &Job<'_>, guard: &WriteGuard, plan: &Plan, record: &mut Record) -> Result<()> {
    join(settle(job, guard, plan), record.end(job, Outcome::Deployed, None)).await;
    if guard.is_lost() { Err(guard.lost().await) } else { Ok(()) }
}

async fn settle(job: &Job<'_>, guard: &WriteGuard, plan: &Plan) {
    match plan.settle(job.cluster, guard).await {
        Ok(gone) => match gone.as_slice() {
            [] => {}
            [one] => job.ui.note(&format!("deleted {}, which left the set", one.describe())),
            [first, rest @ ..] => {
                job.ui.note(&format!("deleted {} and {} more, which left the set", first.describe(), rest.len()));
            }
        },
        Err(_) if guard.is_lost() => {}
        Err(error) => {
            job.ui.warn(&format!("what is no longer asked for was not deleted, the next deploy tries again: {error}"));
        }
    }
}

/// Follows what is written already.
///
/// # Errors
/// Why it does not become ready or does not stay so.
pub async fn follow(job: &Job<'_>, applied: &[Applied], watch: Option<Watch>, changed: bool) -> Result<Ready> {
    let Job { cluster, name, graces, started, bake, .. } = *job;
    let watch = watch.unwrap_or_else(|| Watch::start(cluster, applied.iter().map(|applied| &*applied.manifest)));
    let rollout = Rollout { cluster, name, applied, graces, started, changed, bake };
    rollout.follow(watch, job.show, job.run).await.map_err(|failure| failure.error)
}

/// Writes what differs. The watches are opened at the same time, so that nothing of the rollout is missed.
async fn apply(job: &Job<'_>, guard: &WriteGuard, plan: &Plan) -> Result<(Option<Watch>, Vec<Applied>)> {
    if let Some(applied) = plan.unchanged() {
        return Ok((None, applied));
    }
    let _phase = job.run.phase("apply");
    let watch = Watch::start(job.cluster, plan.steps().iter().map(|step| &*step.manifest));
    let applied = plan.apply(job.cluster, guard).await?;
    Ok((Some(watch), applied))
}

/// Whether pods run something else than before: scaling and a new commit leave them alone.
fn replaces_pods(plan: &Plan, applied: &[Applied]) -> bool {
    let workloads = applied.iter().filter_map(|applied| Some((&applied.manifest, Object::read(&applied.object)?)));
    workloads.into_iter().any(|(manifest, after)| {
        let before = plan.before(manifest).and_then(Object::read);
        !plan.is_unchanged() && before.is_none_or(|before| before.template() != after.template())
    })
}
