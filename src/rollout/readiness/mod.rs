//! Whether an object is ready, and what it still lacks, from the object alone.
//!
//! ```text
//! workload    what runs pods, by its kind: the rules of `kubectl rollout status`
//! deployment  the rule for a Deployment
//! ended       a Job that was gone before anybody saw how it ended
//! held_back   a workload whose pods are not replaced by themselves
//! idle        what is complete although nothing of it runs
//! kstatus     any object of any kind
//! summary     a workload in short: enough to see that it changed and when it was ready
//! ```

mod deployment;
mod ended;
mod held_back;
mod idle;
mod kstatus;
mod missing;
mod summary;
mod workload;

pub use held_back::{HeldBack, Released};
pub use kstatus::{has_status, kstatus};
pub use summary::WorkloadSummary;

pub(super) use deployment::progress_deadline_exceeded;
pub(super) use workload::job_condition;
