//! The moments and orders of the rounds.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The kubelet looks at its containers once a second (PLEG), so a deploy that starts where the last one ended would
/// always end on that beat, whatever the client took. A random moment of that second is as fair to each.
pub fn moment() -> Duration {
    Duration::from_millis(below(1000))
}

/// In a random order: an arm that always followed the same one would inherit its pods, which still leave.
pub fn shuffled<T: Clone>(of: &[T]) -> Vec<T> {
    let mut left = of.to_vec();
    let mut order = Vec::new();
    while !left.is_empty() {
        let next = usize::try_from(below(left.len() as u64)).unwrap_or_default();
        order.push(left.swap_remove(next));
    }
    order
}

fn below(limit: u64) -> u64 {
    // Its keys are random.
    RandomState::new().build_hasher().finish() % limit
}
