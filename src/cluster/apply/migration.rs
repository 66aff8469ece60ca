//! The Job of a migration: writing it, its owner and its config; removing what is left of earlier ones.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams, PropagationPolicy};
use serde_json::{Value, json};

use super::plan::Plan;
use super::step::Applied;
use crate::cluster::api::{MANAGER, Mode, describe, request};
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::error::{Error, Kind, Result};
use crate::manifests::service_selector;
use crate::manifests::{Manifest, Migration};
use crate::reason::Reason;

/// Migrations that are remembered, with their pods and logs: as many as there are revisions to go back to.
const KEPT: usize = 10;
/// How long the pods of a failed attempt may take to go.
const GONE: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The Job as it is; none where there is none.
///
/// # Errors
/// When it may not be read.
pub async fn read_migration(cluster: &Cluster, job: &Manifest) -> Result<Option<Value>> {
    request::get(cluster, job).await.map_err(|e| cluster.explain(e, &format!("read {}", describe(job))))
}

/// Writes the migration: first who it runs as, who owns the rest, then its config and its Job.
///
/// # Errors
/// What the API server refuses; a lost lock.
pub async fn write_migration(
    cluster: &Cluster,
    guard: &WriteGuard,
    migration: &Migration,
    plan: &Plan,
) -> Result<Applied> {
    // As the set has them: a label of the set that came and went would be a change at each deploy.
    let standing = [&migration.account, &migration.policy].map(|manifest| {
        let is = |other: &&Arc<Manifest>| (&other.kind, &other.name) == (&manifest.kind, &manifest.name);
        plan.steps().iter().map(|step| &step.manifest).find(is).map_or(manifest, |manifest| &**manifest)
    });
    // Its account is a member of the set: whatever becomes of the deploy, `plat delete` finds it.
    plan.widen(cluster, guard).await?;
    let written = try_join_all(standing.map(|manifest| write(cluster, guard, manifest))).await?;
    let owner = json!([{
        "apiVersion": migration.account.api_version,
        "kind": migration.account.kind,
        "name": migration.account.name,
        "uid": written.first().map(|account| account["metadata"]["uid"].clone()),
    }]);
    let with_owner = |manifest: &Manifest| {
        let mut manifest = manifest.clone();
        manifest.body["metadata"]["ownerReferences"] = owner.clone();
        manifest
    };
    if let Some(config) = &migration.config {
        write(cluster, guard, &with_owner(config)).await?;
    }
    let job = with_owner(&migration.job);
    let object = write(cluster, guard, &job).await?;
    Ok(Applied { manifest: Arc::new(job), object })
}

async fn write(cluster: &Cluster, guard: &WriteGuard, manifest: &Manifest) -> Result<Value> {
    guard.check().await?;
    let mode = Mode { manager: MANAGER, dry_run: false, take: false };
    let reply = request::apply(cluster, manifest, mode).await;
    reply.map(|reply| reply.object).map_err(|e| {
        let error = cluster.explain(e, &format!("apply {}", describe(manifest)));
        error.hint("the migration did not run, and nothing of the service was changed")
    })
}

/// Removes a Job that failed, with its pods, so that it can run again under the same name.
///
/// # Errors
/// When it may not be removed, or does not go.
pub async fn remove_migration(cluster: &Cluster, guard: &WriteGuard, job: &Manifest) -> Result<()> {
    guard.check().await?;
    let jobs = Api::<Job>::namespaced(cluster.client.clone(), &cluster.namespace);
    let params = DeleteParams::foreground();
    match jobs.delete(&job.name, &params).await {
        Err(kube::Error::Api(status)) if status.is_not_found() => return Ok(()),
        Err(error) => return Err(cluster.explain(error, &format!("remove {}", describe(job)))),
        Ok(_) => {}
    }
    let began = Instant::now();
    while read_migration(cluster, job).await?.is_some() {
        if began.elapsed() > GONE {
            return Err(Error::new(Kind::User, format!("{} failed before, and does not go", describe(job)))
                .hint("something holds it; see its finalizers and its pods")
                .hint(format!("kubectl get job {} -n {} -o yaml", job.name, cluster.namespace))
                .reason(Reason::Terminating));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// Removes the Jobs of older revisions beyond those that are kept, and the config that no Job has any more.
///
/// # Errors
/// What could not be removed; the deploy need not care.
pub async fn forget_migrations(cluster: &Cluster, guard: &WriteGuard, migration: &Migration) -> Result<()> {
    guard.check().await?;
    let forgotten = forget(cluster, migration).await;
    forgotten.map_err(|e| cluster.explain(e, "remove the Jobs of earlier migrations"))
}

async fn forget(cluster: &Cluster, migration: &Migration) -> Result<(), kube::Error> {
    let jobs = Api::<Job>::namespaced(cluster.client.clone(), &cluster.namespace);
    let labelled = ListParams::default().labels(&service_selector(&migration.account.name));
    let mut found = jobs.list(&labelled).await?.items;
    found.sort_by_key(|job| std::cmp::Reverse(job.metadata.creation_timestamp.clone()));
    let (kept, old) = found.split_at(found.len().min(KEPT));
    let used: BTreeSet<&str> = kept.iter().flat_map(config_of).collect();
    let background =
        DeleteParams { propagation_policy: Some(PropagationPolicy::Background), ..DeleteParams::default() };
    try_join_all(old.iter().map(|job| async { gone(jobs.delete(&job.name_any(), &background).await.map(drop)) }))
        .await?;
    if migration.config.is_some() || !old.is_empty() {
        let maps = Api::<ConfigMap>::namespaced(cluster.client.clone(), &cluster.namespace);
        let listed = maps.list_metadata(&labelled).await?;
        let unused = listed.iter().map(ResourceExt::name_any).filter(|name| !used.contains(name.as_str()));
        try_join_all(unused.map(|name| {
            let maps = maps.clone();
            async move { gone(maps.delete(&name, &DeleteParams::default()).await.map(drop)) }
        }))
        .await?;
    }
    Ok(())
}

/// Someone else removed it: just as well.
fn gone(deleted: Result<(), kube::Error>) -> Result<(), kube::Error> {
    match deleted {
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        other => other,
    }
}

fn config_of(job: &Job) -> impl Iterator<Item = &str> {
    let pod = job.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    let volumes = pod.and_then(|pod| pod.volumes.as_deref()).unwrap_or_default();
    volumes.iter().filter_map(|volume| Some(volume.config_map.as_ref()?.name.as_str()))
}
