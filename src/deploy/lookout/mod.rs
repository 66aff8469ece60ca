//! A process of its own looks on for a minute after the prompt came back. docs/decisions/0062-bake.md
//!
//! ```text
//! start    starts it; order: what it is told
//! look     what it does: one watch of the pods, and an end
//! sight    what the pods say                                   pure
//! watched  a workload that came to be ready, and its replicas  pure
//! report   what becomes of one that fell
//! notice   what the next plat says first
//! ```

mod look;
mod notice;
mod order;
mod report;
mod sight;
mod start;
mod watched;

pub use look::look_on;
pub use notice::{said_of, take};
pub use order::Order;
pub(super) use start::start;
pub(super) use watched::Watched;
