//! Who uses plat, and who went back to something else. What counts is what people did, never what they say.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::ISOWeekDate;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::observation::{Kind, OURS, Observation};
use crate::telemetry::Outcome;

/// How far plat is used in one ISO week, UTC. Only changes that became ready count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// `2026-W48`
    pub week: String,
    pub changes: Share,
    /// Of the services that were changed, those that plat changed at least once.
    pub services: Share,
    /// Of the people who changed something, those who used plat at least once.
    pub people: Share,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub ours: usize,
    pub of: usize,
}

/// Of the people who have used plat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Their newest run is plat's.
    pub stayed: usize,
    /// Their newest run is another tool's.
    pub left: Vec<Left>,
}

/// How many left after their last run of plat ended so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub after: Outcome,
    pub people: usize,
}

/// By week, oldest first; a week without changes is not there.
#[must_use]
pub fn adoption(observations: &[Observation]) -> Vec<Week> {
    #[derive(Default)]
    struct Seen<'a> {
        changes: Share,
        services: HashMap<&'a str, bool>,
        people: HashMap<&'a str, bool>,
    }
    let mut weeks: BTreeMap<ISOWeekDate, Seen> = BTreeMap::new();
    let is_change =
        |seen: &&Observation| seen.outcome == Outcome::Success && matches!(seen.kind, Some(Kind::First | Kind::Update));
    for seen in observations.iter().filter(is_change) {
        let Some(start) = seen.started_at else { continue };
        let date = Offset::UTC.to_datetime(start).date();
        // Monday stands for its week.
        let monday = date.saturating_sub(jiff::Span::new().days(date.weekday().to_monday_zero_offset()));
        let week = weeks.entry(monday.iso_week_date()).or_default();
        let is_ours = seen.arm == OURS;
        week.changes.ours += usize::from(is_ours);
        week.changes.of += 1;
        for (known, name) in [(&mut week.services, &seen.service), (&mut week.people, &seen.person)] {
            if let Some(name) = name {
                *known.entry(name).or_default() |= is_ours;
            }
        }
    }
    let share = |known: &HashMap<&str, bool>| Share {
        ours: known.values().filter(|is_ours| **is_ours).count(),
        of: known.len(),
    };
    let week = |(week, seen): (ISOWeekDate, Seen)| Week {
        week: format!("{}-W{:02}", week.year(), week.week()),
        changes: seen.changes,
        services: share(&seen.services),
        people: share(&seen.people),
    };
    weeks.into_iter().map(week).collect()
}

/// Observations come oldest first.
#[must_use]
pub fn retention(observations: &[Observation]) -> Retention {
    // Of each person who has used plat: how their last run of it ended, and whether another tool's came later.
    let mut people: HashMap<&str, (Outcome, bool)> = HashMap::new();
    for seen in observations {
        let Some(person) = seen.person.as_deref() else { continue };
        if seen.arm == OURS {
            people.insert(person, (seen.outcome, false));
        } else if let Some((_, left)) = people.get_mut(person) {
            *left = true;
        }
    }
    let mut left: Vec<Left> = Vec::new();
    for (after, _) in people.values().filter(|(_, left)| *left) {
        match left.iter_mut().find(|known| known.after == *after) {
            Some(known) => known.people += 1,
            None => left.push(Left { after: *after, people: 1 }),
        }
    }
    left.sort_by_key(|left| (std::cmp::Reverse(left.people), left.after.word()));
    Retention { stayed: people.values().filter(|(_, left)| !left).count(), left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::history;
    use rstest::rstest;

    const DAY: usize = 86_400;

    // The history starts on Monday, 28 December 2026, in the last week of that ISO year.
    #[rstest]
    #[case::a_week("0 ann plat api first success 1; 9 ann kubectl api update success 1; 9 ben kubectl web first success 1",
        &["2026-W53 changes 1/3 services 1/2 people 1/2"])]
    #[case::only_what_became_ready_and_changed_something(
        "0 ann plat api first failure 1; 1 ann plat api unchanged success 1; 2 ann kubectl api update success 1",
        &["2026-W53 changes 0/1 services 0/1 people 0/1"])]
    #[case::of_nobody_knows_who("0 - plat api first success 1", &["2026-W53 changes 1/1 services 1/1 people 0/0"])]
    #[case::nothing("", &[])]
    fn shares_are(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(lines(text), expected);
    }

    #[test]
    fn a_week_goes_from_monday_to_sunday_across_the_year() {
        let on = |day: usize| format!("{} ann plat api update success 1;", day * DAY);
        let text = [0, 6, 7, 21].map(on).concat();
        let weeks: Vec<_> =
            lines(&text).iter().map(|line| line.split(" services").next().unwrap_or("").to_owned()).collect();
        assert_eq!(weeks, ["2026-W53 changes 2/2", "2027-W01 changes 1/1", "2027-W03 changes 1/1"]);
    }

    fn lines(text: &str) -> Vec<String> {
        let share = |share: Share| format!("{}/{}", share.ours, share.of);
        let line = |week: &Week| {
            let [changes, services, people] = [week.changes, week.services, week.people].map(share);
            format!("{} changes {changes} services {services} people {people}", week.week)
        };
        adoption(&history(text)).iter().map(line).collect()
    }

    #[rstest]
    #[case::stayed("0 ann kubectl api update success 1; 1 ann plat api update failure 1", 1, &[])]
    #[case::left_after_a_failure(
        "0 ann plat api update success 1; 1 ann plat api update failure 1; 2 ann kubectl api update success 1",
        0, &[(Outcome::Failure, 1)])]
    #[case::came_back("0 ann plat api update failure 1; 1 ann kubectl api update success 1; 2 ann plat api update success 1", 1, &[])]
    #[case::never_used_it("0 ann kubectl api update success 1", 0, &[])]
    #[case::most_first(
        "0 ann plat a update success 1; 0 ben plat b update timed_out 1; 0 cem plat c update timed_out 1; \
         1 ann helm a update success 1; 1 ben helm b update success 1; 1 cem helm c update success 1",
        0, &[(Outcome::TimedOut, 2), (Outcome::Success, 1)])]
    fn who_left_and_after_what(#[case] text: &str, #[case] stayed: usize, #[case] left: &[(Outcome, usize)]) {
        let retention = retention(&history(text));
        let told: Vec<_> = retention.left.iter().map(|left| (left.after, left.people)).collect();
        assert_eq!((retention.stayed, &told[..]), (stayed, left));
    }
}
