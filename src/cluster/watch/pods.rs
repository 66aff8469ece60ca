//! The pods of a set alone, by one watch for each namespace: for who looks on for a while and costs next to nothing.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use serde::{Deserialize, Serialize};

use super::selection;
use super::streams::{config, refusal};
use crate::cluster::api::Patience;
use crate::cluster::connect::Cluster;
use crate::manifests::Manifest;

/// Where the pods of a set are, and which they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodScope {
    pub namespace: String,
    /// A label selector; none where none tells them.
    pub selector: Option<String>,
}

/// Where the pods of these manifests are.
#[must_use]
pub fn pod_scopes<'m>(manifests: impl IntoIterator<Item = &'m Manifest>) -> Vec<PodScope> {
    let (scopes, _) = selection::of(manifests);
    scopes.into_iter().map(|(namespace, scope)| PodScope { namespace, selector: scope.selector() }).collect()
}

/// A running watch; ends when dropped.
pub struct PodWatch {
    changes: SelectAll<BoxStream<'static, watcher::Result<watcher::Event<Pod>>>>,
    stores: Vec<Store<Pod>>,
    /// Scopes whose pods are not all known yet.
    open: usize,
}

impl PodWatch {
    #[must_use]
    pub fn start(cluster: &Cluster, scopes: &[PodScope]) -> Self {
        let mut stores = Vec::new();
        let watches = scopes.iter().map(|PodScope { namespace, selector }| {
            let (store, writer) = reflector::store();
            stores.push(store);
            let config = selector.iter().fold(config(), |config, selector| config.labels(selector));
            let pods = Api::namespaced(cluster.direct.clone(), namespace);
            let pods = watcher(pods, config).backoff(Patience::default()).modify(|pod: &mut Pod| {
                // Nobody reads these here, and they are most of what a pod weighs.
                pod.metadata.managed_fields = None;
                pod.spec = None;
            });
            reflector::reflector(writer, pods).boxed()
        });
        let changes = watches.collect();
        let open = stores.len();
        Self { changes, stores, open }
    }

    /// All pods after the next change; none when they may not be watched.
    pub async fn next(&mut self) -> Option<Vec<Arc<Pod>>> {
        loop {
            match self.changes.next().await? {
                Ok(watcher::Event::InitDone) => self.open = self.open.saturating_sub(1),
                Ok(watcher::Event::Apply(_) | watcher::Event::Delete(_)) => {}
                Err(error) if refusal(&error).is_some() => return None,
                // What broke begins anew by itself.
                Ok(watcher::Event::Init | watcher::Event::InitApply(_)) | Err(_) => continue,
            }
            if self.open == 0 {
                return Some(self.stores.iter().flat_map(Store::state).collect());
            }
        }
    }
}
