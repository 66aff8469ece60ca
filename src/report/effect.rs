//! How many times as long one tool takes as another, over several people. One person's runs resemble each other, so the
//! interval comes from leaving out people, not runs (decision 0120).

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::stats::{Ratio, count, mean, student};
use super::survival::Wait;

/// Runs of an arm that are looked at. More add nothing but work: the interval is narrow long before.
const MOST: usize = 200;
/// The normal quantile of a power of 80 %.
const Z80: f64 = 0.841_621_233_572_914_4;
/// Sums of weights that differ by less are equal.
const ROUNDING: f64 = 1e-9;

/// The ratio, and whose runs it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    #[serde(flatten)]
    pub ratio: Ratio,
    pub people: People,
    /// The standard error of the ratio's logarithm.
    pub log_error: f64,
}

impl Effect {
    /// About how many people each arm needs to show, four times in five, that theirs take `ratio` times as long. None where
    /// that is more than anyone will ever have.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
    pub fn people_for(&self, ratio: f64) -> Option<usize> {
        let half = (self.ratio.high / self.ratio.low).ln() / 2.0;
        let fold = ((half + Z80 * self.log_error) / ratio.ln()).powi(2);
        let needed = (count(self.people.ours.max(self.people.theirs)) * fold).ceil();
        (needed <= 1000.0).then_some(needed as usize)
    }

    /// About how many more people each arm needs to show a difference as large as this one. None where it is shown
    /// already, or where there is none to speak of.
    #[must_use]
    pub fn needs(&self) -> Option<usize> {
        if self.ratio.low > 1.0 || self.ratio.high < 1.0 {
            return None;
        }
        let there = self.people.ours.min(self.people.theirs);
        self.people_for(self.ratio.estimate).map(|needed| needed.saturating_sub(there).max(1))
    }
}

/// How many people have runs in an arm; who has runs in both counts in both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    pub ours: usize,
    pub theirs: usize,
    pub both: usize,
}

/// The runs of two arms, each with its person, ready to be weighed by person again and again.
#[derive(Debug, Clone)]
pub struct Pairs {
    /// Ascending by ratio.
    pairs: Vec<Pair>,
    /// Of each person, whether they have runs in our arm, and in theirs.
    people: Vec<(bool, bool)>,
}

/// One run of theirs with one of ours.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// Log of theirs / ours.
    log: f64,
    theirs: usize,
    ours: usize,
    /// A person's runs weigh one together: a hundred of one person are not a hundred people.
    weight: f64,
    ours_happened: bool,
    theirs_happened: bool,
}

struct Timed {
    person: usize,
    wait: Wait,
    weight: f64,
}

impl Pairs {
    /// Both arms oldest first: of very many runs the newest are taken, of each person in turn. None where a run took no
    /// time, or nothing happened in one of the arms.
    #[must_use]
    pub fn new<P: Eq + Hash>(theirs: &[(P, Wait)], ours: &[(P, Wait)]) -> Option<Self> {
        let mut known: HashMap<&P, usize> = HashMap::new();
        let (theirs, ours) = (newest(theirs, &mut known), newest(ours, &mut known));
        let all = || theirs.iter().chain(&ours);
        let is_usable = all().all(|run| run.wait.time.is_finite() && run.wait.time > 0.0);
        if !is_usable || [&theirs, &ours].iter().any(|arm| !arm.iter().any(|run| run.wait.happened)) {
            return None;
        }
        let mut people = vec![(false, false); known.len()];
        for run in &ours {
            people[run.person].0 = true;
        }
        for run in &theirs {
            people[run.person].1 = true;
        }
        let pair = |their: &Timed, our: &Timed| Pair {
            log: (their.wait.time / our.wait.time).ln(),
            theirs: their.person,
            ours: our.person,
            weight: their.weight * our.weight,
            ours_happened: our.wait.happened,
            theirs_happened: their.wait.happened,
        };
        let mut pairs: Vec<Pair> =
            theirs.iter().flat_map(|their| ours.iter().map(move |our| pair(their, our))).collect();
        // Of two that both did not happen, nothing says which would have been later.
        pairs.retain(|pair| pair.ours_happened || pair.theirs_happened);
        pairs.sort_by(|a, b| a.log.total_cmp(&b.log));
        Some(Self { pairs, people })
    }

    /// The log of the factor by which ours must be stretched for neither arm to come first more often (Gehan's rank
    /// estimate; where all runs became ready, the median of all ratios of Hodges & Lehmann). Each person counts as often
    /// as `times` says. None where too little is left.
    #[must_use]
    pub fn log_ratio(&self, times: impl Fn(usize) -> f64) -> Option<f64> {
        let weight = |pair: &Pair| pair.weight * times(pair.theirs) * times(pair.ours);
        // Below the least ratio, every run of ours that happened comes first.
        let mut lead: f64 = -self.pairs.iter().filter(|pair| pair.ours_happened).map(weight).sum::<f64>();
        if lead >= 0.0 {
            return None;
        }
        let mut level: Option<f64> = None;
        for pair in &self.pairs {
            let weight = weight(pair);
            if weight <= 0.0 {
                continue;
            }
            if let Some(level) = level {
                return Some(f64::midpoint(level, pair.log));
            }
            lead += weight * (f64::from(u8::from(pair.ours_happened)) + f64::from(u8::from(pair.theirs_happened)));
            if lead > ROUNDING {
                return Some(pair.log);
            }
            level = (lead >= -ROUNDING).then_some(pair.log);
        }
        level
    }

    /// The ratio with its interval; None where there are too few people for one.
    #[must_use]
    pub fn effect(&self) -> Option<Effect> {
        let estimate = self.log_ratio(|_| 1.0)?;
        let without = |left_out| self.log_ratio(|person| if person == left_out { 0.0 } else { 1.0 });
        let left_out: Vec<f64> = (0..self.people.len()).map(without).collect::<Option<_>>()?;
        let (error, freedom) = self.spread(&left_out)?;
        let half = student(freedom) * error;
        let ratio = Ratio { estimate: estimate.exp(), low: (estimate - half).exp(), high: (estimate + half).exp() };
        Some(Effect { ratio, people: self.people(), log_error: error })
    }

    fn people(&self) -> People {
        let having = |of: fn(&(bool, bool)) -> bool| self.people.iter().filter(|arms| of(arms)).count();
        People { ours: having(|arms| arms.0), theirs: having(|arms| arms.1), both: having(|arms| arms.0 && arms.1) }
    }

    /// The standard error by the jackknife over people, and its degrees of freedom (Satterthwaite's, over those with runs
    /// in ours, in theirs, in both).
    fn spread(&self, left_out: &[f64]) -> Option<(f64, f64)> {
        let centre = mean(left_out)?;
        let (mut variance, mut squares) = (0.0, 0.0);
        for group in [(true, false), (false, true), (true, true)] {
            let values =
                || self.people.iter().zip(left_out).filter(|(arms, _)| **arms == group).map(|(_, value)| value);
            // Without the usual factor (n - 1) / n: of a median, which moves in steps, the jackknife is a little too small.
            let part: f64 = values().map(|value| (value - centre).powi(2)).sum();
            variance += part;
            squares += part * part / (count(values().count()) - 1.0).max(1.0);
        }
        let freedom = if squares > 0.0 { variance * variance / squares } else { count(self.people.len()) - 1.0 };
        (freedom >= 3.0).then(|| (variance.sqrt(), freedom))
    }
}

/// The newest of every person, then the second newest, and so on; each person's weigh one together.
fn newest<'a, P: Eq + Hash>(runs: &'a [(P, Wait)], known: &mut HashMap<&'a P, usize>) -> Vec<Timed> {
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let mut ranked: Vec<(usize, usize, Wait)> = Vec::new();
    for (person, wait) in runs.iter().rev() {
        let next = known.len();
        let person = *known.entry(person).or_insert(next);
        let rank = seen.entry(person).or_default();
        if *rank < MOST {
            ranked.push((*rank, person, *wait));
        }
        *rank += 1;
    }
    ranked.sort_by_key(|(rank, ..)| *rank);
    ranked.truncate(MOST);
    let mut taken: HashMap<usize, usize> = HashMap::new();
    for (_, person, _) in &ranked {
        *taken.entry(*person).or_default() += 1;
    }
    let timed = |(_, person, wait): (usize, usize, Wait)| Timed { person, wait, weight: count(taken[&person]).recip() };
    ranked.into_iter().map(timed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// `person:time,time`, with `+` behind a time at which it had not happened yet.
    fn runs(text: &str) -> Vec<(String, Wait)> {
        let of = |word: &str| {
            let (person, times) = word.split_once(':').expect("person:times");
            let wait = |time: &str| Wait {
                time: time.trim_end_matches('+').parse().expect("a time"),
                happened: !time.ends_with('+'),
            };
            times.split(',').map(|time| (person.to_owned(), wait(time))).collect::<Vec<_>>()
        };
        text.split_whitespace().flat_map(of).collect()
    }

    fn pairs(theirs: &str, ours: &str) -> Option<Pairs> {
        Pairs::new(&runs(theirs), &runs(ours))
    }

    #[rstest]
    #[case::the_median_of_all_ratios("a:2 b:4 c:8", "a:1 b:2 c:4", 2.0)]
    #[case::a_hundred_runs_of_one_are_one_person("a:9,9,9,9,9,9,9 b:2 c:2", "a:1 b:1 c:1", 2.0)]
    #[case::who_gave_up_early_says_little("a:2 b:2 c:0.1+", "a:1 b:1 c:1", 2.0)]
    #[case::who_gave_up_late_took_long("a:1 b:8+ c:8+ d:8+", "a:1 b:1 c:1 d:1", 8.0)]
    fn the_ratio_is(#[case] theirs: &str, #[case] ours: &str, #[case] expected: f64) {
        let ratio = pairs(theirs, ours).and_then(|pairs| pairs.log_ratio(|_| 1.0)).expect("a ratio").exp();
        assert!((ratio - expected).abs() < 1e-9, "{ratio}");
    }

    #[rstest]
    #[case::nothing("", "a:1")]
    #[case::none_became_ready("a:1+ b:2+", "a:1 b:2")]
    #[case::no_time("a:0 b:1", "a:1 b:1")]
    #[case::one_person("a:2,3,4", "a:1,2,3")]
    #[case::two_people("a:2,3 b:4,5", "a:1,2 b:2,3")]
    fn no_interval_without_runs_and_people(#[case] theirs: &str, #[case] ours: &str) {
        assert_eq!(pairs(theirs, ours).and_then(|pairs| pairs.effect()), None);
    }

    #[test]
    fn what_differs_between_people_is_not_taken_for_a_difference_between_tools() {
        let (theirs, ours) = ("a:20,21 b:41,40 c:80,82 d:161,160", "a:10 b:20 c:40 d:80");
        let same_people = pairs(theirs, ours).and_then(|pairs| pairs.effect()).expect("an effect");
        let other_people = pairs(theirs, &ours.to_uppercase()).and_then(|pairs| pairs.effect()).expect("an effect");
        assert_eq!(same_people.people, People { ours: 4, theirs: 4, both: 4 });
        assert_eq!(other_people.people, People { ours: 4, theirs: 4, both: 0 });
        assert!(same_people.ratio.low > 1.0 && same_people.needs().is_none(), "{same_people:?}");
        assert!(other_people.ratio.low < 1.0 && other_people.needs().is_some(), "{other_people:?}");
    }

    #[test]
    fn of_very_many_runs_everybody_s_newest_are_taken() {
        let wait = |time| Wait { time, happened: true };
        let mut theirs: Vec<_> = (0..2000).map(|_| ("busy", wait(100.0))).collect();
        theirs.extend([("busy", wait(2.0)); 400]);
        theirs.splice(0..0, ["b", "c", "d"].map(|person| (person, wait(2.0))));
        let ours = ["busy", "b", "c", "d"].map(|person| (person, wait(1.0)));
        let ratio = Pairs::new(&theirs, &ours).and_then(|pairs| pairs.effect()).expect("an effect").ratio;
        assert!((ratio.low - 2.0).abs() < 1e-9 && (ratio.high - 2.0).abs() < 1e-9, "{ratio:?}");
    }
}
