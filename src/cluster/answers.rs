//! What the cluster has, for a hint that is true: keys of a Secret or ConfigMap, and names of the same kind.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Api, ListParams};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::connect::Cluster;
use crate::rollout::{Answer, Ask, Found};

/// A hint is not worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers a question about the cluster; none for a question that only a registry can answer.
pub async fn answer(cluster: &Cluster, ask: &Ask) -> Option<Answer> {
    let found = match ask {
        Ask::Image(_) => return None,
        Ask::Secret(name) => {
            keys_of::<Secret>(cluster, name, |secret| secret.data.unwrap_or_default().into_keys().collect()).await
        }
        Ask::ConfigMap(name) => {
            keys_of::<ConfigMap>(cluster, name, |map| {
                let text = map.data.unwrap_or_default().into_keys();
                text.chain(map.binary_data.unwrap_or_default().into_keys()).collect()
            })
            .await
        }
    };
    Some(Answer { ask: ask.clone(), at: Timestamp::now(), found })
}

/// Only the keys leave this function, never a value.
async fn keys_of<K>(cluster: &Cluster, name: &str, keys: fn(K) -> Vec<String>) -> Found
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let api = Api::<K>::namespaced(cluster.client.clone(), &cluster.namespace);
    let asking = async {
        match api.get_opt(name).await {
            Ok(Some(object)) => Found::Present(keys(object)),
            Ok(None) => {
                let others = api.list_metadata(&ListParams::default()).await;
                Found::Absent(others.map(|list| list.iter().map(ResourceExt::name_any).collect()).unwrap_or_default())
            }
            Err(_) => Found::Unknown,
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or(Found::Unknown)
}
