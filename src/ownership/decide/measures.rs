//! By what evidence is weighed.

use jiff::Timestamp;

/// From so many commits on, history is more than chance.
pub const ENOUGH_COMMITS: usize = 5;

/// Whole days; a date in the future (a clock that was wrong) is today.
pub fn days_between(date: Timestamp, now: Timestamp) -> i64 {
    (now.duration_since(date).as_hours() / 24).max(0)
}
