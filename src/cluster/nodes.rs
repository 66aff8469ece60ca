//! What the nodes offer, for a pod that fits on none.

use k8s_openapi::api::core::v1::Node;
use kube::api::{Api, ListParams};

use super::connect::Cluster;

/// `the node with the most cpu offers 2 cpu, that with the most memory 24 GiB`; none where this user may not see nodes.
pub async fn largest(cluster: &Cluster) -> Option<String> {
    let nodes = Api::<Node>::all(cluster.client.clone()).list(&ListParams::default()).await.ok()?;
    largest_of(nodes.items.iter().filter(|node| {
        let unschedulable = node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false);
        !unschedulable
    }))
}

fn largest_of<'n>(nodes: impl Iterator<Item = &'n Node>) -> Option<String> {
    let (cpu, memory) = nodes.filter_map(offers).reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))?;
    Some(format!("the node with the most cpu offers {cpu} cpu, that with the most memory {:.1} GiB", memory / GIB))
}

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

fn offers(node: &Node) -> Option<(f64, f64)> {
    let allocatable = node.status.as_ref()?.allocatable.as_ref()?;
    Some((number(&allocatable.get("cpu")?.0)?, number(&allocatable.get("memory")?.0)?))
}

/// A Kubernetes quantity (`k8s.io/apimachinery`, `resource.Quantity`) as the kubelet writes it.
fn number(quantity: &str) -> Option<f64> {
    const SUFFIXES: [(&str, f64); 9] = [
        ("Ki", 1024.0),
        ("Mi", 1024.0 * 1024.0),
        ("Gi", GIB),
        ("Ti", GIB * 1024.0),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
    ];
    let (digits, unit) = SUFFIXES
        .iter()
        .find_map(|(suffix, unit)| Some((quantity.strip_suffix(suffix)?, *unit)))
        .unwrap_or((quantity, 1.0));
    digits.parse::<f64>().ok().map(|value| value * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_each_resource_is_named() {
        let node = |text: &str| serde_yaml::from_str::<Node>(text).expect("a node");
        let small = node("{metadata: {}, status: {allocatable: {cpu: '8', memory: 4194304Ki}}}");
        let large = node("{metadata: {}, status: {allocatable: {cpu: 1930m, memory: 24Gi}}}");
        let said = largest_of([&small, &large].into_iter());
        assert_eq!(
            said.as_deref(),
            Some("the node with the most cpu offers 8 cpu, that with the most memory 24.0 GiB")
        );
        assert_eq!(largest_of(std::iter::empty()), None);
    }
}
