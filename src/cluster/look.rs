//! One look at a Deployment and what belongs to it, in one round.

use futures::future::try_join4;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{Api, ListParams};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::connect::Cluster;
use super::watch::{gather, selector};
use crate::error::{Error, Result};
use crate::rollout::Snapshot;
use crate::text::{foreign_line, nearest};

/// Names that are listed where one is not there.
const NAMES: usize = 12;

/// What is known of the Deployment `name` now.
///
/// # Errors
/// When it is not there, with what is there instead; when this user may not look.
pub async fn look(cluster: &Cluster, name: &str) -> Result<Snapshot> {
    let labelled = ListParams::default().labels(&selector(name));
    let deployment = async {
        let get = Api::<Deployment>::namespaced(cluster.client.clone(), &cluster.namespace);
        get.get_opt(name)
            .await
            .map_err(|e| cluster.explain(e, &format!("read Deployment {}/{name}", cluster.namespace)))
    };
    let (deployment, replica_sets, pods, events) = try_join4(
        deployment,
        list::<ReplicaSet>(cluster, &labelled),
        list::<Pod>(cluster, &labelled),
        list::<Event>(cluster, &ListParams::default()),
    )
    .await?;
    match deployment {
        Some(deployment) => Ok(gather(deployment, replica_sets, pods, events.into_iter())),
        None => Err(missing(cluster, name).await),
    }
}

pub(super) async fn list<K>(cluster: &Cluster, params: &ListParams) -> Result<Vec<K>>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let list = Api::<K>::namespaced(cluster.client.clone(), &cluster.namespace).list(params).await;
    let doing = || format!("list the {} of namespace {}", K::plural(&()), cluster.namespace);
    list.map(|list| list.items).map_err(|e| cluster.explain(e, &doing()))
}

pub(super) async fn missing(cluster: &Cluster, name: &str) -> Error {
    let error = Error::user(format!("there is no Deployment {}/{name}", cluster.namespace))
        .at(cluster.place())
        .reason("NotFound");
    let deployments = Api::<Deployment>::namespaced(cluster.client.clone(), &cluster.namespace);
    let names: Vec<String> = match deployments.list_metadata(&ListParams::default()).await {
        Ok(list) => list.iter().map(ResourceExt::name_any).collect(),
        Err(_) => Vec::new(),
    };
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
    error.hint(format!("Deployments there: {shown}{more}")).hint("choose another namespace with -n, --context or --env")
}
