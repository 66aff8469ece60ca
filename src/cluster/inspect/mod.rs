//! One look at what is there: a workload and what belongs to it, nodes, gateways, storage.
//!
//! ```text
//! target    what a command line names: NAME, KIND/NAME
//! meant     what a name means in the cluster: a service, a set, a workload; what an object is part of
//! belongings a workload and all that may belong to it, whoever made it
//! workload  a workload and what belongs to it, or all workloads of a namespace
//! pods      whose pods
//! lookups   keys of a Secret or ConfigMap, names of the same kind: for a hint that is true
//! neighbours Services, LimitRanges of the namespace; rights: its Roles and who has them; databases: what its workloads make at their first start
//! logins     the logins that servers make for themselves, beside those that a program sends
//! listens    ports that are open in a pod
//! sickest   the workloads of a whole cluster that are worst off
//! evidence  everything around a set that failed
//! related   what belongs to a workload: its ReplicaSets and pods
//! missing   what was asked for is not there, and what is instead
//! names     names that are there, for a hint or a completion
//! lists     objects of any kind, by the page
//! nodes     what the largest node offers
//! gateways  through which Gateway a route can go
//! storage   whether a claim is bound at once
//! ```

mod belongings;
mod databases;
mod evidence;
mod gateways;
mod listens;
mod lists;
mod logins;
mod lookups;
mod meant;
mod missing;
pub mod names;
mod neighbours;
mod nodes;
pub(in crate::cluster) mod pods;
mod related;
mod rights;
mod sickest;
mod storage;
mod target;
mod workload;

pub use belongings::{belongings, image_of};
pub use evidence::evidence;
pub use gateways::{Gateways, gateways};
pub use lookups::answer;
pub use meant::{Meant, Seen, look, look_at_each, meant, owner};
pub use neighbours::services;
pub use nodes::platforms;
pub(in crate::cluster) use pods::{Pods, pods_of};
pub use sickest::{Sickest, sickest};
pub use storage::binds_late;
pub use target::Target;
pub use workload::{Looked, look_around};
