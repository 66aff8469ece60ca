//! Names that are there, for a hint or a completion. What may not be listed has none.

use kube::ResourceExt;
use kube::api::{ApiResource, ListParams};

use super::target::Target;
use crate::cluster::api::objects;
use crate::cluster::applyset;
use crate::cluster::connect::Cluster;
use crate::manifests::{WORKLOADS, WorkloadKind};

/// Kinds whose names people type without the kind: the others are made by these.
const TYPED: usize = 4;

/// The workloads of a kind in the namespace.
pub async fn workloads(cluster: &Cluster, kind: &WorkloadKind) -> Vec<String> {
    list(cluster, &objects::workloads(kind), Some(&cluster.namespace)).await
}

/// All namespaces.
pub async fn namespaces(cluster: &Cluster) -> Vec<String> {
    list(cluster, &objects::resource("v1", "Namespace", "namespaces"), None).await
}

/// The services and sets that plat has deployed in the namespace.
pub async fn deployed(cluster: &Cluster) -> Vec<String> {
    applyset::names(cluster).await
}

/// What a command line could name that begins so: services, sets and workloads, or the objects of the kind that is typed.
pub async fn targets(cluster: &Cluster, typed: &str) -> Vec<String> {
    if let Some((word, _)) = typed.split_once('/') {
        // The name does not matter yet.
        let Ok(target) = Target::parse(&format!("{word}/x")) else { return Vec::new() };
        let Some(kind) = target.kind else { return Vec::new() };
        return workloads(cluster, kind).await.iter().map(|name| format!("{word}/{name}")).collect();
    }
    let kinds = WORKLOADS.iter().take(TYPED).map(|kind| workloads(cluster, kind));
    let (deployed, others) = futures::join!(deployed(cluster), futures::future::join_all(kinds));
    let mut names: Vec<String> = deployed.into_iter().chain(others.into_iter().flatten()).collect();
    names.sort();
    names.dedup();
    names
}

async fn list(cluster: &Cluster, of: &ApiResource, namespace: Option<&str>) -> Vec<String> {
    let listed = objects::objects(&cluster.client, of, namespace).list_metadata(&ListParams::default()).await;
    listed.map(|list| list.iter().map(ResourceExt::name_any).collect()).unwrap_or_default()
}
