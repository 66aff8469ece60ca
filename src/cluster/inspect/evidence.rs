//! Everything that can be seen around a set when it failed: objects, events and logs, as the cluster has them.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use futures::future::join;
use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams, LogParams};
use serde_json::Value;

use super::lists::{self, list};
use super::related::{Related, related};
use crate::bundle::{Gap, LogText};
use crate::cluster::api::{PARALLEL, describe, objects};
use crate::cluster::applyset::Set;
use crate::cluster::connect::Cluster;
use crate::manifests::Manifest;
use crate::manifests::order::is_workload;
use crate::rollout::Workload;

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

const LATE: &str = "no answer in time";

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

/// A workload as it is now, with what belongs to it.
async fn around(cluster: &Cluster, manifest: &Manifest) -> (Vec<Value>, Vec<Gap>) {
    let namespace = manifest.namespace.as_deref().unwrap_or(&cluster.namespace);
    let of = objects::resource(&manifest.api_version, &manifest.kind, &manifest.resource);
    let named = ListParams::default().fields(&format!("metadata.name={}", manifest.name));
    let own = list(cluster, namespace, &of, &named);
    let made = async {
        match Workload::read(&manifest.body) {
            Some(workload) => related(cluster, namespace, &workload).await,
            None => Related::default(),
        }
    };
    let Ok((own, made)) = tokio::time::timeout(PATIENCE, join(own, made)).await else {
        return (Vec::new(), vec![Gap { what: describe(manifest), why: LATE.to_owned() }]);
    };
    let mut objects = Vec::new();
    let mut gaps = Vec::new();
    for (what, seen) in [(&*of.plural, own), ("replicasets", made.replica_sets), ("pods", made.pods)] {
        match seen {
            Ok(seen) => objects.extend(seen),
            Err(error) => gaps.push(Gap { what: what.to_owned(), why: error.what }),
        }
    }
    (objects, gaps)
}

async fn events(cluster: &Cluster, namespace: &str) -> Result<Vec<Value>, Gap> {
    let gap = |why: String| Gap { what: "events".to_owned(), why };
    let listed = tokio::time::timeout(PATIENCE, lists::events(cluster, namespace)).await;
    listed.map_err(|_| gap(LATE.to_owned()))?.map_err(|error| gap(error.what))
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
        Err(_) => Err(gap(LATE)),
        Ok(Err(error)) => Err(gap(&cluster.explain(error, "read it").what)),
        Ok(Ok(text)) if text.starts_with(NO_LOG) => Err(gap("the node removed it already")),
        Ok(Ok(text)) if text.is_empty() => Ok(None),
        Ok(Ok(text)) => Ok(Some(LogText { namespace, pod, container, previous, text })),
    }
}
