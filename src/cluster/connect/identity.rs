//! Which cluster this is: contexts are renamed and reused, its identity is not.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::Api;
use sha2::{Digest, Sha256};

use super::cluster::Cluster;
use crate::manifests;

/// By the certificate authority in `kube-root-ca.crt`, which anybody may read in a namespace of theirs.
const BY_AUTHORITY: &str = "ca:";
/// By the UID of the namespace kube-system, as the cluster-api and OpenTelemetry (`k8s.cluster.uid`) tell clusters apart.
const BY_UID: &str = "uid:";

/// Whether this cluster is the one that was pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Same {
    Yes,
    No {
        found: String,
    },
    /// What would tell it may not be read.
    Unknown {
        why: String,
    },
}

/// What a pin may look like.
#[must_use]
pub fn is_identity(text: &str) -> bool {
    let is_hex = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    [BY_UID, BY_AUTHORITY].iter().any(|form| text.strip_prefix(form).is_some_and(is_hex))
}

/// The identity of this cluster: by UID where kube-system may be read, else by its certificate authority; none where
/// neither may.
pub async fn identity(cluster: &Cluster) -> Option<String> {
    match by_uid(cluster).await {
        Ok(uid) => Some(uid),
        Err(_) => by_authority(cluster).await.ok(),
    }
}

/// Compares with a pin, in the way that the pin was made.
pub async fn compare(cluster: &Cluster, pinned: &str) -> Same {
    let found = if pinned.starts_with(BY_AUTHORITY) { by_authority(cluster).await } else { by_uid(cluster).await };
    match found {
        Ok(found) if found == pinned => Same::Yes,
        Ok(found) => Same::No { found },
        Err(why) => Same::Unknown { why },
    }
}

async fn by_uid(cluster: &Cluster) -> Result<String, String> {
    let namespaces = Api::<Namespace>::all(cluster.client.clone());
    let read = namespaces.get_metadata("kube-system").await;
    let uid = read.ok().and_then(|namespace| namespace.metadata.uid);
    uid.map(|uid| format!("{BY_UID}{uid}"))
        .ok_or_else(|| "you are not allowed to read the namespace kube-system".to_owned())
}

async fn by_authority(cluster: &Cluster) -> Result<String, String> {
    // The service's own namespace may be still to come; who may create it may read another one's.
    let mut text = None;
    for namespace in [cluster.namespace.as_str(), "default"] {
        let maps = Api::<ConfigMap>::namespaced(cluster.client.clone(), namespace);
        if text.is_none() {
            text = maps.get("kube-root-ca.crt").await.ok().and_then(|map| map.data?.remove("ca.crt"));
        }
    }
    let text = text.ok_or_else(|| format!("ConfigMap {}/kube-root-ca.crt cannot be read", cluster.namespace))?;
    // Half of it: as much as tells clusters apart and fits a line.
    Ok(format!("{BY_AUTHORITY}{}", &manifests::hex(&Sha256::digest(text.trim()))[..32]))
}
