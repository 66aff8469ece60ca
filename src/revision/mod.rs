//! What was deployed before: revisions as Secrets of the cluster, which of them to keep, which to go back to. Pure.
//!
//! docs/history.md shows how to read them with kubectl.

mod choose;
mod encode;
mod head;

pub use choose::{KEPT, Row, expired, one_back, previous, rows};
pub use encode::{EncodeError, LIMIT, decode, encode, head};
pub use head::{Head, OF, Outcome, REVISION, SECRET_TYPE, config_maps, referenced, secret_name, short_commit};
