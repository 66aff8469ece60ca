//! What the nodes offer, for a pod that fits on none, and whether the node of a pod is up.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join;
use k8s_openapi::api::core::v1::{Container, Node, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::ResourceExt;
use kube::api::{Api, ListParams};

use super::lists::each;
use crate::cluster::connect::Cluster;
use crate::error::Result;
use crate::rollout::{HostPort, LookupResult, NodeCapacity, Taint, quantity, resource_requests};

/// All nodes, and what their pods ask for where those may be listed; none where this user may not see nodes.
pub(in crate::cluster) async fn rooms(cluster: &Cluster) -> Option<Vec<NodeCapacity>> {
    let everything = ListParams::default();
    let nodes = Api::<Node>::all(cluster.client.clone());
    let (nodes, loads) = join(nodes.list(&everything), loads(cluster)).await;
    let mut loads = loads.ok();
    let room = |node: Node| {
        let own = loads.as_mut().map(|loads| loads.remove(&node.name_any()).unwrap_or_default());
        room(node, own)
    };
    Some(nodes.ok()?.items.into_iter().map(room).collect())
}

/// The platforms of all nodes (`linux/arm64`); none where this user may not see nodes, as with the role `edit`.
pub async fn platforms(cluster: &Cluster) -> BTreeSet<String> {
    let nodes = Api::<Node>::all(cluster.client.clone()).list_metadata(&ListParams::default()).await;
    let platform = |labels: &BTreeMap<String, String>| {
        Some(format!("{}/{}", labels.get("kubernetes.io/os")?, labels.get("kubernetes.io/arch")?))
    };
    nodes.map(|list| list.iter().filter_map(|node| platform(node.labels())).collect()).unwrap_or_default()
}

/// What the pods of a node take.
#[derive(Default)]
struct Load {
    requested: BTreeMap<String, f64>,
    ports: Vec<HostPort>,
}

/// By node.
async fn loads(cluster: &Cluster) -> Result<BTreeMap<String, Load>> {
    let unfinished = ListParams::default().fields("status.phase!=Succeeded,status.phase!=Failed");
    let mut loads: BTreeMap<String, Load> = BTreeMap::new();
    let add = |pod: Pod| {
        let Some(spec) = &pod.spec else { return };
        let Some(node) = &spec.node_name else { return };
        let load = loads.entry(node.clone()).or_default();
        for (name, value) in resource_requests(spec) {
            *load.requested.entry(name).or_insert(0.0) += value;
        }
        load.ports.extend(host_ports(&pod));
    };
    each(cluster, "pods", unfinished, add).await?;
    Ok(loads)
}

/// Whether a node is ready, by its own condition; unknown where this user may not see nodes.
pub(in crate::cluster) async fn state(cluster: &Cluster, name: &str) -> LookupResult {
    let node = match Api::<Node>::all(cluster.client.clone()).get_opt(name).await {
        Ok(Some(node)) => node,
        Ok(None) => return LookupResult::Absent(Vec::new()),
        Err(_) => return LookupResult::Unknown,
    };
    let conditions = node.status.and_then(|status| status.conditions).unwrap_or_default();
    match conditions.into_iter().find(|condition| condition.type_ == "Ready") {
        Some(ready) if ready.status != "True" => {
            let said = [ready.reason.unwrap_or_default(), ready.message.unwrap_or_default()];
            LookupResult::NotReady(said.join(": "))
        }
        Some(_) => LookupResult::Present(Vec::new()),
        None => LookupResult::Unknown,
    }
}

fn room(node: Node, load: Option<Load>) -> NodeCapacity {
    let name = node.metadata.name.unwrap_or_default();
    let (requested, ports) = load.map(|load| (load.requested, load.ports)).unzip();
    let spec = node.spec.unwrap_or_default();
    let taint = |taint: k8s_openapi::api::core::v1::Taint| Taint {
        key: taint.key,
        value: taint.value.unwrap_or_default(),
        effect: taint.effect,
    };
    let allocatable = node.status.and_then(|status| status.allocatable).unwrap_or_default();
    NodeCapacity {
        labels: node.metadata.labels.unwrap_or_default(),
        taints: spec.taints.unwrap_or_default().into_iter().map(taint).collect(),
        cordoned: spec.unschedulable == Some(true),
        allocatable: amounts(&allocatable),
        requested,
        ports: ports.unwrap_or_default(),
        name,
    }
}

fn amounts(quantities: &BTreeMap<String, Quantity>) -> BTreeMap<String, f64> {
    quantities.iter().filter_map(|(name, amount)| Some((name.clone(), quantity::parse(&amount.0)?))).collect()
}

fn host_ports(pod: &Pod) -> impl Iterator<Item = HostPort> {
    let metadata = &pod.metadata;
    let who = format!(
        "{}/{}",
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default()
    );
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let ports = containers.iter().flat_map(|container: &Container| container.ports.iter().flatten());
    ports.filter_map(move |port| {
        let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
        Some(HostPort {
            port: port.host_port?,
            protocol,
            pod: who.clone(),
            goes: metadata.deletion_timestamp.is_some(),
        })
    })
}
