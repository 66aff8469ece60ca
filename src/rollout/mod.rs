//! Snapshot + now -> status, findings and verdict of a rollout. Pure: the cluster room feeds it, commands print it.
//!
//! ```text
//! status    the readiness rule of a Deployment, usable from an apply's response alone
//! workload  the same rule for whatever runs pods: StatefulSet and DaemonSet too
//! model     what goes in (Snapshot) and what comes out (Assessment)
//! graces    how long each class of failure may last before it is believed
//! tracker   observes: view -> rules -> judge
//! view      the snapshot as the rules read it: the new ReplicaSet, its pods, their containers and events
//! logs      which lines of a log tell why
//! memory    what was seen before: since when a symptom lasts, how often a container ended
//! rules     one file for each kind of failure, one table
//! judge     which symptoms are proven, and what that means for the rollout
//! ```

mod events;
mod evidence;
mod graces;
mod judge;
mod logs;
mod memory;
mod model;
mod replicas;
mod rules;
mod status;
mod tracker;
mod view;
mod workload;

pub use graces::Graces;
pub use model::{
    Answer, Ask, Assessment, Finding, Found, Log, LogRequest, ReplicaLine, Reply, Snapshot, Status, Target, Verdict,
};
pub use status::{is_complete, status, waits_for};
pub use tracker::Tracker;
pub use workload::Workload;

#[cfg(test)]
mod tests;
