//! Whether a claim is bound at once or only when a pod needs it.

use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::Api;

use crate::cluster::connect::Cluster;

/// Whether claims of this class wait for their first pod; also where this user may not know, so that nobody waits in
/// vain.
pub async fn binds_late(cluster: &Cluster, class: &str) -> bool {
    let class = Api::<StorageClass>::all(cluster.client.clone()).get_opt(class).await;
    match class {
        Ok(Some(class)) => class.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"),
        Ok(None) => false,
        Err(_) => true,
    }
}
