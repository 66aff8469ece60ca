//! What plat keeps in the cluster about a service: who writes at the moment, and what was deployed before.
//!
//! ```text
//! lease      one writer at a time
//! revisions  recorded revisions, as Secrets
//! ```

pub mod lease;
pub mod revisions;

pub use lease::{Claim, Holder, Lock, Standing, Taking};
