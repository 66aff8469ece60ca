//! Spec -> Kubernetes objects, one file per kind. Pure.
//!
//! docs/manifests.md gives the reason of each default.

mod config_map;
mod deployment;
mod disruption_budget;
mod horizontal_pod_autoscaler;
mod metadata;
mod network_policy;
mod pod;
mod service;
mod service_account;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::spec::Spec;

pub use metadata::{MANAGED_BY, NAME_LABEL};
pub use yaml::to_yaml;

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

impl Manifest {
    /// `Deployment shop/payments-api`
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
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

/// What every kind is made from.
struct Context<'a> {
    spec: &'a Spec,
    inputs: &'a Inputs,
}

type Kind = fn(&Context) -> Option<Manifest>;

/// In the order of the apply: what a pod needs comes before the pod.
const KINDS: &[Kind] = &[
    |context| Some(service_account::render(context)),
    config_map::render,
    |context| Some(network_policy::render(context)),
    service::render,
    disruption_budget::render,
    |context| Some(deployment::render(context)),
    horizontal_pod_autoscaler::render,
];

/// All objects of a service, in the order in which they are applied.
#[must_use]
pub fn render(spec: &Spec, inputs: &Inputs) -> Vec<Manifest> {
    let context = Context { spec, inputs };
    KINDS.iter().filter_map(|kind| kind(&context)).collect()
}

/// A hash of what is applied: the same spec, image and config give the same hash, whoever deploys it from whichever
/// commit. Lower-case hex, 64 digits.
#[must_use]
pub fn hash(manifests: &[Manifest]) -> String {
    let mut hasher = Sha256::new();
    for manifest in manifests {
        let mut body = manifest.body.clone();
        if let Some(annotations) = body["metadata"]["annotations"].as_object_mut() {
            annotations.retain(|key, _| !metadata::PROVENANCE.contains(&key.as_str()));
        }
        hasher.update(body.to_string());
        hasher.update(b"\n");
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

impl Manifest {
    /// Wraps a typed object.
    ///
    /// # Panics
    /// When the object has no name: a bug of the caller.
    pub fn of<K>(object: &K) -> Self
    where
        K: k8s_openapi::Resource + k8s_openapi::Metadata<Ty = ObjectMeta> + Serialize,
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
