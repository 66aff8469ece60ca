//! A cause in words.

/// What happened and what to do about it.
pub(in crate::rollout) struct Explanation {
    /// One sentence without a final full stop.
    pub what: String,
    pub hint: String,
}
