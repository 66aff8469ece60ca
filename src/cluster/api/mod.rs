//! One request to the API server: visible retries, deadlines, and its answers in words.
//!
//! ```text
//! request    one request for one object, addressed by its manifest: no discovery, no type
//! explain    what a failed call means, for people
//! rejection  what the API server's refusal of an object means: permission, admission rule, immutable field
//! objects    objects of any kind by one code path
//! discovery  which kinds there are beside the built-in ones
//! schema     which fields a kind has
//! backoff    waits between attempts to continue a watch or a log; when a refusal is final
//! ```

mod backoff;
mod discovery;
mod explain;
pub mod objects;
mod rejection;
pub(in crate::cluster) mod request;
mod schema;

pub(in crate::cluster) use backoff::{Patience, Rights};
pub use discovery::{discover, remembered};
pub(in crate::cluster) use explain::is_timeout;
pub(in crate::cluster) use rejection::is_terminating;
pub use rejection::namespace_ends;
pub(in crate::cluster) use request::{MANAGER, Mode, PARALLEL, Reply, describe};
pub(in crate::cluster) use schema::schema;
