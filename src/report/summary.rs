//! Observations -> what a reader is told: each kind of deploy apart, every tool beside plat.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::observation::{Kind, Observation};
use super::stats::{count, quantile, ratio};
use crate::telemetry::Outcome;

/// Ready runs that each of two arms needs before they are compared. With five and five the Mann-Whitney test can
/// first exclude "no difference" with something to spare; with three and three it never can.
pub const ENOUGH: usize = 5;

/// The arm that the others are compared with.
pub const OURS: &str = "plat";

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub rows: Vec<Row>,
    pub comparisons: Vec<Comparison>,
    /// Runs that ended before the cluster said what kind of deploy it was; in no row.
    pub unplaced: Vec<Unplaced>,
}

/// One arm's deploys of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub kind: Kind,
    pub arm: String,
    /// All runs, the interrupted ones included.
    pub n: usize,
    /// Runs that became ready. Median and p90 are theirs alone: a run that was never ready has no time.
    pub ready: usize,
    /// Stopped by the user: neither a success nor a failure, so not in the rate.
    pub interrupted: usize,
    /// `ready / (n - interrupted)`, 0 to 1.
    pub success_rate: Option<f64>,
    pub median_ms: Option<f64>,
    pub p90_ms: Option<f64>,
    /// Median of the time spent building and pushing, which the other times leave out.
    pub build_median_ms: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unplaced {
    pub arm: String,
    pub n: usize,
}

/// plat against one other arm in one kind of deploy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub kind: Kind,
    pub other: String,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// `times` is how many times as long the slower one takes, with its 95 % interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Faster {
        times: f64,
        low: f64,
        high: f64,
    },
    Slower {
        times: f64,
        low: f64,
        high: f64,
    },
    /// The interval holds 1: these runs do not show which is faster.
    NoDifference {
        times: f64,
        low: f64,
        high: f64,
    },
    /// Ready runs that are missing until [`ENOUGH`].
    NeedsMore {
        ours: usize,
        theirs: usize,
    },
}

/// Sums the observations up; they come oldest first.
#[must_use]
pub fn summarise(observations: &[Observation]) -> Summary {
    let arms = arms(observations);
    let mut summary = Summary::default();
    for kind in Kind::ALL {
        for arm in &arms {
            summary.rows.extend(row(observations, kind, arm));
        }
        for other in arms.iter().filter(|arm| **arm != OURS) {
            summary.comparisons.extend(compare(observations, kind, other));
        }
    }
    for arm in &arms {
        let n = observations.iter().filter(|seen| seen.arm == *arm && seen.kind.is_none()).count();
        if n > 0 {
            summary.unplaced.push(Unplaced { arm: (*arm).to_owned(), n });
        }
    }
    summary
}

/// plat first, then by name.
fn arms(observations: &[Observation]) -> Vec<&str> {
    let mut arms: Vec<&str> =
        observations.iter().map(|seen| seen.arm.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    arms.sort_by_key(|arm| *arm != OURS);
    arms
}

fn row(observations: &[Observation], kind: Kind, arm: &str) -> Option<Row> {
    let mine: Vec<_> = observations.iter().filter(|seen| seen.kind == Some(kind) && seen.arm == arm).collect();
    if mine.is_empty() {
        return None;
    }
    let of = |outcome| mine.iter().filter(|seen| seen.outcome == outcome).count();
    let (ready, interrupted) = (of(Outcome::Success), of(Outcome::Interrupted));
    let judged = mine.len() - interrupted;
    let mut times = ready_times(observations, kind, arm);
    times.sort_by(f64::total_cmp);
    let mut builds: Vec<f64> = mine.iter().map(|seen| seen.build_ms).filter(|ms| *ms > 0.0).collect();
    builds.sort_by(f64::total_cmp);
    Some(Row {
        kind,
        arm: arm.to_owned(),
        n: mine.len(),
        ready,
        interrupted,
        success_rate: (judged > 0).then(|| count(ready) / count(judged)),
        median_ms: quantile(&times, 0.5),
        p90_ms: quantile(&times, 0.9),
        build_median_ms: quantile(&builds, 0.5),
    })
}

/// None where the other has no ready run of this kind: there is nothing to compare with.
fn compare(observations: &[Observation], kind: Kind, other: &str) -> Option<Comparison> {
    let (ours, theirs) = (ready_times(observations, kind, OURS), ready_times(observations, kind, other));
    if theirs.is_empty() {
        return None;
    }
    let verdict = match ratio(&theirs, &ours) {
        Some(ratio) if ours.len() >= ENOUGH && theirs.len() >= ENOUGH => {
            let (times, low, high) = (ratio.estimate, ratio.low, ratio.high);
            if low > 1.0 {
                Verdict::Faster { times, low, high }
            } else if high < 1.0 {
                Verdict::Slower { times: 1.0 / times, low: 1.0 / high, high: 1.0 / low }
            } else {
                Verdict::NoDifference { times, low, high }
            }
        }
        _ => {
            Verdict::NeedsMore { ours: ENOUGH.saturating_sub(ours.len()), theirs: ENOUGH.saturating_sub(theirs.len()) }
        }
    };
    Some(Comparison { kind, other: other.to_owned(), verdict })
}

fn ready_times(observations: &[Observation], kind: Kind, arm: &str) -> Vec<f64> {
    observations
        .iter()
        .filter(|seen| seen.kind == Some(kind) && seen.arm == arm && seen.outcome == Outcome::Success)
        .map(|seen| seen.ready_ms)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sentence;

    fn deploys(arm: &str, kind: Option<Kind>, outcome: Outcome, times: &[f64]) -> Vec<Observation> {
        times
            .iter()
            .map(|ready_ms| Observation { arm: arm.to_owned(), kind, outcome, ready_ms: *ready_ms, build_ms: 0.0 })
            .collect()
    }

    fn first(arm: &str, times: &[f64]) -> Vec<Observation> {
        deploys(arm, Some(Kind::First), Outcome::Success, times)
    }

    fn told(observations: &[Observation]) -> Vec<String> {
        summarise(observations).comparisons.iter().map(sentence).collect()
    }

    #[test]
    fn a_headline_needs_enough_runs_and_a_difference() {
        let plat = [400.0, 410.0, 390.0, 420.0, 405.0];
        let kubectl = plat.map(|ms| ms * 2.0);
        let both = |ours: &[f64], theirs: &[f64]| [first("plat", ours), first("kubectl", theirs)].concat();
        assert_eq!(
            told(&both(&plat, &kubectl)),
            ["First deploy: plat is 2.00 times as fast as kubectl (95 % interval 1.90 to 2.10)"]
        );
        assert_eq!(
            told(&both(&kubectl, &plat)),
            ["First deploy: plat is slower, 2.00 times as long as kubectl (95 % interval 1.90 to 2.10)"]
        );
        assert_eq!(
            told(&both(&plat, &plat)),
            ["First deploy: no difference shown between plat and kubectl (95 % interval of the ratio 0.95 to 1.05)"]
        );
        assert_eq!(
            told(&both(&plat, &kubectl[..4])),
            ["First deploy: no comparison with kubectl yet, it needs 1 more ready run by kubectl"]
        );
        assert_eq!(
            told(&first("kubectl", &kubectl)),
            ["First deploy: no comparison with kubectl yet, it needs 5 more ready runs by plat"]
        );
    }

    #[test]
    fn a_run_that_was_never_ready_lowers_the_rate_and_has_no_time() {
        let seen = [
            first("plat", &[100.0, 200.0, 300.0]),
            deploys("plat", Some(Kind::First), Outcome::TimedOut, &[60_000.0]),
            deploys("plat", Some(Kind::First), Outcome::Interrupted, &[5.0]),
        ]
        .concat();
        let [row] = &summarise(&seen).rows[..] else { panic!("one arm, one kind") };
        assert_eq!((row.n, row.ready, row.interrupted), (5, 3, 1));
        assert_eq!((row.success_rate, row.median_ms), (Some(0.75), Some(200.0)));
    }

    #[test]
    fn kinds_are_never_mixed_and_plat_comes_first() {
        let seen = [
            deploys("kubectl", Some(Kind::Unchanged), Outcome::Success, &[600.0]),
            first("plat", &[400.0]),
            first("helm", &[900.0]),
        ]
        .concat();
        let rows: Vec<_> = summarise(&seen).rows.into_iter().map(|row| (row.kind, row.arm)).collect();
        let expected = [(Kind::First, "plat"), (Kind::First, "helm"), (Kind::Unchanged, "kubectl")];
        assert_eq!(rows, expected.map(|(kind, arm)| (kind, arm.to_owned())));
    }

    #[test]
    fn a_run_that_ended_before_the_cluster_is_counted_apart() {
        let seen = deploys("plat", None, Outcome::Failure, &[3.0, 4.0]);
        let summary = summarise(&seen);
        assert_eq!(summary.rows, []);
        assert_eq!(summary.unplaced, [Unplaced { arm: "plat".to_owned(), n: 2 }]);
    }
}
