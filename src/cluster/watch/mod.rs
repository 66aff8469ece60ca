//! What happens around a set while it rolls out, and what other tools change meanwhile.
//!
//! ```text
//! selection  which watches a set needs
//! streams    the watches themselves, as Snapshots for src/rollout
//! members    which objects one watch holds, and which are gone
//! store      what they saw: workloads and what belongs to them
//! pods       the pods of a set alone, for who looks on
//! observer   which workloads another tool's command changed, and when they were ready
//! ```

mod members;
mod observer;
mod pods;
mod selection;
mod store;
mod streams;

pub use observer::{Changed, Observer, Progress};
pub use pods::{PodScope, PodWatch, pod_scopes};
pub(in crate::cluster) use store::{Role, Store};
pub use streams::Watch;
pub(in crate::cluster) use streams::refusal;
