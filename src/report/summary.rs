//! Observations -> what a reader is told: each kind of deploy apart, every tool beside plat.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::observation::{Kind, Observation};
use super::stats::{Ratio, count, mean, quantile, ratio};
use crate::telemetry::Outcome;

/// Ready runs that each of two arms needs before there is a headline (decision 0032).
pub const ENOUGH: usize = 15;

/// The arm that the others are compared with.
pub const OURS: &str = "plat";

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub rows: Vec<Row>,
    /// Where plat is slower comes first.
    pub comparisons: Vec<Comparison>,
    /// Runs that ended before the cluster said what kind of deploy it was; in no row.
    pub unplaced: Vec<Runs>,
    /// Ready runs of an older plat, which did not record the prompt: in no comparison.
    #[serde(default)]
    pub promptless: Vec<Runs>,
}

/// One arm's deploys of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub kind: Kind,
    pub arm: String,
    /// All runs, the interrupted ones included.
    pub n: usize,
    /// Runs that became ready. The times are theirs alone: a run that was never ready has none.
    pub ready: usize,
    /// Stopped by the user: neither a success nor a failure, so not in the rate.
    pub interrupted: usize,
    /// `ready / (n - interrupted)`, 0 to 1.
    pub success_rate: Option<f64>,
    #[serde(flatten)]
    pub until_ready: Times,
    /// Those of the ready runs whose time until the prompt was recorded.
    #[serde(default)]
    pub prompted: usize,
    /// Theirs, until they were ready and the prompt was back.
    #[serde(default)]
    pub until_prompt: Times,
    /// Median of the time spent building and pushing, which the other times leave out.
    pub build_median_ms: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    pub median_ms: Option<f64>,
    pub mean_ms: Option<f64>,
    pub p90_ms: Option<f64>,
}

impl Times {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { median_ms: quantile(&values, 0.5), mean_ms: mean(&values), p90_ms: quantile(&values, 0.9) }
    }
}

/// How many runs of an arm something is said about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    pub arm: String,
    pub n: usize,
}

/// plat against one other arm in one kind of deploy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub kind: Kind,
    pub other: String,
    #[serde(default)]
    pub until: Until,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Where the times that are compared end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// What the endpoint of an older plat compares; it does not say so.
    #[default]
    Ready,
    Prompt,
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
    /// Ready runs that are missing until [`ENOUGH`], and what those that are there say, which is no headline.
    NeedsMore {
        ours: usize,
        theirs: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        so_far: Option<Ratio>,
    },
}

impl Verdict {
    fn of(theirs_by_ours: Ratio) -> Self {
        let Ratio { estimate: times, low, high } = theirs_by_ours;
        if low > 1.0 {
            Self::Faster { times, low, high }
        } else if high < 1.0 {
            Self::Slower { times: 1.0 / times, low: 1.0 / high, high: 1.0 / low }
        } else {
            Self::NoDifference { times, low, high }
        }
    }
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
    summary.comparisons.sort_by_key(|comparison| !matches!(comparison.verdict, Verdict::Slower { .. }));
    summary.unplaced = runs(observations, &arms, |seen| seen.kind.is_none());
    summary.promptless =
        runs(observations, &arms, |seen| seen.kind.is_some() && is_ready(seen) && seen.prompt_ms.is_none());
    summary
}

/// How many of them each arm has, where it has any.
fn runs(observations: &[Observation], arms: &[&str], of: impl Fn(&Observation) -> bool) -> Vec<Runs> {
    let of_arm = |arm: &str| observations.iter().filter(|seen| seen.arm == arm && of(seen)).count();
    let all = arms.iter().map(|arm| Runs { arm: (*arm).to_owned(), n: of_arm(arm) });
    all.filter(|runs| runs.n > 0).collect()
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
    let ready_times = mine.iter().filter(|seen| is_ready(seen)).map(|seen| seen.ready_ms).collect();
    let prompt_times = prompt_times(observations, kind, arm);
    let mut builds: Vec<f64> = mine.iter().map(|seen| seen.build_ms).filter(|ms| *ms > 0.0).collect();
    builds.sort_by(f64::total_cmp);
    Some(Row {
        kind,
        arm: arm.to_owned(),
        n: mine.len(),
        ready,
        interrupted,
        success_rate: (judged > 0).then(|| count(ready) / count(judged)),
        until_ready: Times::of(ready_times),
        prompted: prompt_times.len(),
        until_prompt: Times::of(prompt_times),
        build_median_ms: quantile(&builds, 0.5),
    })
}

/// None where the other has no ready run of this kind: there is nothing to compare with.
fn compare(observations: &[Observation], kind: Kind, other: &str) -> Option<Comparison> {
    if !observations.iter().any(|seen| seen.kind == Some(kind) && seen.arm == other && is_ready(seen)) {
        return None;
    }
    let (ours, theirs) = (prompt_times(observations, kind, OURS), prompt_times(observations, kind, other));
    let verdict = match ratio(&theirs, &ours) {
        Some(ratio) if ours.len() >= ENOUGH && theirs.len() >= ENOUGH => Verdict::of(ratio),
        so_far => Verdict::NeedsMore {
            ours: ENOUGH.saturating_sub(ours.len()),
            theirs: ENOUGH.saturating_sub(theirs.len()),
            so_far,
        },
    };
    Some(Comparison { kind, other: other.to_owned(), until: Until::Prompt, verdict })
}

fn is_ready(seen: &Observation) -> bool {
    seen.outcome == Outcome::Success
}

/// Of the ready runs of which it was recorded, oldest first.
fn prompt_times(observations: &[Observation], kind: Kind, arm: &str) -> Vec<f64> {
    let mine = observations.iter().filter(|seen| seen.kind == Some(kind) && seen.arm == arm && is_ready(seen));
    mine.filter_map(|seen| seen.prompt_ms).collect()
}
