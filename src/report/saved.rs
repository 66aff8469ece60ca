//! What the runs of plat would have taken longer with another tool.

use serde::{Deserialize, Serialize};

use super::observation::{Kind, OURS};
use super::stats::count;
use super::summary::{Comparison, Summary, Verdict};

/// Time until the prompt, over all ready runs of plat of one kind; negative where plat is slower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    pub kind: Kind,
    pub other: String,
    pub runs: usize,
    pub ms: f64,
    /// Its 95 % interval: that of the ratio.
    pub low: f64,
    pub high: f64,
}

/// What plat's runs took is known; what they would have taken is that times the ratio. So a tool is in here only where
/// there are enough runs for a ratio, and an interval that holds 0 shows nothing saved.
#[must_use]
pub fn saved(summary: &Summary) -> Vec<Saved> {
    let one = |comparison: &Comparison| {
        let row = summary.rows.iter().find(|row| row.kind == comparison.kind && row.arm == OURS)?;
        let took = row.until_prompt.mean_ms? * count(row.prompted);
        let [ms, low, high] = theirs_by_ours(&comparison.verdict)?.map(|ratio| took * (ratio - 1.0));
        Some(Saved { kind: comparison.kind, other: comparison.other.clone(), runs: row.prompted, ms, low, high })
    };
    summary.comparisons.iter().filter_map(one).collect()
}

/// Estimate, low and high.
fn theirs_by_ours(verdict: &Verdict) -> Option<[f64; 3]> {
    match *verdict {
        Verdict::Faster { times, low, high } | Verdict::NoDifference { times, low, high, .. } => {
            Some([times, low, high])
        }
        Verdict::Slower { times, low, high } => Some([1.0 / times, 1.0 / high, 1.0 / low]),
        Verdict::NeedsMore { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{summarise, tests::series};
    use rstest::rstest;

    #[rstest]
    #[case::twice_as_fast(400.0, 800.0, 20, Some(8000.0))]
    #[case::twice_as_slow(800.0, 400.0, 20, Some(-8000.0))]
    #[case::too_few(400.0, 800.0, 14, None)]
    fn time_is_saved_on_the_runs_that_plat_did(
        #[case] ours: f64,
        #[case] theirs: f64,
        #[case] runs: usize,
        #[case] expected: Option<f64>,
    ) {
        let observations =
            [series(OURS, Kind::Update, &vec![ours; runs]), series("kubectl", Kind::Update, &[theirs; 15])];
        let saved = saved(&summarise(&observations.concat()));
        assert_eq!(saved.first().map(|saved| saved.ms), expected);
        assert!(saved.iter().all(|saved| saved.low <= saved.ms && saved.ms <= saved.high), "{saved:?}");
    }
}
