//! What a schedule means, as the `CronJob` controller reads it (github.com/robfig/cron, `ParseStandard`).

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

/// The moments that a schedule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// Numbers below 64, and whether they were written as `*` or `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Set {
    bits: u64,
    star: bool,
}

struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, names: &[] },
    Field { name: "hour", least: 0, most: 23, names: &[] },
    Field { name: "day of the month", least: 1, most: 31, names: &[] },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { name: "day of the week", least: 0, most: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/// As robfig/cron writes the words out.
const WORDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A 29th of February that is a Monday is at most 40 years away (1900 and its kind left out).
const DAYS_AHEAD: i32 = 366 * 41;

impl Cron {
    /// # Errors
    /// Which field cannot be, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = WORDS.iter().find(|(word, _)| *word == text).map_or(text, |(_, fields)| fields);
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = parts.as_slice() else {
            return Err(format!("a schedule has five fields, not {}", parts.len()));
        };
        let [minute, hour, day, month, weekday] = &FIELDS;
        Ok(Self {
            minutes: set(minutes, minute)?,
            hours: set(hours, hour)?,
            days: set(days, day)?,
            months: set(months, month)?,
            weekdays: set(weekdays, weekday)?,
        })
    }

    /// The first moment after `now`; none when there is none (the 30th of February).
    #[must_use]
    pub fn next_after(&self, now: Timestamp, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
        let start = zone.to_datetime(now);
        let mut date = start.date();
        for _ in 0..DAYS_AHEAD {
            if self.has_day(date) {
                for (hour, minute) in self.times() {
                    // A time that daylight saving leaves out is not run at, as the controller has it.
                    let at = date.at(hour, minute, 0, 0);
                    let ambiguous = zone.to_ambiguous_timestamp(at);
                    if matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
                        continue;
                    }
                    if let Ok(at) = ambiguous.compatible()
                        && at > now
                    {
                        return Some(at);
                    }
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn times(&self) -> impl Iterator<Item = (i8, i8)> {
        let hours = (0..24_i8).filter(|hour| self.hours.has(*hour));
        hours.flat_map(|hour| (0..60_i8).filter(|minute| self.minutes.has(*minute)).map(move |minute| (hour, minute)))
    }

    /// Both days must fit when one of them is `*`, else either.
    fn has_day(&self, date: Date) -> bool {
        let weekday = match date.weekday() {
            Weekday::Sunday => 0,
            other => other.to_monday_one_offset(),
        };
        let (day, weekday) = (self.days.has(date.day()), self.weekdays.has(weekday));
        self.months.has(date.month())
            && if self.days.star || self.weekdays.star { day && weekday } else { day || weekday }
    }
}

impl Set {
    fn has(self, number: i8) -> bool {
        u32::try_from(number).is_ok_and(|number| self.bits >> number & 1 == 1)
    }
}

fn set(text: &str, field: &Field) -> Result<Set, String> {
    text.split(',').try_fold(Set::default(), |all, part| {
        let one = range(part, field)?;
        Ok(Set { bits: all.bits | one.bits, star: all.star || one.star })
    })
}

/// `*`, `5`, `1-5`, `*/2`, `10/5` (from ten on), `1-10/3`
fn range(text: &str, field: &Field) -> Result<Set, String> {
    let (numbers, step) = match text.split_once('/') {
        Some((numbers, step)) => (numbers, Some(number(step, &Field { names: &[], ..*field }, text)?)),
        None => (text, None),
    };
    if step == Some(0) {
        return Err(format!("`{text}` never advances"));
    }
    let star = matches!(numbers, "*" | "?");
    let (from, to) = match numbers.split_once('-') {
        _ if star => (field.least, field.most),
        Some((from, to)) => (number(from, field, text)?, number(to, field, text)?),
        None => {
            let from = number(numbers, field, text)?;
            (from, if step.is_some() { field.most } else { from })
        }
    };
    if from < field.least || to > field.most {
        return Err(format!("`{text}`: the {} is from {} to {}", field.name, field.least, field.most));
    }
    if from > to {
        return Err(format!("`{text}` ends before it begins"));
    }
    let step = step.unwrap_or(1);
    let bits = (from..=to).filter(|n| (n - from) % step == 0).fold(0, |bits, n| bits | 1 << n);
    // With a step it is not a star any more (robfig/cron, `getRange`).
    Ok(Set { bits, star: star && step == 1 })
}

fn number(text: &str, field: &Field, whole: &str) -> Result<u32, String> {
    if let Some(at) = field.names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
        return u32::try_from(at).map(|at| at + field.least).map_err(|e| e.to_string());
    }
    text.parse().map_err(|_| format!("`{whole}` is not a valid {}", field.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use rstest::rstest;

    #[rstest]
    #[case::daily("0 3 * * *", "2026-11-24T03:00:00Z")]
    #[case::word("@hourly", "2026-11-23T13:00:00Z")]
    #[case::steps("*/15 * * * *", "2026-11-23T12:45:00Z")]
    #[case::from_on("50/5 * * * *", "2026-11-23T12:50:00Z")]
    #[case::range("0 9-17 * * MON-FRI", "2026-11-23T13:00:00Z")]
    #[case::weekday("0 0 * * 0", "2026-11-29T00:00:00Z")]
    #[case::either_day("0 0 13 * FRI", "2026-11-27T00:00:00Z")]
    #[case::both_days("0 0 13 * *", "2026-12-13T00:00:00Z")]
    #[case::leap_day("0 0 29 2 *", "2028-02-29T00:00:00Z")]
    #[case::month("0 0 1 jan ?", "2027-01-01T00:00:00Z")]
    fn the_next_run(#[case] text: &str, #[case] expected: &str) {
        let now: Timestamp = "2026-11-23T12:40:00Z".parse().unwrap();
        let next = Cron::parse(text).unwrap().next_after(now, &TimeZone::UTC);
        assert_eq!(next, Some(expected.parse().unwrap()));
    }

    #[test]
    fn the_30th_of_february_never_comes() {
        let now: Timestamp = "2026-11-23T12:40:00Z".parse().unwrap();
        assert_eq!(Cron::parse("0 0 30 2 *").unwrap().next_after(now, &TimeZone::UTC), None);
    }

    #[rstest]
    #[case("60 * * * *", "`60`: the minute is from 0 to 59")]
    #[case("0 24 * * *", "`24`: the hour is from 0 to 23")]
    #[case("0 0 0 * *", "`0`: the day of the month is from 1 to 31")]
    #[case("0 0 * 13 *", "`13`: the month is from 1 to 12")]
    #[case("0 0 * * 7", "`7`: the day of the week is from 0 to 6")]
    #[case("*/0 * * * *", "`*/0` never advances")]
    #[case("5-1 * * * *", "`5-1` ends before it begins")]
    #[case("0 0 * * FOO", "`FOO` is not a valid day of the week")]
    #[case("0 0 * *", "a schedule has five fields, not 4")]
    fn what_cannot_be(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Cron::parse(text), Err(expected.to_owned()));
    }
}
