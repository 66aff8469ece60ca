//! Writes a set and follows it until it is ready and stays so: the part that a deploy and a rollback have in common.

use k8s_openapi::api::apps::v1::Deployment;
use serde_json::Value;

use super::follow::{Ready, Rollout};
use super::job::Job;
use crate::cluster::{self, Applied, Plan, Watch};
use crate::error::{Error, Result};
use crate::rollout;

/// A set that was rolled out.
pub struct Rolled {
    pub ready: Ready,
    /// Whether pods were replaced.
    pub changed: bool,
}

/// `resumed`: what was written by a run that never ended is judged as if this one had written it.
///
/// # Errors
/// What the API server refuses; why it does not become ready or does not stay so.
pub async fn out(job: &Job<'_>, plan: &Plan, resumed: bool) -> Result<Rolled> {
    let (watch, deployment) = apply(job, plan).await?;
    let changed = replaces_pods(plan.before("Deployment", job.name), &deployment)? || resumed;
    job.run.facts(|facts| facts.changed = Some(changed));
    if rollout::is_complete(&deployment) && !changed {
        let replicas = deployment.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0);
        return Ok(Rolled { ready: Ready { replicas, at: job.run.elapsed_ms() }, changed });
    }
    let ready = follow(job, deployment, watch.unwrap_or_else(|| Watch::start(job.cluster, job.name)), changed).await?;
    Ok(Rolled { ready, changed })
}

/// Follows what is written already.
///
/// # Errors
/// Why it does not become ready or does not stay so.
pub async fn follow(job: &Job<'_>, deployment: Deployment, watch: Watch, changed: bool) -> Result<Ready> {
    let Job { cluster, graces, started, bake, .. } = *job;
    let rollout = Rollout { cluster, deployment, graces, started, changed, bake };
    rollout.follow(watch, job.show, job.run).await
}

/// Writes what differs. The watches are opened at the same time, so that nothing of the rollout is missed.
async fn apply(job: &Job<'_>, plan: &Plan) -> Result<(Option<Watch>, Deployment)> {
    if let Some(applied) = plan.unchanged() {
        return Ok((None, deployment(&applied, job.name)?));
    }
    let _phase = job.run.phase("apply");
    let watch = Watch::start(job.cluster, job.name);
    let applied = plan.apply(job.cluster, job.ui).await?;
    Ok((Some(watch), deployment(&applied, job.name)?))
}

fn deployment(applied: &[Applied], name: &str) -> Result<Deployment> {
    let is = |applied: &&Applied| applied.manifest.kind == "Deployment" && applied.manifest.name == name;
    let applied = applied.iter().find(is).ok_or_else(|| Error::bug("the manifests hold no Deployment"))?;
    cluster::typed(&applied.object)
}

/// Whether pods run something else than before: scaling and a new commit leave them alone.
fn replaces_pods(before: Option<&Value>, after: &Deployment) -> Result<bool> {
    let template = |deployment: &Deployment| deployment.spec.as_ref().map(|spec| spec.template.clone());
    let before = before.map(cluster::typed::<Deployment>).transpose()?;
    Ok(before.is_none_or(|before| template(&before) != template(after)))
}
