//! Objects of any kind by one code path: what is read is a value that says what it is.
//!
//! A type of its own for each kind would be compiled once for each way in which it is read: got, listed, watched.

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::core::TypeMeta;
use serde_json::Value;

use crate::manifests::WorkloadKind;

/// How objects of a kind are addressed.
#[must_use]
pub fn resource(api_version: &str, kind: &str, plural: &str) -> ApiResource {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
}

/// How workloads of a kind are addressed.
#[must_use]
pub fn workloads(kind: &WorkloadKind) -> ApiResource {
    resource(&kind.api_version(), kind.kind, kind.plural)
}

/// The objects of a kind in one namespace, or everywhere.
#[must_use]
pub fn objects(client: &Client, of: &ApiResource, namespace: Option<&str>) -> Api<DynamicObject> {
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, of),
        None => Api::all_with(client.clone(), of),
    }
}

/// The whole object. An item of a list does not say what it is.
pub(in crate::cluster) fn value(of: &ApiResource, mut object: DynamicObject) -> Value {
    object.types = Some(TypeMeta { api_version: of.api_version.clone(), kind: of.kind.clone() });
    serde_json::to_value(object).unwrap_or_default()
}
