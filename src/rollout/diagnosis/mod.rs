//! From symptoms to a verdict.
//!
//! ```text
//! class    a class of failure: time is kept by it
//! symptom  what a rule recognised, and what would prove it
//! timers   since when each symptom was seen
//! judge    which symptoms are proven
//! verdict  what that means for the rollout
//! ```

mod class;
mod judge;
mod symptom;
mod timers;
mod verdict;

pub(super) use class::Class;
pub(super) use judge::{Circumstances, Diagnosis, Recognised};
pub(super) use symptom::{Proof, Symptom};
pub(super) use timers::Timers;
pub(super) use verdict::{conclusive_at, findings, shown, verdict};
