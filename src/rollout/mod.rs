//! Snapshot + now -> readiness, findings and verdict of a rollout. Pure: the cluster room feeds it, commands print it.
//!
//! ```text
//! tracker    observes one rollout: view -> rules -> diagnosis
//! rules      one file for each kind of failure, one table
//! explain    how it is said: cause, evidence, hint
//! diagnosis  which symptoms are proven, and what that means for the rollout
//! view       a snapshot as the rules read it
//! readiness  whether an object is ready, from the object alone
//! model      what goes in (Snapshot) and what comes out (Assessment)
//! text       the cluster's text, read and made safe to print
//! ```
//!
//! Each knows only those below it.

mod diagnosis;
mod explain;
mod model;
mod readiness;
mod rules;
mod text;
mod tracker;
mod view;

pub use explain::{
    AdmissionRefusal, admission_refusal, finalizers, is_selected, labels, meant, memory_options, misses, probe_port,
    resource_requests,
};
pub use model::{
    Assessment, Binding, Certainty, DatabaseMade, Finding, Graces, HostPort, HttpReply, HttpTarget, Likeness, Log,
    LogRequest, LoginPart, Lookup, LookupRecord, LookupResult, NodeCapacity, Product, ReplicaLine, Rights, Role,
    RoleRule, SentLogin, ServerLogin, ServiceSeen, Snapshot, Status, Taint, Verdict, VolumeClaim, VolumeThere,
    Workload,
};
pub use readiness::{HeldBack, Released, WorkloadSummary, has_status, kstatus};
pub use rules::failure_rules;
pub use text::quantity;
pub use tracker::Tracker;
pub use view::{could_serve, is_ready};

#[cfg(test)]
mod tests;
