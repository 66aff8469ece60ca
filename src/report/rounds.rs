//! Two tools that took turns: the two runs of a round met the same machine at the same time, so they are compared with
//! each other.

use super::observation::{OURS, Observation};
use super::stats::{Ratio, count, outside_of_counted, outside_of_normal, quantile};
use crate::telemetry::Outcome;

/// Rounds that are looked at, the newest.
const MOST: usize = 300;
/// Up to this many rounds the distribution is counted; beyond it is near enough to normal.
const COUNTED: usize = 60;

/// The times until the prompt of each round, theirs and ours, where the runs (oldest first) are of one comparison and each
/// two of them are one of either tool. A round in which one was not ready, or did not say when the prompt was back, is
/// left out. None where the tools did not take turns.
#[must_use]
pub fn rounds(runs: &[&Observation]) -> Option<Vec<(f64, f64)>> {
    let group = runs.first()?.group.as_ref()?;
    let mut rounds = Vec::new();
    for round in runs.chunks(2) {
        let [a, b] = round else { break };
        if [a, b].iter().any(|run| run.group.as_ref() != Some(group)) {
            return None;
        }
        let (ours, theirs) = match (a.arm == OURS, b.arm == OURS) {
            (true, false) => (a, b),
            (false, true) => (b, a),
            _ => return None,
        };
        let time = |run: &Observation| run.prompt_ms.filter(|_| run.outcome == Outcome::Success);
        rounds.extend(time(theirs).zip(time(ours)));
    }
    Some(rounds)
}

/// How many times as long theirs take: the median of the means of all two rounds' logarithms (Hodges & Lehmann 1963), its
/// 95 % interval by Wilcoxon's signed ranks. None where there are too few rounds for one, or a run took no time.
#[must_use]
pub fn paired(rounds: &[(f64, f64)]) -> Option<Ratio> {
    let rounds = &rounds[rounds.len().saturating_sub(MOST)..];
    let logs: Vec<f64> = rounds.iter().map(|(theirs, ours)| (theirs / ours).ln()).collect();
    if logs.iter().any(|log| !log.is_finite()) {
        return None;
    }
    let from = |i: usize| logs[i..].iter().map(move |other| (i, other));
    let mut means: Vec<f64> = (0..logs.len()).flat_map(from).map(|(i, other)| f64::midpoint(logs[i], *other)).collect();
    means.sort_by(f64::total_cmp);
    let outside = most_outside(logs.len())?;
    Some(Ratio {
        estimate: quantile(&means, 0.5)?.exp(),
        low: means.get(outside)?.exp(),
        high: means.get(means.len().checked_sub(outside + 1)?)?.exp(),
    })
}

/// The largest number of least means that lie outside the interval: the signed ranks sum up to less with a probability
/// of at most 2.5 %. None when even 0 is too probable.
fn most_outside(rounds: usize) -> Option<usize> {
    let n = count(rounds);
    let most = rounds * (rounds + 1) / 2;
    if rounds > COUNTED {
        return outside_of_normal(most, n * (n + 1.0) / 4.0, n * (n + 1.0) * (2.0 * n + 1.0) / 24.0);
    }
    // In how many ways ranks 1 to n, each with or without its sign, sum up to 0, 1, …
    let mut ways = vec![0.0; most + 1];
    ways[0] = 1.0;
    for rank in 1..=rounds {
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    outside_of_counted(&ways)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    // Critical values of Wilcoxon's signed ranks, two-sided 5 %: tables; one more lies outside the interval.
    #[rstest]
    #[case(5, None)]
    #[case(6, Some(0))]
    #[case(8, Some(3))]
    #[case(10, Some(8))]
    #[case(15, Some(25))]
    #[case(20, Some(52))]
    #[case(60, Some(648))]
    fn critical_values_are_those_of_the_tables(#[case] rounds: usize, #[case] expected: Option<usize>) {
        assert_eq!(most_outside(rounds), expected);
    }

    #[test]
    fn the_normal_approximation_goes_on_where_counting_ends() {
        assert!(most_outside(COUNTED + 1).is_some_and(|k| (649..690).contains(&k)));
    }

    #[test]
    fn what_slows_a_whole_round_down_is_not_in_the_interval() {
        let rounds: Vec<_> = (1..=15).map(|busy| (f64::from(busy) * 2.0, f64::from(busy))).collect();
        let ratio = paired(&rounds).expect("fifteen rounds");
        assert!([ratio.estimate, ratio.low, ratio.high].iter().all(|x| (x - 2.0).abs() < 1e-9), "{ratio:?}");
    }

    #[rstest]
    #[case::no_time(&[(1.0, 0.0); 8])]
    #[case::too_few(&[(2.0, 1.0); 5])]
    fn nothing_is_said_of(#[case] rounds: &[(f64, f64)]) {
        assert_eq!(paired(rounds), None);
    }

    /// `p` and `k` are runs of plat and kubectl; a capital one was not ready.
    #[rstest]
    #[case::turns("pkkp", Some(2))]
    #[case::one_after_the_other("ppkk", None)]
    #[case::not_ready("pkPkpk", Some(2))]
    #[case::the_last_has_no_other("pkp", Some(1))]
    #[case::nothing("", None)]
    fn a_round_is_a_run_of_each(#[case] runs: &str, #[case] expected: Option<usize>) {
        let run = |letter: char| Observation {
            arm: if letter.eq_ignore_ascii_case(&'p') { OURS } else { "kubectl" }.to_owned(),
            outcome: if letter.is_uppercase() { Outcome::TimedOut } else { Outcome::Success },
            group: Some("try".to_owned()),
            ..Observation::for_tests()
        };
        let runs: Vec<Observation> = runs.chars().map(run).collect();
        assert_eq!(rounds(&runs.iter().collect::<Vec<_>>()).map(|rounds| rounds.len()), expected);
        let elsewhere: Vec<_> = runs.into_iter().map(|run| Observation { group: None, ..run }).collect();
        assert_eq!(rounds(&elsewhere.iter().collect::<Vec<_>>()), None, "without a comparison");
    }
}
