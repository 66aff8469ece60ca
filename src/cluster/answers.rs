//! What the cluster has, for a hint that is true: keys of a Secret or ConfigMap, and names of the same kind.

use std::time::Duration;

use futures::future::join_all;
use http::Request;
use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Api, ListParams};
use kube::client::Body;
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::connect::Cluster;
use crate::rollout::{Answer, Ask, Found, Reply, Target};

/// A hint is not worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(5);
/// For one reply of a program: a probe waits no longer by default.
const REPLY: Duration = Duration::from_secs(1);

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
        Ask::Http { pod, targets } => {
            Found::Http(join_all(targets.iter().map(|to| get(cluster, pod, to))).await.into_iter().flatten().collect())
        }
    };
    Some(Answer { ask: ask.clone(), at: Timestamp::now(), found })
}

/// A GET through the API server. Nothing where nothing listens, where it takes too long, and where this user may not.
async fn get(cluster: &Cluster, pod: &str, target: &Target) -> Option<Reply> {
    let Target { port, path } = target;
    // A path that leaves the pod's part of the API would ask something else.
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let place = format!("/api/v1/namespaces/{}/pods/{pod}:{port}/proxy{path}", cluster.namespace);
    let request = Request::get(place).body(Body::empty()).ok()?;
    let asking = async {
        let response = cluster.client.send(request).await.ok()?;
        let status = response.status();
        // The API server's own words, not the program's: it could not reach it, or this user may not ask.
        let is_own = !status.is_success() && {
            let body = response.into_body().collect_bytes().await.ok()?;
            serde_json::from_slice::<kube::core::Status>(&body).is_ok_and(|own| own.code == status.as_u16())
        };
        (!is_own).then(|| Reply { target: target.clone(), status: status.as_u16() })
    };
    tokio::time::timeout(REPLY, asking).await.ok()?
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
