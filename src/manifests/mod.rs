//! Spec -> Kubernetes objects, one file per kind. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// One rendered object, with what is needed to address it without asking the API server for discovery.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    pub api_version: String,
    pub kind: String,
    /// The plural of the URL, such as `deployments`.
    pub resource: String,
    pub name: String,
    /// None for a cluster-scoped object.
    pub namespace: Option<String>,
    pub body: Value,
}

/// What the manifests need beside plat.yaml.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    pub namespace: String,
    /// Pinned by digest: `registry/name@sha256:…`.
    pub image: String,
    /// Contents of the files of `config`, by path as plat.yaml writes it.
    pub files: BTreeMap<String, String>,
    pub provenance: Provenance,
}

/// Where a deploy came from. Kept in annotations of the objects, never of the pod template: a new commit alone
/// must not restart pods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    pub repository: Option<String>,
    pub commit: Option<String>,
    pub deployer: Option<String>,
}

impl Manifest {
    /// Wraps a typed object.
    ///
    /// # Panics
    /// When the object has no name: a bug of the caller.
    pub fn of<K>(object: &K) -> Self
    where
        K: k8s_openapi::Resource
            + k8s_openapi::Metadata<Ty = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta>
            + Serialize,
    {
        let metadata = object.metadata();
        Self {
            api_version: K::API_VERSION.to_owned(),
            kind: K::KIND.to_owned(),
            resource: K::URL_PATH_SEGMENT.to_owned(),
            name: metadata.name.clone().expect("every rendered object is named"),
            namespace: metadata.namespace.clone(),
            body: serde_json::to_value(object).expect("Kubernetes types are plain JSON"),
        }
    }
}
