//! On which ports something listens in a pod: connections through the API server (`pods/portforward`), which end in the
//! pod's own network and so reach its loopback too.

use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::Pod;
use kube::api::Api;

use crate::cluster::connect::Cluster;
use crate::rollout::LookupResult;

/// A refused connection is told within a moment; what is not told so listens.
const REFUSED: Duration = Duration::from_millis(1500);

pub(super) async fn ports(cluster: &Cluster, pod: &str, ports: &[i32]) -> LookupResult {
    let Ok(client) = cluster.upgradable() else { return LookupResult::Unknown };
    let pods = Api::<Pod>::namespaced(client, &cluster.namespace);
    let ports: Vec<u16> = ports.iter().filter_map(|port| u16::try_from(*port).ok()).collect();
    let Ok(mut forwarder) = pods.portforward(pod, &ports).await else { return LookupResult::Unknown };
    let refusals: Vec<_> = ports.iter().map(|port| (*port, forwarder.take_error(*port))).collect();
    // The kubelet connects when a stream is opened, and all of them are.
    let streams: Vec<_> = ports.iter().filter_map(|port| forwarder.take_stream(*port)).collect();
    let asked = refusals.into_iter().map(async |(port, refused)| {
        let refused = tokio::time::timeout(REFUSED, refused?).await;
        matches!(refused, Err(_) | Ok(None)).then_some(i32::from(port))
    });
    let listening: Vec<i32> = join_all(asked).await.into_iter().flatten().collect();
    drop(streams);
    forwarder.abort();
    LookupResult::Listens(listening)
}
