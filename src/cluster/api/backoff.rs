//! How long to wait before another attempt: soon at first, and never so long that a server which is back goes unseen.
//! And when a refusal is final.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use kube::runtime::utils::Backoff;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);

/// The waits between attempts to continue with a watch or a log: 0.5 s, 1 s, 2 s, 4 s, then 5 s each, and of each a fifth
/// more or less, so that many that lost the same server do not come back together.
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
        // The standard library's own source of chance: a hasher with random keys.
        let chance = RandomState::new().build_hasher().finish() % 401;
        wait.mul_f64(0.8 + f64::from(u32::try_from(chance).unwrap_or(200)) / 1000.0)
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

/// How long a server that has just started may take to read the roles of its users.
const ROLES: Duration = Duration::from_secs(20);

/// Whether this user may watch a kind, as far as the API server said.
///
/// A server that has just started refuses everybody until it has read the roles, so what could be watched before is
/// asked for again for a while.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    seen: bool,
    refused_since: Option<Instant>,
    ended: bool,
}

impl Rights {
    /// It could be watched.
    pub fn granted(&mut self) {
        *self = Self { seen: true, ..Self::default() };
    }

    /// Notes a refusal; true when it is final.
    pub fn refused(&mut self, now: Instant) -> bool {
        let since = *self.refused_since.get_or_insert(now);
        self.ended = !self.seen || now.duration_since(since) >= ROLES;
        self.ended
    }

    /// Whether a final refusal was noted.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_refusal_is_final_at_once_for_a_stranger_and_after_a_while_for_who_was_let_in() {
        let now = Instant::now();
        assert!(Rights::default().refused(now));
        let mut known = Rights::default();
        known.granted();
        assert!(!known.refused(now) && !known.ended());
        assert!(known.refused(now + ROLES) && known.ended());
    }

    #[test]
    fn it_waits_longer_each_time_up_to_a_bound_and_starts_anew() {
        let mut patience = Patience::default();
        for (wait, around) in patience.by_ref().take(6).zip([500, 1000, 2000, 4000, 5000, 5000]) {
            assert!((around * 4 / 5..=around * 6 / 5).contains(&wait.as_millis()), "{wait:?} is not about {around} ms");
        }
        patience.reset();
        assert!(patience.wait() <= FIRST * 6 / 5);
        let firsts: BTreeSet<Duration> = (0..20).map(|_| Patience::default().wait()).collect();
        assert!(firsts.len() > 1, "twenty came back together");
    }
}
