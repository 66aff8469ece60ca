//! What the nodes offer, for a pod that fits on none, and whether the node of a pod is up.

use std::collections::BTreeMap;

use futures::future::join;
use k8s_openapi::api::core::v1::{Container, Node, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::api::{Api, ListParams};

use crate::cluster::connect::Cluster;
use crate::rollout::{HostPort, LookupResult, NodeCapacity, Taint, quantity, resource_requests};

/// All nodes, and what their pods ask for where those may be listed; none where this user may not see nodes.
pub(in crate::cluster) async fn rooms(cluster: &Cluster) -> Option<Vec<NodeCapacity>> {
    let everything = ListParams::default();
    let unfinished = ListParams::default().fields("status.phase!=Succeeded,status.phase!=Failed");
    let (nodes, pods) = (Api::<Node>::all(cluster.client.clone()), Api::<Pod>::all(cluster.client.clone()));
    let (nodes, pods) = join(nodes.list(&everything), pods.list(&unfinished)).await;
    let pods = pods.ok().map(|list| list.items);
    Some(nodes.ok()?.items.into_iter().map(|node| room(node, pods.as_deref())).collect())
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

fn room(node: Node, pods: Option<&[Pod]>) -> NodeCapacity {
    let name = node.metadata.name.unwrap_or_default();
    let on_it = |pod: &&Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(&*name);
    let mine: Option<Vec<&Pod>> = pods.map(|pods| pods.iter().filter(on_it).collect());
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
        requested: mine.as_ref().map(|pods| requested(pods)),
        ports: mine.iter().flatten().flat_map(|pod| host_ports(pod)).collect(),
        name,
    }
}

fn amounts(quantities: &BTreeMap<String, Quantity>) -> BTreeMap<String, f64> {
    quantities.iter().filter_map(|(name, amount)| Some((name.clone(), quantity::parse(&amount.0)?))).collect()
}

fn requested(pods: &[&Pod]) -> BTreeMap<String, f64> {
    let mut sum = BTreeMap::new();
    for (name, value) in pods.iter().filter_map(|pod| pod.spec.as_ref()).flat_map(resource_requests) {
        *sum.entry(name).or_insert(0.0) += value;
    }
    sum
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
