//! Logs of all pods for a reader, and the end of one as evidence.
//!
//! ```text
//! entry      which logs, and what a reader is told
//! tail       all pods of a target, whole or followed, in one stream
//! container  one container's log, on through restarts and lost connections
//! lines      bytes into lines
//! position   where a log was left, and where it continues
//! excerpt    the end of one log, as evidence
//! ```

mod container;
mod entry;
mod excerpt;
mod lines;
mod position;
pub mod tail;

pub use entry::{Instance, Line, Part, Since, Told};
pub use excerpt::fetch;
