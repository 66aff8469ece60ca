//! A cause in words.

use crate::rollout::model::Remedy;

/// What happened and what to do about it.
pub(in crate::rollout) struct Explanation {
    /// One sentence without a final full stop.
    pub what: String,
    pub hint: Remedy,
}
