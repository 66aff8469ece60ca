//! Everything that can be seen around a set when it failed: objects, events and logs, as the cluster has them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DynamicObject, ListParams, LogParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;

use super::pages;
use crate::bundle::{Gap, LogText};
use crate::cluster::api::PARALLEL;
use crate::cluster::applyset::Set;
use crate::cluster::connect::Cluster;
use crate::manifests::Manifest;
use crate::manifests::order::is_workload;

/// Workloads that are looked at, and containers whose logs are fetched.
const WORKLOADS: usize = 20;
const LOGS: usize = 24;
/// The end of a log, and a bound for lines without end.
const LINES: i64 = 2000;
const BYTES: i64 = 2 << 20;
/// What does not come soon is left out.
const PATIENCE: Duration = Duration::from_secs(10);
/// The kubelet answers this with 200 when the container's log was already removed.
const NO_LOG: &str = "unable to retrieve container logs for ";

/// What was found, and what not.
#[derive(Debug, Default)]
pub struct Found {
    pub objects: Vec<Value>,
    pub events: Vec<Value>,
    pub logs: Vec<LogText>,
    pub gaps: Vec<Gap>,
}

/// Looks at the workloads of a set, their `ReplicaSet`s and pods, their events and logs. Never fails: what cannot be
/// had is a gap.
pub async fn evidence(cluster: &Cluster, set: &Set) -> Found {
    let mut found = Found::default();
    let workloads = set.manifests.iter().filter(|manifest| is_workload(&manifest.kind)).take(WORKLOADS);
    let looks = workloads.map(|manifest| around(cluster, manifest));
    let seen: Vec<_> = stream::iter(looks).buffered(PARALLEL).collect().await;
    for (objects, gaps) in seen {
        found.objects.extend(objects);
        found.gaps.extend(gaps);
    }
    // A pod that two workloads select is seen twice.
    let mut about = HashSet::new();
    found.objects.retain(|object| object["metadata"]["uid"].as_str().is_none_or(|uid| about.insert(uid.to_owned())));
    let places: BTreeSet<String> =
        found.objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str().map(str::to_owned)).collect();
    let looks = places.iter().map(|place| events(cluster, place));
    let seen: Vec<_> = stream::iter(looks).buffered(PARALLEL).collect().await;
    for events in seen {
        match events {
            Ok(events) => found.events.extend(
                events
                    .into_iter()
                    .filter(|e| e["involvedObject"]["uid"].as_str().is_some_and(|uid| about.contains(uid))),
            ),
            Err(gap) => found.gaps.push(gap),
        }
    }
    let wanted: Vec<_> = found.objects.iter().filter(|object| object["kind"] == "Pod").flat_map(containers).collect();
    if wanted.len() > LOGS {
        let why = format!("{} containers, and the logs of {LOGS} are kept", wanted.len());
        found.gaps.push(Gap { what: "logs".to_owned(), why });
    }
    let logs = wanted.into_iter().take(LOGS).map(|wanted| log(cluster, wanted));
    let logs: Vec<_> = stream::iter(logs).buffered(PARALLEL).collect().await;
    for log in logs {
        match log {
            Ok(log) => found.logs.extend(log),
            Err(gap) => found.gaps.push(gap),
        }
    }
    found
}

/// A workload as it is now, with what it made.
async fn around(cluster: &Cluster, manifest: &Manifest) -> (Vec<Value>, Vec<Gap>) {
    let namespace = manifest.namespace.as_deref().unwrap_or(&cluster.namespace);
    let (group, version) = manifest.api_version.rsplit_once('/').unwrap_or(("", &manifest.api_version));
    let own = resource(group, version, &manifest.kind, &manifest.resource);
    let named = ListParams::default().fields(&format!("metadata.name={}", manifest.name));
    let labels: BTreeMap<String, String> =
        serde_json::from_value(manifest.body["spec"]["selector"]["matchLabels"].clone()).unwrap_or_default();
    let selector = match manifest.kind.as_str() {
        // Its selector is made by the server.
        "Job" => format!("batch.kubernetes.io/job-name={}", manifest.name),
        _ => labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","),
    };
    let selected = ListParams::default().labels(&selector);
    let (sets, pods) = (resource("apps", "v1", "ReplicaSet", "replicasets"), resource("", "v1", "Pod", "pods"));
    let made = async {
        if selector.is_empty() {
            return (Ok(Vec::new()), Ok(Vec::new()));
        }
        futures::future::join(list(cluster, namespace, &sets, &selected), list(cluster, namespace, &pods, &selected))
            .await
    };
    let (own, (sets, pods)) = futures::future::join(list(cluster, namespace, &own, &named), made).await;
    let mut objects = Vec::new();
    let mut gaps = Vec::new();
    for seen in [own, sets, pods] {
        match seen {
            Ok(seen) => objects.extend(seen),
            Err(gap) => gaps.push(gap),
        }
    }
    (objects, gaps)
}

fn resource(group: &str, version: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
}

async fn list(cluster: &Cluster, namespace: &str, of: &ApiResource, params: &ListParams) -> Result<Vec<Value>, Gap> {
    let api = Api::<DynamicObject>::namespaced_with(cluster.client.clone(), namespace, of);
    values(cluster, of, async { api.list(params).await.map(|list| list.items) }).await
}

async fn events(cluster: &Cluster, namespace: &str) -> Result<Vec<Value>, Gap> {
    let of = resource("", "v1", "Event", "events");
    let api = Api::<DynamicObject>::namespaced_with(cluster.client.clone(), namespace, &of);
    values(cluster, &of, pages::events(&api)).await
}

async fn values(
    cluster: &Cluster,
    of: &ApiResource,
    list: impl Future<Output = Result<Vec<DynamicObject>, kube::Error>>,
) -> Result<Vec<Value>, Gap> {
    let gap = |why: String| Gap { what: of.plural.clone(), why };
    let list = tokio::time::timeout(PATIENCE, list).await;
    let list = list.map_err(|_| gap("no answer in time".to_owned()))?;
    let list = list.map_err(|error| gap(cluster.explain(error, "read it").what))?;
    let value = |mut object: DynamicObject| {
        // Items of a list do not say what they are.
        object.types = Some(kube::core::TypeMeta { api_version: of.api_version.clone(), kind: of.kind.clone() });
        serde_json::to_value(object).unwrap_or_default()
    };
    Ok(list.into_iter().map(value).collect())
}

/// Which log of which container.
struct Wanted {
    namespace: String,
    pod: String,
    container: String,
    previous: bool,
}

/// The containers of a pod that ran, and the instances before.
fn containers(pod: &Value) -> Vec<Wanted> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let statuses = ["initContainerStatuses", "containerStatuses"];
    let statuses = statuses.iter().flat_map(|of| pod["status"][of].as_array().into_iter().flatten());
    let ran = statuses.filter(|status| status["containerID"].as_str().is_some_and(|id| !id.is_empty()));
    ran.flat_map(|status| {
        let wanted = |previous| Wanted {
            namespace: text(&pod["metadata"]["namespace"]),
            pod: text(&pod["metadata"]["name"]),
            container: text(&status["name"]),
            previous,
        };
        let again = status["restartCount"].as_i64().unwrap_or(0) > 0;
        [Some(wanted(false)), again.then(|| wanted(true))].into_iter().flatten()
    })
    .collect()
}

async fn log(cluster: &Cluster, wanted: Wanted) -> Result<Option<LogText>, Gap> {
    let Wanted { namespace, pod, container, previous } = wanted;
    let params = LogParams {
        container: Some(container.clone()),
        previous,
        tail_lines: Some(LINES),
        limit_bytes: Some(BYTES),
        ..LogParams::default()
    };
    let what = format!(
        "log of {namespace}/{pod}, container {container}{}",
        if previous { " (the instance before)" } else { "" }
    );
    let pods = Api::<Pod>::namespaced(cluster.client.clone(), &namespace);
    let text = tokio::time::timeout(PATIENCE, pods.logs(&pod, &params)).await;
    let gap = |why: &str| Gap { what: what.clone(), why: why.to_owned() };
    match text {
        Err(_) => Err(gap("no answer in time")),
        Ok(Err(error)) => Err(gap(&cluster.explain(error, "read it").what)),
        Ok(Ok(text)) if text.starts_with(NO_LOG) => Err(gap("the node removed it already")),
        Ok(Ok(text)) if text.is_empty() => Ok(None),
        Ok(Ok(text)) => Ok(Some(LogText { namespace, pod, container, previous, text })),
    }
}
