//! Spec -> Kubernetes objects, one file per kind. Pure.
//!
//! ```text
//! model     a Manifest; the Inputs that plat.yaml does not hold
//! render    spec, inputs -> all objects, with the patches of plat.yaml
//! context   what each kind is made from
//! metadata  names, labels and annotations that all kinds share
//! program   what runs in a pod: the service or its migration
//! before    the migration
//! patch     a patch of plat.yaml -> the objects it is for
//! merge     one patch -> one object
//! digest    objects -> what the same content is known by
//! order     in which order objects are written
//! yaml      objects -> YAML
//! workload_kinds  the kinds of objects that run pods
//! ```
//!
//! docs/manifests.md gives the reason of each default.

mod before;
mod config_map;
mod context;
mod cron_job;
mod deployment;
mod digest;
mod disruption_budget;
mod horizontal_pod_autoscaler;
mod http_route;
mod ingress;
mod job;
mod merge;
mod metadata;
mod model;
mod network_policy;
pub mod order;
mod patch;
mod persistent_volume_claim;
mod pod;
mod program;
mod render;
mod service;
mod service_account;
#[cfg(test)]
mod tests;
mod volumes;
mod workload_kinds;
mod yaml;

pub use before::{BEFORE, Migration};
pub use digest::{hash, hex};
pub use merge::list_keys;
#[cfg(test)]
pub use merge::merged;
pub use metadata::{MANAGED_BY, MANAGED_BY_LABEL, NAME_LABEL, service_selector};
pub use model::{Inputs, Manifest, Provenance, describe};
pub use patch::{Misfit, patches_of};
pub use render::{before, check, render, render_all};
pub use workload_kinds::{WORKLOADS, WorkloadKind};
pub use yaml::to_yaml;
