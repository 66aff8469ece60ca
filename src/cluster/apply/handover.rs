//! The number of replicas between plat and an autoscaler.

use serde_json::{Value, json};

use super::answer::ours;
use crate::diff::adoption::Tools;
use crate::manifests::Manifest;

/// Holds the number of replicas between plat and an autoscaler.
pub(in crate::cluster) const HANDOVER: &str = "plat-handover";

/// The number of replicas that goes from plat, or from the tools whose fields become plat's, to an autoscaler: a field that
/// its only owner no longer applies is removed, and then the server's default of 1 would be the end of all others. So
/// another manager claims the present number first; the autoscaler overwrites it without asking.
pub(in crate::cluster) fn handover(live: &Value, manifest: &Manifest, adopts: Option<Tools>) -> Option<Manifest> {
    if !matches!(manifest.kind.as_str(), "Deployment" | "StatefulSet" | "ReplicaSet") {
        return None;
    }
    let replicas = live["spec"]["replicas"].as_i64()?;
    let given_up = manifest.body["spec"]["replicas"].is_null();
    let owned = ours(live).is_some_and(|entry| !entry["fieldsV1"]["f:spec"]["f:replicas"].is_null())
        || adopts.is_some_and(|tools| tools.hold(live, ".spec.replicas"));
    (given_up && owned).then(|| Manifest {
        body: json!({
            "apiVersion": manifest.api_version,
            "kind": manifest.kind,
            "metadata": { "name": manifest.name, "namespace": manifest.namespace },
            "spec": { "replicas": replicas },
        }),
        ..manifest.clone()
    })
}
