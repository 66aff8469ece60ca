//! Means, quantiles, and the ratio of two samples with an interval that assumes no distribution.

use serde::{Deserialize, Serialize};

/// The quantile by linear interpolation (type 7 of Hyndman & Fan 1996, the default of R and `NumPy`); `sorted` is not
/// empty and ascending.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = count(last) * q;
    let below = (0..last).take_while(|i| count(i + 1) <= at).count();
    let above = (below + 1).min(last);
    Some(sorted[below] + (at - count(below)) * (sorted[above] - sorted[below]))
}

/// None of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count(values.len()))
}

/// The normal quantile of a two-sided 95 % interval.
pub(super) const Z95: f64 = 1.959_963_984_540_054;

/// How many times as long one sample takes as another, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// More runs than this add nothing but work: the interval is narrow long before.
const MOST: usize = 300;
/// Up to this many pairs the distribution is counted; beyond it is near enough to normal.
const COUNTED_PAIRS: usize = 900;

/// The median of all ratios `slow / fast` (Hodges & Lehmann 1963, on the logarithm) with its 95 % interval by the
/// Mann-Whitney test, and none when the samples are too small for one. No randomness, no assumed distribution.
/// The last values of each sample are taken when there are very many.
#[must_use]
pub fn ratio(slow: &[f64], fast: &[f64]) -> Option<Ratio> {
    let newest = |values: &[f64]| values[values.len().saturating_sub(MOST)..].to_vec();
    let (slow, fast) = (newest(slow), newest(fast));
    let mut ratios: Vec<f64> = slow.iter().flat_map(|s| fast.iter().map(move |f| s / f)).collect();
    ratios.retain(|ratio| ratio.is_finite() && *ratio > 0.0);
    if ratios.len() != slow.len() * fast.len() {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    let outside = most_outside(slow.len(), fast.len())?;
    Some(Ratio {
        estimate: quantile(&ratios, 0.5)?,
        low: *ratios.get(outside)?,
        high: *ratios.get(ratios.len().checked_sub(outside + 1)?)?,
    })
}

/// How many of the smallest (and of the largest) ratios lie outside the 95 % interval: the largest `k` such that the
/// Mann-Whitney statistic falls below `k` with a probability of at most 2.5 %. None when even 0 is too probable.
fn most_outside(m: usize, n: usize) -> Option<usize> {
    if m * n > COUNTED_PAIRS {
        let (pairs, both) = (count(m * n), count(m + n + 1));
        return outside_of_normal(m * n, pairs / 2.0, pairs * both / 12.0);
    }
    outside_of_counted(&ways(m, n))
}

/// The same of a statistic that is near enough to normal and at most `most`.
pub(super) fn outside_of_normal(most: usize, mean: f64, variance: f64) -> Option<usize> {
    let bound = mean - Z95 * variance.sqrt();
    (0..most).take_while(|k| count(k + 1) <= bound).last()
}

/// The same of a statistic that is 0, 1, … in so many ways.
pub(super) fn outside_of_counted(ways: &[f64]) -> Option<usize> {
    let all: f64 = ways.iter().sum();
    let mut below = 0.0;
    let fitting = ways.iter().take_while(|&&way| {
        below += way / all;
        below <= 0.025
    });
    fitting.count().checked_sub(1)
}

/// In how many orders of `m` and `n` values the statistic is 0, 1, … `m * n` (Mann & Whitney 1947).
fn ways(m: usize, n: usize) -> Vec<f64> {
    // The number of partitions of u into at most m parts of at most n: the coefficients of the Gaussian binomial,
    // built by multiplying with (1 - x^(n+i)) and dividing by (1 - x^i).
    let mut ways = vec![0.0; m * n + 1];
    ways[0] = 1.0;
    for i in 1..=m {
        for u in (n + i..ways.len()).rev() {
            ways[u] -= ways[u - n - i];
        }
        for u in i..ways.len() {
            ways[u] += ways[u - i];
        }
    }
    ways
}

/// Student's quantile of a two-sided 95 % interval, by the expansion of Cornish & Fisher (Abramowitz & Stegun 26.7.5);
/// right to 0.2 % from three degrees of freedom on.
pub(super) fn student(freedom: f64) -> f64 {
    let z = Z95;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
        (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1482.0 * z.powi(5) - 1920.0 * z.powi(3) - 945.0 * z) / 92160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom) + z
}

/// Counts here are far below 2^52, where a float is exact.
#[expect(clippy::cast_precision_loss, reason = "counts of runs, far below 2^52")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[], 0.5, None)]
    #[case(&[7.0], 0.9, Some(7.0))]
    #[case(&[1.0, 2.0, 3.0, 4.0], 0.5, Some(2.5))]
    #[case(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.9, Some(4.6))]
    #[case(&[1.0, 2.0, 3.0], 1.0, Some(3.0))]
    fn quantiles_interpolate(#[case] sorted: &[f64], #[case] q: f64, #[case] expected: Option<f64>) {
        assert_eq!(quantile(sorted, q), expected);
    }

    #[rstest]
    #[case(&[], None)]
    #[case(&[1.0, 2.0, 6.0], Some(3.0))]
    fn a_mean_counts_every_value(#[case] values: &[f64], #[case] expected: Option<f64>) {
        assert_eq!(mean(values), expected);
    }

    // Critical values of U, two-sided 5 %: tables of Mann & Whitney; one more lies outside the interval.
    #[rstest]
    #[case(3, 3, None)]
    #[case(4, 4, Some(0))]
    #[case(5, 5, Some(2))]
    #[case(5, 8, Some(6))]
    #[case(10, 10, Some(23))]
    #[case(20, 20, Some(127))]
    fn critical_values_are_those_of_the_tables(#[case] m: usize, #[case] n: usize, #[case] expected: Option<usize>) {
        assert_eq!(most_outside(m, n), expected);
    }

    // Tables of Student's distribution.
    #[rstest]
    #[case(3.0, 3.182)]
    #[case(5.0, 2.571)]
    #[case(10.0, 2.228)]
    #[case(30.0, 2.042)]
    #[case(1e9, 1.960)]
    fn quantiles_of_student_are_those_of_the_tables(#[case] freedom: f64, #[case] expected: f64) {
        assert!((student(freedom) / expected - 1.0).abs() < 0.002, "{}", student(freedom));
    }

    #[test]
    fn the_normal_approximation_goes_on_where_counting_ends() {
        // 30 by 30 is counted, 31 by 30 is not; a table gives 317 for the first.
        assert_eq!(most_outside(30, 30), Some(317));
        assert!(most_outside(31, 30).is_some_and(|k| (317..345).contains(&k)));
    }

    #[test]
    fn a_sample_that_takes_twice_as_long_has_ratio_two() {
        let fast = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5];
        let slow = fast.map(|value| value * 2.0);
        let ratio = ratio(&slow, &fast).expect("six runs are enough");
        assert!((ratio.estimate - 2.0).abs() < 1e-9, "{ratio:?}");
        assert!(ratio.low > 1.0 && ratio.low < 2.0 && ratio.high > 2.0, "{ratio:?}");
    }

    #[test]
    fn a_run_without_duration_gives_no_ratio() {
        assert_eq!(ratio(&[1.0; 6], &[0.0; 6]), None);
        assert_eq!(ratio(&[0.0; 6], &[1.0; 6]), None);
    }
}
