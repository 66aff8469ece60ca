//! Snapshot + now -> status, findings and verdict of a rollout. Pure: the cluster room feeds it, commands print it.
//!
//! ```text
//! object    whatever runs pods, as one type: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod
//! missing   what it still lacks, from the object alone, so an apply's response is enough
//! status    that rule for a Deployment
//! workload  an object in short: enough to see that it changed and when it was ready
//! ask       what a rule asks the registry, the cluster and the nodes, and what it hears
//! model     what goes in (Snapshot) and what comes out (Assessment)
//! kstatus   the status of any object of any kind
//! graces    how long each class of failure may last before it is believed
//! tracker   observes: view -> rules -> judge
//! logs      which lines of a log tell why
//! present   which pods run the present revision, by the rules of each controller
//! view      the snapshot as the rules read it: the workload, these pods, their containers and events
//! memory    what was seen before: since when a symptom lasts, how often a container ended
//! rules     one file for each kind of failure, one table
//! admission what an admission rule of the API server says, taken apart
//! fit       which nodes a pod could run on, and what excludes the others
//! quantity  Kubernetes' quantities
//! judge     which symptoms are proven, and what that means for the rollout
//! ```

mod admission;
mod ask;
mod events;
mod evidence;
mod fit;
mod graces;
mod judge;
mod kstatus;
mod logs;
mod memory;
mod missing;
mod model;
mod object;
mod present;
pub mod quantity;
mod replicas;
mod rules;
mod status;
mod tracker;
mod view;
mod workload;

pub use admission::{Refusal, refusal};
pub use ask::{Answer, Ask, Claim, Found, HostPort, NodeRoom, Reply, Taint, Target};
pub use fit::asks as requests;
pub use graces::Graces;
pub use kstatus::{has_status, kstatus};
pub use model::{Assessment, Finding, Log, LogRequest, ReplicaLine, Snapshot, Status, Verdict};
pub use object::Object;
pub use status::{is_complete, status, waits_for};
pub use tracker::Tracker;
pub use workload::Workload;

#[cfg(test)]
mod tests;
