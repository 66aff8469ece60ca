//! Snapshot + now -> status, findings and verdict of a rollout. Pure: the cluster room feeds it, commands print it.
//!
//! ```text
//! status    the readiness rule of a Deployment, usable from an apply's response alone
//! model     what goes in (Snapshot) and what comes out (Assessment)
//! graces    how long each class of failure may last before it is believed
//! tracker   what was seen before: the first time of each symptom, every exit of a container
//! ```

mod graces;
mod model;
mod status;
mod tracker;

pub use graces::Graces;
pub use model::{Answer, Ask, Assessment, Finding, Found, Log, LogRequest, ReplicaLine, Snapshot, Status, Verdict};
pub use status::{is_complete, status, waits_for};
pub use tracker::Tracker;
