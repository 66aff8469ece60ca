//! The time of a rollout: where it started by the wall clock, and from there on by a clock that nobody sets.
//!
//! Graces run on it, so a step of the wall clock (NTP, a person) makes no grace due. A machine that sleeps does not run
//! its steady clock, so a sleep makes none due either; both are said.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A smaller difference between the two clocks is not worth a line: NTP slews by as much.
const NOTICED: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started_at: Timestamp,
    started: Instant,
    /// By how much the wall clock was ahead when it was looked at last.
    ahead: SignedDuration,
}

impl Clock {
    #[must_use]
    pub fn start() -> Self {
        Self { started_at: Timestamp::now(), started: Instant::now(), ahead: SignedDuration::ZERO }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.at(self.started.elapsed())
    }

    fn at(&self, elapsed: Duration) -> Timestamp {
        SignedDuration::try_from(elapsed)
            .ok()
            .and_then(|elapsed| self.started_at.checked_add(elapsed).ok())
            .unwrap_or(self.started_at)
    }

    /// What to say when the wall clock has gone another way since the last look.
    pub fn jump(&mut self) -> Option<String> {
        self.jump_at(Timestamp::now(), self.started.elapsed())
    }

    fn jump_at(&mut self, wall: Timestamp, elapsed: Duration) -> Option<String> {
        let ahead = wall.duration_since(self.at(elapsed));
        let jump = ahead - self.ahead;
        if jump.abs() < NOTICED {
            return None;
        }
        self.ahead = ahead;
        let seconds = jump.abs().as_secs();
        Some(if jump.is_negative() {
            format!("this machine's clock was set back by {seconds} s; the time that is waited for stays the same")
        } else {
            format!(
                "this machine slept for {seconds} s, or its clock was set forward; the time that is waited for stays the same"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_wall_clock_moves_no_grace_and_is_said_once() {
        let mut clock = Clock::start();
        let start = clock.started_at;
        let (second, hour) = (SignedDuration::from_secs(1), SignedDuration::from_hours(1));
        assert_eq!(clock.at(Duration::from_secs(1)), start + second);
        assert_eq!(clock.jump_at(start + second, Duration::from_secs(1)), None);
        let said = clock.jump_at(start + second * 2 + hour, Duration::from_secs(2)).expect("a step is noticed");
        assert!(said.contains("slept for 3600 s"), "{said}");
        assert_eq!(clock.at(Duration::from_secs(2)), start + second * 2);
        assert_eq!(clock.jump_at(start + second * 3 + hour, Duration::from_secs(3)), None, "it is said once");
        let back = clock.jump_at(start + second * 4, Duration::from_secs(4)).expect("a step back is noticed");
        assert!(back.contains("set back by 3600 s"), "{back}");
    }
}
