//! How long to wait before another attempt: soon at first, and never so long that a server which is back goes unseen.

use std::time::Duration;

use kube::runtime::utils::Backoff;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);

/// The waits between attempts to go on with a watch or a log: 0.5 s, 1 s, 2 s, 4 s, then 5 s each.
///
/// kube's own default waits for up to 30 s: longer than most rollouts take.
#[derive(Debug, Clone, Default)]
pub struct Patience {
    tries: u32,
}

impl Patience {
    /// The next wait.
    pub fn wait(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.tries.min(10)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        wait
    }

    /// How many waits there were.
    #[must_use]
    pub fn tries(&self) -> u32 {
        self.tries
    }
}

impl Iterator for Patience {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.wait())
    }
}

impl Backoff for Patience {
    fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_up_to_a_bound_and_starts_anew() {
        let mut patience = Patience::default();
        let waits: Vec<u128> = patience.by_ref().take(6).map(|wait| wait.as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 5000, 5000]);
        patience.reset();
        assert_eq!(patience.wait(), FIRST);
    }
}
