//! What the figures say, in words. Both ways: where plat is slower, it says so.

use super::effect::People;
use super::observation::Kind;
use super::stats::Ratio;
use super::summary::{Comparison, Design, Runs, Unit, Until, Verdict};
use crate::text::counted;

/// One sentence a person can repeat; `other` must have been escaped where it came from elsewhere.
#[must_use]
pub fn sentence(comparison: &Comparison) -> String {
    let Comparison { kind, other, until, people, verdict, .. } = comparison;
    let over = people.map(|people| over(people, other)).unwrap_or_default();
    let deploy = match kind {
        Kind::First => "First deploy",
        Kind::Update => "Later deploy",
        Kind::Unchanged => "Unchanged deploy",
    };
    let until = match until {
        Until::Ready => "until ready",
        Until::Prompt => "until the prompt",
    };
    let said = match verdict {
        Verdict::NeedsMore { ours: 0, theirs: 0, .. } => {
            format!("these runs of plat and {other} cannot be compared")
        }
        Verdict::NeedsMore { ours, theirs, of, so_far } => {
            let missing: Vec<String> = [(*ours, "plat"), (*theirs, other.as_str())]
                .into_iter()
                .filter(|(n, _)| *n > 0)
                .map(|(n, arm)| match of {
                    Unit::Runs => format!("{} by {arm}", counted(n, "more ready run")),
                    Unit::People => format!("{} with {arm}", more_people(n)),
                })
                .collect();
            let so_far = so_far.map(|ratio| so_far_words(ratio, other)).unwrap_or_default();
            format!("no headline against {other} yet, it needs {}{so_far}", missing.join(" and "))
        }
        Verdict::Faster { times, low, high } => {
            let [times, low, high] = factors([*times, *low, *high]);
            format!("plat is {times} times as fast as {other} (95 % interval {low} to {high}{over})")
        }
        Verdict::Slower { times, low, high } => {
            let [times, low, high] = factors([*times, *low, *high]);
            format!("plat is slower, {times} times as long as {other} (95 % interval {low} to {high}{over})")
        }
        Verdict::NoDifference { low, high, needs, .. } => {
            let needs = needs.map(|n| format!("; one of this size would show with about {} with each", more_people(n)));
            format!(
                "no difference shown between plat and {other} (95 % interval of the ratio {low:.2} to {high:.2}{over}){}",
                needs.unwrap_or_default()
            )
        }
    };
    format!("{deploy}, {until}: {said}")
}

/// What a comparison cannot know, in plain words; nothing where the tools took turns.
#[must_use]
pub fn caveat(comparison: &Comparison) -> Option<String> {
    let other = &comparison.other;
    match (comparison.design?, comparison.people) {
        (Design::BeforeAfter, _) => Some(format!(
            "Before and after: nearly all runs of plat and {other} are from different times, so whatever else changed in \
             between is in the figures too."
        )),
        (Design::SideBySide, Some(People { ours, theirs, both })) if both < ours.max(theirs) => Some(format!(
            "Side by side: people chose between plat and {other} themselves, so the figures may be about the people as well."
        )),
        _ => None,
    }
}

fn more_people(n: usize) -> String {
    if n == 1 { "1 more person".to_owned() } else { format!("{n} more people") }
}

fn over(People { ours, theirs, both }: People, other: &str) -> String {
    let both = if both > 0 { format!(", {both} of them with both") } else { String::new() };
    format!(", {ours} people with plat and {theirs} with {other}{both}")
}

fn so_far_words(Ratio { estimate, low, high }: Ratio, other: &str) -> String {
    let (slow, fast, times) = if estimate < 1.0 {
        ("plat", other, [estimate.recip(), high.recip(), low.recip()])
    } else {
        (other, "plat", [estimate, low, high])
    };
    let [times, low, high] = factors(times);
    format!(
        "; so far {slow} takes {times} times as long as {fast} (95 % interval {low} to {high}), which shows nothing certain"
    )
}

/// Runs of which only the time until ready is known.
#[must_use]
pub fn promptless(runs: &Runs) -> String {
    let (subject, verb) = (counted(runs.n, "ready run"), if runs.n == 1 { "has" } else { "have" });
    format!(
        "{subject} by {} {verb} no time until the prompt (recorded by an older plat): only until ready, and in no headline.",
        runs.arm
    )
}

/// Runs that are in no row.
#[must_use]
pub fn unplaced(runs: &Runs) -> String {
    format!("{} by {} ended before the cluster said what kind of deploy it was: in no row.", runs.n, runs.arm)
}

/// Near 1 the second decimal decides, so it is shown there.
fn factors(times: [f64; 3]) -> [String; 3] {
    let digits = if times.iter().any(|times| *times < 2.0) { 2 } else { 1 };
    times.map(|times| format!("{times:.digits$}"))
}

/// `100 %`, `97.5 %`; never rounded up to a success that was not.
#[must_use]
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).floor() / 10.0;
    if tenths.fract() == 0.0 { format!("{tenths:.0} %") } else { format!("{tenths:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::before_and_after(Design::BeforeAfter, None, "Before and after")]
    #[case::chosen(Design::SideBySide, Some(People { ours: 6, theirs: 6, both: 2 }), "Side by side")]
    #[case::the_same_people(Design::SideBySide, Some(People { ours: 6, theirs: 6, both: 6 }), "")]
    #[case::one_person(Design::SideBySide, None, "")]
    #[case::in_turn(Design::InTurn, None, "")]
    fn what_a_design_cannot_know_is_said(
        #[case] design: Design,
        #[case] people: Option<People>,
        #[case] expected: &str,
    ) {
        let comparison = Comparison {
            kind: Kind::First,
            other: "kubectl".to_owned(),
            until: Until::Prompt,
            people,
            design: Some(design),
            verdict: Verdict::NeedsMore { ours: 1, theirs: 1, of: Unit::Runs, so_far: None },
        };
        let said = caveat(&comparison).unwrap_or_default();
        assert_eq!(said.split(':').next(), Some(expected), "{said}");
    }

    #[rstest]
    #[case(1.0, "100 %")]
    #[case(0.975, "97.5 %")]
    #[case(0.9999, "99.9 %")]
    #[case(0.0, "0 %")]
    fn a_rate_is_never_rounded_up(#[case] share: f64, #[case] expected: &str) {
        assert_eq!(percent(share), expected);
    }
}
