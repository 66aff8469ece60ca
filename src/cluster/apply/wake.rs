//! Has a controller try again.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use crate::cluster::api::MANAGER;
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;

/// Wakes the controller of a ReplicaSet that was refused a pod. It waits twice as long after each refusal, up to 1000 s
/// (`DefaultTypedControllerRateLimiter` of client-go), and is not told when a quota has room again or a policy is gone; but
/// it tries at once what was changed (`updateRS`, `pkg/controller/replicaset`). Where that is not allowed, it comes to it by
/// itself.
pub async fn replica_set(cluster: &Cluster, guard: &WriteGuard, name: &str) {
    let patch = json!({"metadata": {"annotations": {"plat.dev/retried": Timestamp::now()}}});
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let sets = Api::<ReplicaSet>::namespaced(cluster.client.clone(), &cluster.namespace);
    if guard.check().await.is_ok()
        && let Err(error) = sets.patch_metadata(name, &params, &Patch::Merge(&patch)).await
    {
        tracing::debug!("ReplicaSet {name} was not woken: {error}");
    }
}
