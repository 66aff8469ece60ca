//! What goes into an assessment and what comes out of it: data without rules.

mod assessment;
mod evidence;
mod graces;
mod lack;
mod login;
mod lookup;
mod remedy;
mod rights;
mod snapshot;
mod source;
mod status;
mod workload;

pub(super) use assessment::Cause;
pub use assessment::{Assessment, Certainty, Finding, ReplicaLine, Verdict};
pub use graces::Graces;
pub use login::{Likeness, LoginPart, Product, SentLogin, ServerLogin};
pub use lookup::{
    DatabaseMade, HostPort, HttpReply, HttpTarget, Lookup, LookupRecord, LookupResult, NodeCapacity, ServiceSeen,
    Taint, VolumeClaim, VolumeThere,
};
pub use rights::{Binding, Rights, Role, RoleRule};
pub use snapshot::{Log, LogRequest, Snapshot};
pub use status::Status;
pub use workload::Workload;

pub(super) use evidence::{Evidence, Words};
pub(super) use lack::Lack;
pub(super) use lookup::newest_record;
pub(super) use remedy::Remedy;
#[cfg(test)]
pub(super) use remedy::orders;
