//! In which order objects are written: what others stand on first, in parallel within a wave. Pure.

use std::sync::Arc;

use super::model::Manifest;
use super::workload_kinds::WorkloadKind;

/// Namespaces and definitions of kinds; nothing else can be written before them.
pub const GROUND: usize = 0;
/// What stands on that, and runs no pods.
pub const AMID: usize = 1;
/// What runs pods. Written after all that pods need.
pub const WORKLOAD_WAVE: usize = 2;
/// After [`WORKLOAD_WAVE`] comes what sends the API server's own calls to pods that have to run first.
pub const COUNT: usize = 4;

/// Whether it is of a kind that runs pods.
#[must_use]
pub fn is_workload(kind: &str) -> bool {
    // Nobody is told about the predecessor of ReplicaSets, and it runs pods.
    kind == "ReplicationController" || WorkloadKind::of_name(kind).is_some()
}

/// The wave of an object, from 0.
#[must_use]
pub fn of(manifest: &Manifest) -> usize {
    match manifest.kind.as_str() {
        "Namespace" | "CustomResourceDefinition" => GROUND,
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" | "APIService" => COUNT - 1,
        kind if is_workload(kind) => WORKLOAD_WAVE,
        _ => AMID,
    }
}

/// The one of the objects that is the definition of this one's kind.
#[must_use]
pub fn definition<'m>(manifests: &'m [Arc<Manifest>], of: &Manifest) -> Option<&'m Manifest> {
    let group = of.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let mut definitions = manifests.iter().filter(|manifest| manifest.kind == "CustomResourceDefinition");
    let found = definitions.find(|definition| {
        let spec = &definition.body["spec"];
        spec["group"] == group && spec["names"]["kind"] == of.kind.as_str()
    });
    found.map(Arc::as_ref)
}
