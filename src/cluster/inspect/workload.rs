//! One look at a workload and what belongs to it, or at all workloads of a namespace.

use futures::future::join_all;
use futures::{FutureExt, join, try_join};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::api::{Api, ListParams};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::pages;
use crate::cluster::connect::Cluster;
use crate::cluster::watch::{Store, claims};
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::rollout::{Snapshot, WORKLOADS, Workload};
use crate::text::{foreign_line, nearest};

/// Names that are listed where one is not there.
const NAMES: usize = 12;

/// A workload that was asked for.
pub struct Looked {
    /// What was asked for.
    pub workload: Workload,
    /// Of the workload; of the Job that it made last for a `CronJob`, where there is one.
    pub snapshot: Snapshot,
}

/// What is known now of the workload `name`, of this kind or of the first kind that has one.
///
/// # Errors
/// When it is not there, with what is there instead; when this user may not look.
pub async fn look(cluster: &Cluster, kind: Option<&str>, name: &str) -> Result<Looked> {
    let kinds: Vec<&str> =
        WORKLOADS.iter().map(|each| each.kind).filter(|each| kind.is_none_or(|kind| kind == *each)).collect();
    let found = join_all(kinds.iter().map(|kind| get(cluster, kind, name))).await;
    let mut refused = None;
    for answer in found {
        match answer {
            Ok(Some(workload)) => return around(cluster, workload).await,
            Ok(None) => {}
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match refused {
        Some(error) => Err(error),
        None => Err(missing(cluster, kind.unwrap_or("Deployment"), name).await),
    }
}

/// Everything about one workload that is there.
async fn around(cluster: &Cluster, workload: Workload) -> Result<Looked> {
    let mut about = workload.clone();
    if let Workload::CronJob(schedule) = &workload {
        let jobs: Vec<Job> = list(cluster, &ListParams::default()).await?;
        let mine = jobs.into_iter().filter(|job| {
            job.owner_references().iter().any(|owner| Some(&owner.uid) == schedule.metadata.uid.as_ref())
        });
        if let Some(last) = mine.max_by_key(|job| job.creation_timestamp().map(|time| time.0)) {
            about = last.into();
        }
    }
    let labelled = match about.selector().and_then(text_of) {
        Some(selector) => ListParams::default().labels(&selector),
        None => ListParams::default(),
    };
    let named = ListParams::default().fields(&format!("metadata.name={}", about.name()));
    let of_pods = if matches!(about, Workload::Pod(_)) { &named } else { &labelled };
    let is_deployment = about.deployment().is_some();
    let sets = async {
        if is_deployment { list::<ReplicaSet>(cluster, &labelled).map(or_none).await } else { Ok(Vec::new()) }
    };
    let all = ListParams::default();
    let (sets, pods, events, held) =
        join!(sets, list::<Pod>(cluster, of_pods), events(cluster), list::<PersistentVolumeClaim>(cluster, &all),);
    let mut store = Store::default();
    let (sets, pods) = (sets?, pods?);
    let needs_claims = pods.iter().any(|pod| claims(pod).next().is_some());
    for object in sets.into_iter().map(Workload::from).chain(pods.into_iter().map(Workload::from)) {
        store.put(object);
    }
    // Without these two less is explained, and it is still judged.
    for claim in held.unwrap_or_default().into_iter().filter(|_| needs_claims) {
        store.put_claim(claim);
    }
    for event in events.unwrap_or_default() {
        store.put_event(event);
    }
    Ok(Looked { snapshot: store.snapshot(&about), workload })
}

/// All workloads of the namespace that nobody else owns, each with what belongs to it. A `CronJob` is followed by the Job
/// that it made last.
///
/// # Errors
/// When this user may not list pods; a kind of workload that may not be listed is left out.
pub async fn look_around(cluster: &Cluster) -> Result<Vec<Snapshot>> {
    let all = ListParams::default();
    let (pods, events, held, schedules, deployments, stateful_sets, daemon_sets, jobs, sets) = try_join!(
        list::<Pod>(cluster, &all).boxed(),
        events(cluster).map(or_none).boxed(),
        list::<PersistentVolumeClaim>(cluster, &all).map(or_none).boxed(),
        list::<CronJob>(cluster, &all).map(or_none).boxed(),
        objects::<Deployment>(cluster).boxed(),
        objects::<StatefulSet>(cluster).boxed(),
        objects::<DaemonSet>(cluster).boxed(),
        objects::<Job>(cluster).boxed(),
        objects::<ReplicaSet>(cluster).boxed(),
    )?;
    let mut store = Store::default();
    for claim in held {
        store.put_claim(claim);
    }
    let mut roots: Vec<Workload> =
        [deployments, stateful_sets, daemon_sets, jobs, sets].into_iter().flatten().collect();
    roots.extend(pods.into_iter().map(Workload::from));
    for object in &roots {
        store.put(object.clone());
    }
    for event in events {
        store.put_event(event);
    }
    let last_jobs = last_jobs(&schedules, &roots);
    roots.retain(|object| {
        let owners = object.metadata().owner_references.as_deref().unwrap_or_default();
        owners.iter().all(|owner| owner.controller != Some(true)) || last_jobs.contains(&object.uid().to_owned())
    });
    Ok(roots.iter().map(|object| store.snapshot(object)).collect())
}

/// The UID of the Job that each schedule made last.
fn last_jobs(schedules: &[CronJob], objects: &[Workload]) -> Vec<String> {
    let last = |schedule: &CronJob| {
        let is_mine = |object: &&Workload| {
            let owners = object.metadata().owner_references.as_deref().unwrap_or_default();
            matches!(object, Workload::Job(_))
                && owners.iter().any(|owner| Some(&owner.uid) == schedule.metadata.uid.as_ref())
        };
        let created = |object: &&Workload| object.metadata().creation_timestamp.as_ref().map(|time| time.0);
        Some(objects.iter().filter(is_mine).max_by_key(created)?.uid().to_owned())
    };
    schedules.iter().filter_map(last).collect()
}

async fn objects<K: Listed + Into<Workload>>(cluster: &Cluster) -> Result<Vec<Workload>> {
    let found = list::<K>(cluster, &ListParams::default()).map(or_none).await?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// What may not be seen is left out; a connection that is lost is not.
fn or_none<K>(listed: Result<Vec<K>>) -> Result<Vec<K>> {
    match listed {
        Err(error) if error.reason == Some(Reason::Forbidden) => Ok(Vec::new()),
        other => other,
    }
}

async fn get(cluster: &Cluster, kind: &str, name: &str) -> Result<Option<Workload>> {
    match kind {
        "Deployment" => typed::<Deployment>(cluster, kind, name).await,
        "StatefulSet" => typed::<StatefulSet>(cluster, kind, name).await,
        "DaemonSet" => typed::<DaemonSet>(cluster, kind, name).await,
        "CronJob" => typed::<CronJob>(cluster, kind, name).await,
        "Job" => typed::<Job>(cluster, kind, name).await,
        "ReplicaSet" => typed::<ReplicaSet>(cluster, kind, name).await,
        _ => typed::<Pod>(cluster, kind, name).await,
    }
}

async fn typed<K: Listed + Into<Workload>>(cluster: &Cluster, kind: &str, name: &str) -> Result<Option<Workload>> {
    let api = Api::<K>::namespaced(cluster.client.clone(), &cluster.namespace);
    let found = api.get_opt(name).await;
    let found = found.map_err(|e| cluster.explain(e, &format!("read {kind} {}/{name}", cluster.namespace)))?;
    Ok(found.map(Into::into))
}

/// A selector as a query writes it.
fn text_of(selector: &LabelSelector) -> Option<String> {
    let labels = selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}={value}"));
    let expressions = selector.match_expressions.iter().flatten().map(|expression| {
        let (key, values) = (&expression.key, expression.values.clone().unwrap_or_default().join(","));
        match expression.operator.as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.clone(),
        }
    });
    let parts: Vec<String> = labels.chain(expressions).collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

/// What a listing of a built-in kind needs.
pub(in crate::cluster) trait Listed:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Send
{
}

impl<K> Listed for K where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Send
{
}

pub(in crate::cluster) async fn list<K: Listed>(cluster: &Cluster, params: &ListParams) -> Result<Vec<K>> {
    let list = Api::<K>::namespaced(cluster.client.clone(), &cluster.namespace).list(params).await;
    let doing = || format!("list the {} of namespace {}", K::plural(&()), cluster.namespace);
    list.map(|list| list.items).map_err(|e| cluster.explain(e, &doing()))
}

async fn events(cluster: &Cluster) -> Result<Vec<Event>> {
    let found = pages::events(&Api::namespaced(cluster.client.clone(), &cluster.namespace)).await;
    found.map_err(|e| cluster.explain(e, &format!("list the events of namespace {}", cluster.namespace)))
}

pub(in crate::cluster) async fn missing(cluster: &Cluster, kind: &str, name: &str) -> Error {
    let error = Error::user(format!("there is no {kind} {}/{name}", cluster.namespace))
        .at(cluster.place())
        .reason(Reason::NotFound);
    let names = names(cluster, kind).await;
    let error = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("the nearest is {}", foreign_line(near, 80))),
        None => error,
    };
    if names.is_empty() {
        return error
            .hint("this namespace has none; is it the right one? Choose with -n, --context or --env")
            .hint("or deploy it: plat deploy");
    }
    let more = if names.len() > NAMES { format!(" and {} more", names.len() - NAMES) } else { String::new() };
    let shown = names.iter().take(NAMES).map(|name| foreign_line(name, 60)).collect::<Vec<_>>().join(", ");
    error.hint(format!("{kind}s there: {shown}{more}")).hint("choose another namespace with -n, --context or --env")
}

async fn names(cluster: &Cluster, kind: &str) -> Vec<String> {
    async fn of<K: Listed>(cluster: &Cluster) -> Vec<String> {
        let api = Api::<K>::namespaced(cluster.client.clone(), &cluster.namespace);
        let list = api.list_metadata(&ListParams::default()).await;
        list.map(|list| list.iter().map(ResourceExt::name_any).collect()).unwrap_or_default()
    }
    match kind {
        "Deployment" => of::<Deployment>(cluster).await,
        "StatefulSet" => of::<StatefulSet>(cluster).await,
        "DaemonSet" => of::<DaemonSet>(cluster).await,
        "CronJob" => of::<CronJob>(cluster).await,
        "Job" => of::<Job>(cluster).await,
        "ReplicaSet" => of::<ReplicaSet>(cluster).await,
        "Service" => of::<k8s_openapi::api::core::v1::Service>(cluster).await,
        _ => of::<Pod>(cluster).await,
    }
}
