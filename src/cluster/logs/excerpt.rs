//! Logs of containers: the last lines as evidence, and whole or followed for a reader.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, LogParams};

use crate::cluster::connect::Cluster;
use crate::rollout::{Log, LogRequest};

/// Evidence is the end of a log: enough for the longest stack trace with what led to it.
const LINES: i64 = 200;
/// A bound for memory only: the kubelet cuts the end off, which is what matters most.
const BYTES: i64 = 1 << 20;
/// A log that does not come soon does not hold up the verdict.
const PATIENCE: Duration = Duration::from_secs(5);
/// The kubelet answers this with 200 when the container's log was already removed.
pub(in crate::cluster) const NO_LOG: &str = "unable to retrieve container logs for ";

/// Fetches the end of one log; empty when it cannot be had.
pub async fn fetch(cluster: &Cluster, request: LogRequest) -> Log {
    let previous = if request.previous { last_lines(cluster, &request, true).await } else { None };
    // The instance before may be gone already, and during the back-off both are the same.
    let text = match previous {
        Some(text) => Some(text),
        None => last_lines(cluster, &request, false).await,
    };
    Log { request, text: text.unwrap_or_default() }
}

async fn last_lines(cluster: &Cluster, request: &LogRequest, previous: bool) -> Option<String> {
    let params = LogParams {
        container: Some(request.container.clone()),
        previous,
        tail_lines: Some(LINES),
        limit_bytes: Some(BYTES),
        ..LogParams::default()
    };
    let pods = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    let text = tokio::time::timeout(PATIENCE, pods.logs(&request.pod, &params)).await.ok()?.ok()?;
    (!text.is_empty() && !text.starts_with(NO_LOG)).then_some(text)
}
