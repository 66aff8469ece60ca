//! One look at a workload and what belongs to it, or at all workloads of a namespace.

use futures::future::{join_all, try_join_all};
use futures::stream::{self, StreamExt};
use futures::{FutureExt, join, try_join};
use jiff::Timestamp;
use kube::api::ListParams;
use serde_json::Value;

use super::lists;
use super::missing::missing;
use super::related::related;
use super::target::Target;
use crate::cluster::api::objects;
use crate::cluster::connect::Cluster;
use crate::cluster::watch::{Role, Store};
use crate::error::{Error, Result};
use crate::manifests::{WORKLOADS, WorkloadKind};
use crate::reason::Reason;
use crate::rollout::{Snapshot, Workload};

/// Workloads whose pods are read at the same time.
const TOGETHER: usize = 3;

/// A workload that was asked for.
pub struct Looked {
    /// What was asked for.
    pub workload: Workload,
    /// Of the workload; of the Job that it made last for a `CronJob`, where there is one.
    pub snapshot: Snapshot,
}

/// What is known now of a workload, of its kind or of the first kind that has one of that name.
///
/// # Errors
/// When it is not there, with what is there instead; when this user may not look.
pub(super) async fn look(cluster: &Cluster, target: &Target) -> Result<Looked> {
    Box::pin(look_among(cluster, target, events_about(cluster, &[target]))).await
}

/// The same with these events.
///
/// # Errors
/// As [`look`].
async fn look_among(cluster: &Cluster, target: &Target, events: impl Future<Output = Vec<Value>>) -> Result<Looked> {
    if target.kind.is_some() && !target.is_workload() {
        return Err(Error::usage(format!("{target} runs no pods itself"))
            .hint(format!("name what runs behind it, such as deployment/{}", target.name)));
    }
    match find(cluster, target.kind, &target.name).await? {
        Some(workload) => around(cluster, workload, events).await,
        None => Err(missing(cluster, target.kind.unwrap_or(&WORKLOADS[0]), &target.name).await),
    }
}

/// Looks at each of a namespace, whose events are read once for all of them.
pub(super) async fn look_at_all(cluster: &Cluster, targets: &[&Target]) -> Vec<Result<Looked>> {
    let events = events_about(cluster, targets).await;
    let looks = targets.iter().map(|target| {
        let own = events.iter().filter(|event| is_about(event, target)).cloned().collect();
        Box::pin(look_among(cluster, target, std::future::ready(own)))
    });
    stream::iter(looks).buffered(TOGETHER).collect().await
}

/// The events about these and about what is named after them, as their pods are, and about claims. Without them less is
/// explained.
async fn events_about(cluster: &Cluster, targets: &[&Target]) -> Vec<Value> {
    let wanted = |event: &Value| targets.iter().any(|target| is_about(event, target));
    let found = lists::events_that(cluster, &cluster.namespace, wanted).await;
    or_none(cluster, found).unwrap_or_default()
}

fn is_about(event: &Value, target: &Target) -> bool {
    let about = &event["involvedObject"];
    about["kind"] == "PersistentVolumeClaim" || about["name"].as_str().is_some_and(|own| own.starts_with(&target.name))
}

/// The workload of this name, of this kind or of the first kind that has one.
///
/// # Errors
/// When this user may not look, and it is nowhere else.
pub(super) async fn find(cluster: &Cluster, kind: Option<&WorkloadKind>, name: &str) -> Result<Option<Workload>> {
    let kinds = WORKLOADS.iter().filter(|each| kind.is_none_or(|kind| kind == *each));
    let found = join_all(kinds.map(|kind| get(cluster, kind, name))).await;
    let mut refused = None;
    for answer in found {
        match answer {
            Ok(Some(workload)) => return Ok(Some(workload)),
            Ok(None) => {}
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    refused.map_or(Ok(None), Err)
}

/// The workloads with these labels that nobody else owns.
///
/// # Errors
/// When pods may not be listed, or the selector is none; a kind of workload that may not be listed is left out.
pub(super) async fn labelled(cluster: &Cluster, labels: &str) -> Result<Vec<Target>> {
    let selected = ListParams::default().labels(labels);
    let lists = WORKLOADS.iter().map(|kind| {
        let selected = &selected;
        async move {
            let listed = lists::list(cluster, &cluster.namespace, &objects::workloads(kind), selected).await;
            if kind.kind == "Pod" { listed } else { or_none(cluster, listed) }
        }
    });
    let found = try_join_all(lists).await?;
    let workloads = found.iter().flatten().filter_map(Workload::read).filter(|workload| !is_owned(workload));
    Ok(workloads.filter_map(|workload| Target::object(workload.kind(), workload.name(), None)).collect())
}

/// Whether another object made it and makes it again.
fn is_owned(workload: &Workload) -> bool {
    workload.metadata().owner_references.iter().flatten().any(|owner| owner.controller == Some(true))
}

/// Everything about one workload that is there.
async fn around(cluster: &Cluster, workload: Workload, events: impl Future<Output = Vec<Value>>) -> Result<Looked> {
    let mut about = workload.clone();
    if let Workload::CronJob(_) = &workload {
        let jobs = all(cluster, "Job").await?;
        about = last_job(&workload, &jobs).cloned().unwrap_or(about);
    }
    let (related, events, claims) = join!(related(cluster, &cluster.namespace, &about), events, claims(cluster),);
    let mut store = Store::default();
    keep(&mut store, Role::Workload, or_none(cluster, related.replica_sets)?);
    // A workload without its pods cannot be judged.
    keep(&mut store, Role::Workload, related.pods?);
    // Without these two less is explained, and it is still judged.
    keep(&mut store, Role::Claim, claims.unwrap_or_default());
    keep(&mut store, Role::Event, events);
    store.put(about.clone());
    Ok(Looked { snapshot: store.snapshot(&about), workload })
}

/// All workloads of the namespace that nobody else owns, each with what belongs to it. A `CronJob` is followed by the Job
/// that it made last.
///
/// # Errors
/// When this user may not list pods; a kind of workload that may not be listed is left out.
pub async fn look_around(cluster: &Cluster) -> Result<Vec<Snapshot>> {
    let lists = WORKLOADS.iter().map(|kind| async move {
        let listed = all(cluster, kind.kind).await;
        if kind.kind == "Pod" { listed } else { or_none(cluster, listed) }
    });
    let (objects, events, claims) = try_join!(
        try_join_all(lists),
        lists::events(cluster, &cluster.namespace).map(|listed| or_none(cluster, listed)),
        claims(cluster).map(|listed| or_none(cluster, listed)),
    )?;
    let (schedules, mut roots): (Vec<Workload>, Vec<Workload>) =
        objects.into_iter().flatten().partition(|object| matches!(object, Workload::CronJob(_)));
    let mut store = Store::default();
    for object in &roots {
        store.put(object.clone());
    }
    keep(&mut store, Role::Claim, claims);
    keep(&mut store, Role::Event, events);
    let last_jobs = schedules.iter().filter_map(|schedule| last_job(schedule, &roots));
    let last_jobs: Vec<String> = last_jobs.map(|job| job.uid().to_owned()).collect();
    roots.retain(|object| !is_owned(object) || last_jobs.contains(&object.uid().to_owned()));
    Ok(roots.iter().map(|object| store.snapshot(object)).collect())
}

/// What is not what its kind says is left out.
fn keep(store: &mut Store, role: Role, objects: Vec<Value>) {
    for object in objects {
        store.keep(role, object);
    }
}

/// The Job that a schedule made last.
fn last_job<'w>(schedule: &Workload, objects: &'w [Workload]) -> Option<&'w Workload> {
    let is_its_job = |object: &&Workload| {
        let mut owners = object.metadata().owner_references.iter().flatten();
        matches!(object, Workload::Job(_)) && owners.any(|owner| owner.uid == schedule.uid())
    };
    objects.iter().filter(is_its_job).max_by_key(|job| created(job))
}

fn created(object: &Workload) -> Option<Timestamp> {
    object.metadata().creation_timestamp.as_ref().map(|time| time.0)
}

/// What may not be seen is left out, and that is said; a connection that is lost is not.
fn or_none<K>(cluster: &Cluster, listed: Result<Vec<K>>) -> Result<Vec<K>> {
    match listed {
        Err(error) if error.reason == Some(Reason::Forbidden) => {
            cluster.events.warn(format!("{}; what they would tell is left out", error.what));
            Ok(Vec::new())
        }
        other => other,
    }
}

async fn get(cluster: &Cluster, kind: &WorkloadKind, name: &str) -> Result<Option<Workload>> {
    let of = objects::workloads(kind);
    let found = objects::objects(&cluster.client, &of, Some(&cluster.namespace)).get_opt(name).await;
    let doing = || format!("read {} {}/{name}", kind.kind, cluster.namespace);
    let found = found.map_err(|error| cluster.explain(error, &doing()))?;
    Ok(found.and_then(|object| Workload::read(&objects::value(&of, object))))
}

/// All workloads of a kind.
async fn all(cluster: &Cluster, kind: &str) -> Result<Vec<Workload>> {
    let Some(kind) = WorkloadKind::of_name(kind) else { return Ok(Vec::new()) };
    let found = lists::list(cluster, &cluster.namespace, &objects::workloads(kind), &ListParams::default()).await?;
    Ok(found.iter().filter_map(Workload::read).collect())
}

async fn claims(cluster: &Cluster) -> Result<Vec<Value>> {
    let of = objects::resource("v1", "PersistentVolumeClaim", "persistentvolumeclaims");
    lists::list(cluster, &cluster.namespace, &of, &ListParams::default()).await
}
