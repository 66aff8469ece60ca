//! What belongs to a workload: its `ReplicaSet`s and its pods, found by its selector.

use futures::future::join;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::api::ListParams;
use kube::core::Selector;
use serde_json::Value;

use super::lists::list;
use crate::cluster::api::objects;
use crate::cluster::connect::Cluster;
use crate::error::Result;
use crate::manifests::WorkloadKind;
use crate::rollout::Workload;

/// The Job controller's label on its pods; a Job's selector is made by the API server.
pub(super) const JOB_LABEL: &str = "batch.kubernetes.io/job-name";

/// What belongs to a workload, as the API server has it; either list may fail for itself.
pub(super) struct Related {
    pub replica_sets: Result<Vec<Value>>,
    pub pods: Result<Vec<Value>>,
}

impl Default for Related {
    fn default() -> Self {
        Self { replica_sets: Ok(Vec::new()), pods: Ok(Vec::new()) }
    }
}

/// Asks for what belongs to a workload. Nothing belongs to a pod.
pub(super) async fn related(cluster: &Cluster, namespace: &str, workload: &Workload) -> Related {
    let Some(selector) = selector(workload) else { return Related::default() };
    let selected = ListParams::default().labels(&selector);
    let all = async |kind: &str| match WorkloadKind::of_name(kind) {
        Some(kind) => list(cluster, namespace, &objects::workloads(kind), &selected).await,
        None => Ok(Vec::new()),
    };
    let replica_sets = async { if workload.deployment().is_some() { all("ReplicaSet").await } else { Ok(Vec::new()) } };
    let (replica_sets, pods) = join(replica_sets, all("Pod")).await;
    Related { replica_sets, pods }
}

/// The selector as a query writes it; none where there is none, or where it selects everything.
fn selector(workload: &Workload) -> Option<String> {
    match workload {
        Workload::Job(_) => Some(format!("{JOB_LABEL}={}", workload.name())),
        other => text_of(other.selector()?.clone()),
    }
}

/// A selector as a query writes it.
pub(super) fn text_of(selector: LabelSelector) -> Option<String> {
    Some(Selector::try_from(selector).ok()?.to_string()).filter(|text| !text.is_empty())
}
