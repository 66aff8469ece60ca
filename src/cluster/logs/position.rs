//! How far a log was read: enough to continue after a lost connection, with nothing lost and nothing twice. Pure.
//!
//! `sinceTime` goes over the wire in whole seconds (`metav1.Time`), so a log that is asked for again begins with lines
//! that were read already. They come in the order of the log file, so counting them is enough: no line is compared.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// Where the reader is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    last: Option<Last>,
    /// Whether the log was read from its begin: otherwise its first second may hold lines that nobody asked for.
    whole: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Last {
    /// The newest second that a line was written in.
    second: Timestamp,
    /// Lines that were read since that second; none where there may be more of them than were read.
    lines: Option<usize>,
    newest: Timestamp,
}

impl Position {
    /// Nothing was read yet. `whole`: what comes is the log from its begin, not its last lines or minutes.
    #[must_use]
    pub fn new(whole: bool) -> Self {
        Self { last: None, whole }
    }

    /// Notes one line that was written at `at`.
    pub fn read(&mut self, at: Timestamp) {
        let second = whole_second(at);
        match &mut self.last {
            Some(last) if second == last.second => {
                last.lines = last.lines.map(|lines| lines + 1);
                last.newest = last.newest.max(at);
            }
            // Two streams of one container may be a moment out of order; the older line is not asked for again.
            Some(last) if second < last.second => {}
            last => {
                let counts = self.whole || last.is_some();
                *last = Some(Last { second, lines: counts.then_some(1), newest: at });
            }
        }
    }

    /// Since when to ask again, and which of the lines that come then were read already. None before the first line.
    #[must_use]
    pub fn resume(&self) -> Option<(Timestamp, Skip)> {
        let last = self.last.as_ref()?;
        Some((last.second, Skip { left: last.lines, newest: last.newest }))
    }
}

/// What was read already, at the head of a log that was asked for again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// None: all that is not newer.
    left: Option<usize>,
    newest: Timestamp,
}

impl Skip {
    /// Nothing was read yet.
    pub const NOTHING: Self = Self { left: Some(0), newest: Timestamp::UNIX_EPOCH };

    /// Whether this line was read already.
    pub fn skips(&mut self, at: Timestamp) -> bool {
        // A newer line means that the file was rotated and the old ones are not there any more.
        if at > self.newest {
            self.left = Some(0);
        }
        let skips = self.left != Some(0);
        self.left = self.left.map(|left| left.saturating_sub(1));
        skips
    }
}

fn whole_second(at: Timestamp) -> Timestamp {
    let down = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor);
    at.round(down).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// In tenths of a second.
    fn at(tenths: i64) -> Timestamp {
        Timestamp::from_millisecond(tenths * 100).unwrap()
    }

    /// Reads `before`, loses the connection, and reads what the server then gives: all since the whole second.
    fn read_on(whole: bool, before: &[i64], log: &[i64]) -> Vec<i64> {
        let mut position = Position::new(whole);
        for line in before {
            position.read(at(*line));
        }
        let (since, mut skip) = position.resume().unwrap_or((at(0), Skip::NOTHING));
        log.iter().copied().filter(|line| at(*line) >= since).filter(|line| !skip.skips(at(*line))).collect()
    }

    #[rstest]
    #[case::nothing_was_read(&[], &[10, 20], &[10, 20])]
    #[case::nothing_new(&[10, 20], &[10, 20], &[])]
    #[case::in_the_same_second(&[10, 21, 22], &[10, 21, 22, 23, 30], &[23, 30])]
    #[case::at_the_same_moment(&[25, 25], &[25, 25, 25, 25], &[25, 25])]
    #[case::out_of_order(&[25, 24, 19], &[25, 24, 19, 26], &[26])]
    #[case::rotated_meanwhile(&[21, 22, 23], &[28, 29], &[28, 29])]
    fn what_was_read_is_not_read_twice(#[case] before: &[i64], #[case] log: &[i64], #[case] rest: &[i64]) {
        assert_eq!(read_on(true, before, log), rest);
    }

    #[rstest]
    #[case::the_last_two_of_four(&[23, 24], &[21, 22, 23, 24, 25], &[25])]
    #[case::a_second_later(&[24, 31, 31], &[31, 31, 31], &[31])]
    fn lines_that_nobody_asked_for_do_not_come_later(
        #[case] before: &[i64],
        #[case] log: &[i64],
        #[case] rest: &[i64],
    ) {
        assert_eq!(read_on(false, before, log), rest);
    }
}
