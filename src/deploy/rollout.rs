//! Writes a set and follows it until it is ready and stays so: the part that a deploy and a rollback have in common.

use std::time::Duration;

use futures::future::{join, join3};
use k8s_openapi::api::core::v1::{ConfigMap, Service};
use serde::Deserialize;

use super::follow::{self, Ready, Rollout};
use super::pushed_again;
use super::record::Record;
use super::release::Deploy;
use super::verdict::Wording;
use crate::cluster::apply::{Applied, Plan};
use crate::cluster::applyset::Pruned;
use crate::cluster::records::WriteGuard;
use crate::cluster::watch::Watch;
use crate::diagnose::{routed, served};
use crate::error::Result;
use crate::manifests::Manifest;
use crate::revision::Outcome;
use crate::rollout::{Released, Workload};

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
    /// Nothing of its name served before, as far as the cluster tells.
    pub first: bool,
    /// The number under which it is recorded.
    pub revision: Option<u64>,
    /// What is ready, and not what was asked for is served by it.
    pub buts: Vec<String>,
}

///
/// # Errors
/// What the API server refuses; why it does not become ready or does not stay so; a lost lock: then what is seen is
/// someone else's.
pub async fn out(deploy: &Deploy<'_>, guard: &WriteGuard, plan: &Plan, rewritten: Rewritten) -> Result<Rolled> {
    let (watch, applied) = apply(deploy, guard, plan).await?;
    let changed = replaces_pods(plan, &applied) || rewritten == Rewritten::ByAnInterruptedRun;
    deploy.recorder().facts(|facts| facts.changed = Some(changed));
    let held_back = held_back(plan, &applied);
    let settled = follow::settled(&applied, deploy.recorder().elapsed_ms()).filter(|_| !changed);
    let ready = if let Some(ready) = settled {
        ready
    } else {
        tokio::select! {
            ready = follow(deploy, Some(guard), &applied, watch, changed) => ready?,
            lost = guard.lost() => return Err(lost),
        }
    };
    plan.switch(deploy.cluster(), guard).await?;
    let (unserved, pushed_again) = join(unserved(deploy, plan), pushed_again::buts(deploy, plan)).await;
    let buts = ready.buts.iter().cloned().chain(held_back).chain(unserved).chain(pushed_again).collect();
    Ok(Rolled { ready, changed, first: plan.first, revision: None, buts })
}

/// What is ready, and not served: by the Services of the set; by others only where none of the set is meant to, since a
/// healthy deploy asks nothing more than it needs.
async fn unserved(deploy: &Deploy<'_>, plan: &Plan) -> Vec<String> {
    let manifests: Vec<&Manifest> = plan.steps().iter().map(|step| &*step.manifest).collect();
    let workloads: Vec<Workload> = manifests.iter().filter_map(|manifest| Workload::read(&manifest.body)).collect();
    let services = manifests.iter().filter(|manifest| manifest.kind == "Service" && manifest.api_version == "v1");
    let services: Vec<Service> = services.filter_map(|manifest| Service::deserialize(&manifest.body).ok()).collect();
    let maps = manifests.iter().filter(|manifest| manifest.kind == "ConfigMap" && manifest.api_version == "v1");
    let maps: Vec<ConfigMap> = maps.filter_map(|manifest| ConfigMap::deserialize(&manifest.body).ok()).collect();
    let alone = |workload: &&Workload| !served::is_selected_by(workload, &services);
    let alone: Vec<&Workload> = workloads.iter().filter(alone).collect();
    let others = served::by_namespace(deploy.cluster(), &alone, &services);
    let own = served::by_set(deploy.cluster(), &services, &workloads, &maps);
    let (own, others, routed) = join3(own, others, routed::by_manifests(deploy.cluster(), &manifests)).await;
    own.into_iter().chain(others.into_iter().map(|(_, but)| but)).chain(routed).collect()
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
        Ok(Pruned { gone, held }) => {
            match gone.as_slice() {
                [] => {}
                [one] => deploy.events().note(format!("pruned {} (no longer in the manifests)", one.describe())),
                [first, rest @ ..] => {
                    deploy.events().note(format!(
                        "pruned {} and {} more (no longer in the manifests)",
                        first.describe(),
                        rest.len()
                    ));
                }
            }
            for (member, holders) in held {
                deploy.events().warn(format!(
                    "{} is being deleted, and not gone: {}",
                    member.describe(),
                    holders.join("; ")
                ));
            }
        }
        Err(_) if guard.is_lost() => {}
        Err(error) => {
            deploy.events().warn(format!(
                "what is no longer in the manifests was not pruned; the next deploy tries again: {error}"
            ));
        }
    }
}

/// Follows what is written already; without a guard it only looks on.
///
/// # Errors
/// Why it does not become ready or does not stay so.
pub async fn follow(
    deploy: &Deploy<'_>,
    guard: Option<&WriteGuard>,
    applied: &[Applied],
    watch: Option<Watch>,
    changed: bool,
) -> Result<Ready> {
    let Deploy { started, .. } = *deploy;
    let (cluster, name) = (deploy.cluster(), deploy.name());
    let (graces, afterwards) = (deploy.release.graces, deploy.release.afterwards);
    let watch = watch.unwrap_or_else(|| Watch::start(cluster, applied.iter().map(|applied| &*applied.manifest)));
    let wording = if deploy.set().is_service() { Wording::OF_A_SERVICE } else { Wording::OF_A_ROLLOUT };
    let rollout = Rollout { cluster, name, applied, guard, graces, started, changed, afterwards, wording };
    rollout.follow(watch, deploy.events(), deploy.recorder()).await.map_err(|failure| failure.error)
}

/// Writes what differs. The watches are opened at the same time, so that nothing of the rollout is missed.
async fn apply(deploy: &Deploy<'_>, guard: &WriteGuard, plan: &Plan) -> Result<(Option<Watch>, Vec<Applied>)> {
    if let Some(applied) = plan.unchanged() {
        return Ok((None, applied));
    }
    let _phase = deploy.recorder().phase("apply");
    let watch = Watch::start(deploy.cluster(), plan.steps().iter().map(|step| &*step.manifest));
    let deadline = Duration::try_from(deploy.release.graces.rollout).unwrap_or_default();
    let applied = plan.apply(deploy.cluster(), guard, deadline).await?;
    Ok((Some(watch), applied))
}

/// Whether pods run something else than before: scaling and a new commit leave them alone.
fn replaces_pods(plan: &Plan, applied: &[Applied]) -> bool {
    !plan.is_unchanged()
        && workloads(plan, applied).any(|(before, after)| match before {
            None => true,
            Some(before) => is_replaced(&before, &after) && after.held_back().is_none_or(|held| !held.all),
        })
}

/// Pods that keep what they run, because the manifest says so, are not replaced by a deploy.
fn held_back(plan: &Plan, applied: &[Applied]) -> Vec<String> {
    let replaced =
        workloads(plan, applied).filter_map(|(before, after)| is_replaced(&before?, &after).then_some(after));
    // A paused Deployment is not ready, and its verdict says so.
    let replaced = replaced.filter(|after| !matches!(after, Workload::Deployment(_)));
    let held = replaced.filter_map(|after| after.held_back().map(|held| (after, held)));
    held.map(|(workload, held)| {
        let which = if held.all { "its pods stay" } else { "some of its pods stay" };
        let released = match held.released {
            Released::ByDeletion => {
                format!("a pod gets the new form when it is deleted: kubectl delete pod NAME -n {}", workload.namespace())
            }
            Released::ByPartition => {
                "a smaller partition gives it to the next (0: to all); one below it that is deleted comes back as it was".to_owned()
            }
            Released::ByResuming => "they get it when the rollout is resumed".to_owned(),
        };
        format!("{}: {which} as they were before this deploy, because {}; {released}", workload.describe(), held.why)
    })
    .collect()
}

/// Each workload as it was, where it was there, and as it is.
fn workloads<'p>(plan: &'p Plan, applied: &'p [Applied]) -> impl Iterator<Item = (Option<Workload>, Workload)> + 'p {
    let read = |applied: &'p Applied| Some((&applied.manifest, Workload::read(&applied.object)?));
    applied.iter().filter_map(read).map(|(manifest, after)| (plan.before(manifest).and_then(Workload::read), after))
}

fn is_replaced(before: &Workload, after: &Workload) -> bool {
    before.template() != after.template()
}
