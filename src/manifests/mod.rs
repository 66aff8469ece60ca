//! Spec -> Kubernetes objects, one file per kind. Pure.
//!
//! docs/manifests.md gives the reason of each default.

mod before;
mod config_map;
mod cron_job;
mod deployment;
mod disruption_budget;
mod horizontal_pod_autoscaler;
mod http_route;
mod ingress;
mod job;
mod merge;
mod metadata;
mod network_policy;
pub mod order;
mod patch;
mod persistent_volume_claim;
mod pod;
mod program;
mod service;
mod service_account;
#[cfg(test)]
mod tests;
mod volumes;
mod yaml;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::spec::{GatewayName, Spec};

pub use before::{BEFORE, Migration};
pub use metadata::{MANAGED_BY, NAME_LABEL, service_selector};
pub use patch::Misfit;
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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    pub namespace: String,
    /// Pinned by digest: `registry/name@sha256:…`.
    pub image: String,
    /// Contents of the files of `config`, by path as plat.yaml writes it.
    pub files: BTreeMap<String, String>,
    pub provenance: Provenance,
    /// The Gateway that the cluster has for routes, where plat.yaml leaves the choice to it.
    pub gateway: Option<GatewayName>,
    /// Stands for the Secret as it is now, with `restartOn: secrets`: another text restarts the pods. It is readable for
    /// everybody who may see a pod, so it is made of nothing secret.
    pub secret: Option<String>,
    /// The image of `before`, where it has one of its own; pinned as [`Self::image`].
    pub before_image: Option<String>,
    /// The objects of `extra`.
    pub extra: Vec<Manifest>,
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

type Kind = fn(&Context) -> Vec<Manifest>;

/// In the order of the apply: what a pod needs comes before the pod.
const KINDS: &[Kind] = &[
    |context| vec![service_account::render(context)],
    |context| config_map::render(context).into_iter().collect(),
    persistent_volume_claim::render,
    |context| vec![network_policy::render(context)],
    |context| service::render(context).into_iter().collect(),
    |context| ingress::render(context).into_iter().collect(),
    |context| http_route::render(context).into_iter().collect(),
    |context| disruption_budget::render(context).into_iter().collect(),
    |context| deployment::render(context).into_iter().collect(),
    |context| cron_job::render(context).into_iter().collect(),
    |context| job::render(context).into_iter().collect(),
    |context| horizontal_pod_autoscaler::render(context).into_iter().collect(),
];

/// All objects of a service, in the order in which they are applied.
#[must_use]
pub fn render(spec: &Spec, inputs: &Inputs) -> Vec<Manifest> {
    rendering(spec, inputs).set
}

/// Everything that a deploy applies: [`render`], and what runs before it.
#[must_use]
pub fn render_all(spec: &Spec, inputs: &Inputs) -> Vec<Manifest> {
    let Rendering { mut set, migration, .. } = rendering(spec, inputs);
    if let Some(migration) = migration {
        set.splice(STANDING..STANDING, migration.config.into_iter().chain([migration.job]));
    }
    set
}

/// What runs before a changed service is written: see [`Migration`]. Its account and policy are in [`render`] too.
#[must_use]
pub fn before(spec: &Spec, inputs: &Inputs) -> Option<Migration> {
    rendering(spec, inputs).migration
}

/// What of plat.yaml does not fit what it renders: patches of objects that are not there, or of another shape.
#[must_use]
pub fn check(spec: &Spec) -> Vec<Misfit> {
    let gateway = Some(GatewayName { namespace: None, name: "any".to_owned(), listener: None });
    let files = spec.config_files().map(|path| (path.clone(), String::new())).collect();
    let inputs = Inputs { files, ..Inputs::default() };
    // The cluster decides which of the two ways in is rendered, so a patch for either is right.
    let [one, other] = [None, gateway].map(|gateway| rendering(spec, &Inputs { gateway, ..inputs.clone() }).misfits);
    let is_in = |misfit: &Misfit, others: &[Misfit]| others.iter().any(|other| other.path == misfit.path);
    let of_one = one.iter().filter(|misfit| !misfit.is_absent || is_in(misfit, &other));
    let of_other = other.iter().filter(|misfit| !misfit.is_absent && !is_in(misfit, &one));
    of_one.chain(of_other).cloned().collect()
}

/// The account and the policy of a migration, which come first in the set.
const STANDING: usize = 2;

/// Everything that one plat.yaml gives.
struct Rendering {
    set: Vec<Manifest>,
    migration: Option<Migration>,
    misfits: Vec<Misfit>,
}

fn rendering(spec: &Spec, inputs: &Inputs) -> Rendering {
    let context = Context { spec, inputs };
    let mut set: Vec<Manifest> = KINDS.iter().flat_map(|kind| kind(&context)).collect();
    let mut misfits = patch::apply(&mut set.iter_mut().collect::<Vec<_>>(), &spec.patch, &["patch"]);
    set = set.into_iter().map(|m| if m.kind == "Job" { job::named_by_content(m) } else { m }).collect();
    set.extend(inputs.extra.iter().cloned());
    let migration = spec.before.as_ref().map(|before| {
        let mut migration = before::render(&context, before);
        misfits.extend(patch::apply(&mut migration.parts(), &before.patch, &["before", "patch"]));
        // They stand as long as the service does, and go with it.
        set.splice(0..0, [migration.account.clone(), migration.policy.clone()]);
        let revision = hash(set.iter().chain(&migration.config).chain([&migration.job]));
        let migration = before::named(migration, &spec.name, &revision);
        for workload in set.iter_mut().filter(|manifest| is_workload(manifest, &spec.name)) {
            workload.body["metadata"]["annotations"][BEFORE] = migration.job.name.clone().into();
        }
        migration
    });
    Rendering { set, migration, misfits }
}

/// What runs the service's own pods.
fn is_workload(manifest: &Manifest, service: &str) -> bool {
    matches!(manifest.kind.as_str(), "Deployment" | "CronJob" | "Job")
        && manifest.body["metadata"]["labels"][NAME_LABEL] == service
}

/// A hash of what is applied: the same spec, image and config give the same hash, whoever deploys it from whichever
/// commit. Lower-case hex, 64 digits.
#[must_use]
pub fn hash<'m>(manifests: impl IntoIterator<Item = &'m Manifest>) -> String {
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

/// Lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
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
