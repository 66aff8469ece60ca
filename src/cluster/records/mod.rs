//! What plat keeps in the cluster about a service: who writes at the moment, and what was deployed before.
//!
//! ```text
//! lease      who holds it: read, and taken
//! lock       a Lease that is held: renewed, and given back
//! guard      the permission that every writing call asks for
//! revisions  recorded revisions, as Secrets
//! evidence   what somebody saved of a failed one, for others
//! ```

pub mod evidence;
mod guard;
pub mod lease;
mod lock;
pub mod revisions;

pub use guard::WriteGuard;
pub use lease::{Holder, Standing, Taking};
pub use lock::{Claim, Lock};
pub use revisions::Revisions;
