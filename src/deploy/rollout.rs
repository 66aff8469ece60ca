//! Writes a set and follows it until it is ready and stays so: the part that a deploy and a rollback have in common.

use futures::future::join;

use super::follow::{self, Ready, Rollout};
use super::record::Record;
use super::release::Deploy;
use super::verdict::Wording;
use crate::cluster::apply::{Applied, Plan};
use crate::cluster::records::WriteGuard;
use crate::cluster::watch::Watch;
use crate::error::Result;
use crate::revision::Outcome;
use crate::rollout::Workload;

/// Whether a run that never ended has written it: then it is judged as if this one had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewritten {
    No,
    ByAnInterruptedRun,
}

impl Rewritten {
    #[must_use]
    pub fn when(is_unfinished: bool) -> Self {
        if is_unfinished { Self::ByAnInterruptedRun } else { Self::No }
    }
}

/// A set that was rolled out.
pub struct Rolled {
    pub ready: Ready,
    /// Whether pods were replaced.
    pub changed: bool,
    /// The number under which it is recorded.
    pub revision: Option<u64>,
}

///
/// # Errors
/// What the API server refuses; why it does not become ready or does not stay so; a lost lock: then what is seen is
/// someone else's.
pub async fn out(deploy: &Deploy<'_>, guard: &WriteGuard, plan: &Plan, rewritten: Rewritten) -> Result<Rolled> {
    let (watch, applied) = apply(deploy, guard, plan).await?;
    let changed = replaces_pods(plan, &applied) || rewritten == Rewritten::ByAnInterruptedRun;
    deploy.recorder().facts(|facts| facts.changed = Some(changed));
    let settled = follow::settled(&applied, deploy.recorder().elapsed_ms()).filter(|_| !changed);
    let ready = if let Some(ready) = settled {
        ready
    } else {
        tokio::select! {
            ready = follow(deploy, &applied, watch, changed) => ready?,
            lost = guard.lost() => return Err(lost),
        }
    };
    plan.switch(deploy.cluster(), guard).await?;
    Ok(Rolled { ready, changed, revision: None })
}

/// Ends a rollout that went well: deletes what left the set, and notes the outcome beside. The set runs by now, so what
/// cannot be deleted is not a failure of the deploy.
///
/// # Errors
/// A lost lock: what was seen to be ready may be someone else's.
pub async fn end(deploy: &Deploy<'_>, guard: &WriteGuard, plan: &Plan, record: &mut Record) -> Result<()> {
    join(settle(deploy, guard, plan), record.end(deploy, Outcome::Deployed, None)).await;
    if guard.is_lost() { Err(guard.lost().await) } else { Ok(()) }
}

async fn settle(deploy: &Deploy<'_>, guard: &WriteGuard, plan: &Plan) {
    match plan.settle(deploy.cluster(), guard).await {
        Ok(gone) => match gone.as_slice() {
            [] => {}
            [one] => deploy.events().note(format!("pruned {} (no longer in the manifests)", one.describe())),
            [first, rest @ ..] => {
                deploy.events().note(format!(
                    "pruned {} and {} more (no longer in the manifests)",
                    first.describe(),
                    rest.len()
                ));
            }
        },
        Err(_) if guard.is_lost() => {}
        Err(error) => {
            deploy.events().warn(format!(
                "what is no longer in the manifests was not pruned; the next deploy tries again: {error}"
            ));
        }
    }
}

/// Follows what is written already.
///
/// # Errors
/// Why it does not become ready or does not stay so.
pub async fn follow(deploy: &Deploy<'_>, applied: &[Applied], watch: Option<Watch>, changed: bool) -> Result<Ready> {
    let Deploy { started, .. } = *deploy;
    let (cluster, name) = (deploy.cluster(), deploy.name());
    let (graces, afterwards) = (deploy.release.graces, deploy.release.afterwards);
    let watch = watch.unwrap_or_else(|| Watch::start(cluster, applied.iter().map(|applied| &*applied.manifest)));
    let rollout =
        Rollout { cluster, name, applied, graces, started, changed, afterwards, wording: Wording::OF_A_ROLLOUT };
    rollout.follow(watch, deploy.events(), deploy.recorder()).await.map_err(|failure| failure.error)
}

/// Writes what differs. The watches are opened at the same time, so that nothing of the rollout is missed.
async fn apply(deploy: &Deploy<'_>, guard: &WriteGuard, plan: &Plan) -> Result<(Option<Watch>, Vec<Applied>)> {
    if let Some(applied) = plan.unchanged() {
        return Ok((None, applied));
    }
    let _phase = deploy.recorder().phase("apply");
    let watch = Watch::start(deploy.cluster(), plan.steps().iter().map(|step| &*step.manifest));
    let applied = plan.apply(deploy.cluster(), guard).await?;
    Ok((Some(watch), applied))
}

/// Whether pods run something else than before: scaling and a new commit leave them alone.
fn replaces_pods(plan: &Plan, applied: &[Applied]) -> bool {
    let workloads = applied.iter().filter_map(|applied| Some((&applied.manifest, Workload::read(&applied.object)?)));
    workloads.into_iter().any(|(manifest, after)| {
        let before = plan.before(manifest).and_then(Workload::read);
        !plan.is_unchanged() && before.is_none_or(|before| before.template() != after.template())
    })
}
