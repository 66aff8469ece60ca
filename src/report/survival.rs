//! How long until it happened, where for some it has not happened yet: Kaplan and Meier's curve, its quantiles and its
//! restricted mean, each with a 95 % interval.

use serde::{Deserialize, Serialize};

use super::stats::{Z95, count, student};

/// Survival is a product of fractions: where it should be exactly one half it may be the next float above.
const ROUNDING: f64 = 1e-12;

/// One subject's time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// Until it happened; else how long it is known not to have.
    pub time: f64,
    /// False where the subject was last seen waiting (right-censored).
    pub happened: bool,
}

/// The share that still waits, as it falls with time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    pub steps: Vec<Step>,
}

/// What is known from `time` until the next step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub time: f64,
    /// Those who were known to wait just before `time`.
    pub at_risk: usize,
    /// How many of them it happened to at `time`.
    pub events: usize,
    /// The share that waits longer than `time`.
    pub waiting: f64,
    /// Its pointwise 95 % interval: Greenwood's variance on the scale of log(-log). None where nobody is left to tell
    /// how far 0 might be off.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// The time by which a share is done. None: the curve does not go down that far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    pub estimate: Option<f64>,
    pub low: Option<f64>,
    /// None also where no upper end can be given.
    pub high: Option<f64>,
}

/// The mean of the times, each counted up to `until` at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RestrictedMean {
    pub until: f64,
    pub mean: f64,
    /// Of the mean, not of the times.
    pub variance: f64,
    /// By Student's distribution, and Kaplan and Meier's correction for few events; None of fewer than four.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl Curve {
    /// Who was last seen at the moment when it happened to others counts as still waiting then.
    #[must_use]
    pub fn of(mut waits: Vec<Wait>) -> Self {
        waits.sort_by(|a, b| a.time.total_cmp(&b.time));
        let (mut steps, mut at_risk) = (Vec::new(), waits.len());
        let (mut waiting, mut greenwood) = (1.0, 0.0);
        for tied in waits.chunk_by(|a, b| a.time.total_cmp(&b.time).is_eq()) {
            let events = tied.iter().filter(|wait| wait.happened).count();
            let left = count(at_risk - events);
            waiting *= left / count(at_risk);
            greenwood += count(events) / (count(at_risk) * left);
            let (low, high) = band(waiting, greenwood);
            steps.push(Step { time: tied[0].time, at_risk, events, waiting, low, high });
            at_risk -= tied.len();
        }
        Self { steps }
    }

    /// The time by which `share` of all are done; its interval is that of Brookmeyer & Crowley (1982): the times at which
    /// the band holds it.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Quantile {
        let waits = 1.0 - share + ROUNDING;
        let first = |of: fn(&Step) -> Option<f64>| {
            self.steps.iter().find(|step| of(step).is_some_and(|value| value <= waits)).map(|step| step.time)
        };
        let estimate = first(|step| Some(step.waiting));
        // Where all are done at once there is no band: the lower end is then no later than the estimate.
        let low = first(|step| step.low.or(Some(step.waiting)));
        Quantile { estimate, low, high: first(|step| step.high) }
    }

    /// None where nobody was seen, and beyond the last time: nothing is known there, unless all are done.
    #[must_use]
    pub fn restricted_mean(&self, until: f64) -> Option<RestrictedMean> {
        let last = self.steps.last()?;
        if until > last.time && last.waiting > 0.0 {
            return None;
        }
        let within: Vec<&Step> = self.steps.iter().take_while(|step| step.time <= until).collect();
        let mut end = until;
        // The area under the curve from a step on, and what each step adds to the variance (Greenwood).
        let (mut area, mut variance) = (0.0, 0.0);
        for step in within.iter().rev() {
            area += step.waiting * (end - step.time);
            let left = count(step.at_risk - step.events);
            if left > 0.0 {
                variance += area * area * count(step.events) / (count(step.at_risk) * left);
            }
            end = step.time;
        }
        let mean = area + end;
        let others = within.iter().map(|step| step.events).sum::<usize>().saturating_sub(1);
        let half = (others >= 3).then(|| student(count(others)) * (variance * (1.0 + count(others).recip())).sqrt());
        let (low, high) = (half.map(|half| (mean - half).max(0.0)), half.map(|half| mean + half));
        Some(RestrictedMean { until, mean, variance, low, high })
    }

    /// The last time at which anything is known.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        self.steps.last().map(|step| step.time)
    }
}

fn band(waiting: f64, greenwood: f64) -> (Option<f64>, Option<f64>) {
    if waiting <= 0.0 {
        return (None, None);
    }
    if waiting >= 1.0 {
        return (Some(1.0), Some(1.0));
    }
    let log = waiting.ln();
    let half = Z95 * greenwood.sqrt() / log;
    let at = |shift: f64| (log * shift.exp()).exp();
    (Some(at(-half)), Some(at(half)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde::Deserialize;

    /// What lifelines says of published data: tests/statistics/published.py wrote the file.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Published {
        name: String,
        source: String,
        times: Vec<f64>,
        happened: Vec<u8>,
        /// time; waiting, low, high
        steps: Vec<Line>,
        /// share; estimate, low, high
        quantiles: Vec<Line>,
        /// until, mean, variance
        restricted_means: Vec<(f64, f64, f64)>,
    }

    type Line = (f64, Option<f64>, Option<f64>, Option<f64>);

    fn near(ours: Option<f64>, theirs: Option<f64>) -> bool {
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-6 * theirs.abs().max(1.0),
            (None, None) => true,
            _ => false,
        }
    }

    #[test]
    fn curves_bands_quantiles_and_means_are_those_of_lifelines() {
        let published: Vec<Published> =
            serde_json::from_str(include_str!("../../tests/statistics/published.json")).expect("the published data");
        assert!(published.len() >= 10, "{} data sets", published.len());
        for data in published {
            let waits = data.times.iter().zip(&data.happened).map(|(&time, &it)| Wait { time, happened: it == 1 });
            let curve = Curve::of(waits.collect());
            let name = format!("{} ({})", data.name, data.source);
            assert_eq!(curve.steps.len(), data.steps.len(), "{name}");
            for (step, &(time, waiting, low, high)) in curve.steps.iter().zip(&data.steps) {
                let pairs =
                    [(Some(step.time), Some(time)), (Some(step.waiting), waiting), (step.low, low), (step.high, high)];
                assert!(
                    pairs.iter().all(|(ours, theirs)| near(*ours, *theirs)),
                    "{name}: {step:?}, lifelines {pairs:?}"
                );
            }
            for &(share, estimate, low, high) in &data.quantiles {
                let ours = curve.quantile(share);
                let pairs = [(ours.estimate, estimate), (ours.low, low), (ours.high, high)];
                assert!(pairs.iter().all(|(ours, theirs)| near(*ours, *theirs)), "{name}: {share} {pairs:?}");
            }
            for &(until, mean, variance) in &data.restricted_means {
                let ours = curve.restricted_mean(until).expect("within the data");
                assert!(
                    near(Some(ours.mean), Some(mean)) && near(Some(ours.variance), Some(variance)),
                    "{name}: {ours:?}"
                );
            }
        }
    }

    fn curve(text: &str) -> Curve {
        let wait = |word: &str| Wait {
            time: word.trim_end_matches('+').parse().expect("a time, + where it did not happen"),
            happened: !word.ends_with('+'),
        };
        Curve::of(text.split_whitespace().map(wait).collect())
    }

    #[rstest]
    #[case::nobody("", 0.5, None)]
    #[case::all_done("1 2 3 4", 0.5, Some(2.0))]
    #[case::one("7", 0.9, Some(7.0))]
    #[case::too_many_gave_up("1 2+ 3+ 4+", 0.5, None)]
    #[case::who_was_last_seen_then_was_still_waiting("1 1+ 2", 0.5, Some(2.0))]
    #[case::nobody_done("1+ 2+", 0.5, None)]
    #[case::thirds_multiply_to_a_tenth("1 2 3 4 5 6 7 8 9 10", 0.9, Some(9.0))]
    fn a_quantile_is_when_that_many_are_done(#[case] waits: &str, #[case] share: f64, #[case] expected: Option<f64>) {
        assert_eq!(curve(waits).quantile(share).estimate, expected);
    }

    #[test]
    fn where_the_curve_ends_at_zero_no_upper_end_is_made_up() {
        let p90 = curve("1 2 3 4").quantile(0.9);
        assert_eq!((p90.estimate, p90.high), (Some(4.0), None));
    }

    #[rstest]
    #[case::nobody("", 1.0, None)]
    #[case::all_done("1 2 3", 3.0, Some(2.0))]
    #[case::all_done_long_ago("1 2 3", 10.0, Some(2.0))]
    #[case::cut_off("1 2 3", 2.0, Some(5.0 / 3.0))]
    #[case::nothing_is_known_beyond_the_last("1 2 3+", 3.5, None)]
    fn a_restricted_mean_stays_within_what_is_known(
        #[case] waits: &str,
        #[case] until: f64,
        #[case] expected: Option<f64>,
    ) {
        let mean = curve(waits).restricted_mean(until).map(|restricted| restricted.mean);
        assert!(near(mean, expected), "{mean:?}");
    }
}
