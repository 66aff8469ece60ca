//! What a program lacks when it ends.

/// Whose affair it is: that decides how often it may end before that is a habit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::rollout) enum Lack {
    /// Its own, or its spec's.
    #[default]
    Own,
    /// What its spec or its image gives it, as both show it: neither changes between two ends.
    Given,
    /// Something else is not there, and somebody may be about to bring it: a Service, a right.
    Absent,
    /// What it calls is there, and starts.
    Starting,
}
