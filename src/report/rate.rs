//! How many of how many, with an interval that stays between 0 and 1.

use serde::{Deserialize, Serialize};

use super::stats::{Z95, count};

/// A share with its 95 % interval by Wilson (1927).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    pub n: usize,
    pub of: usize,
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// None of nothing.
#[must_use]
pub fn wilson(n: usize, of: usize) -> Option<Rate> {
    if of == 0 {
        return None;
    }
    let (all, share, z2) = (count(of), count(n) / count(of), Z95 * Z95);
    let centre = (share + z2 / (2.0 * all)) / (1.0 + z2 / all);
    let half = Z95 / (1.0 + z2 / all) * (share * (1.0 - share) / all + z2 / (4.0 * all * all)).sqrt();
    Some(Rate { n, of, share, low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    // Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
    #[rstest]
    #[case(81, 263, 0.2553, 0.3662)]
    #[case(15, 148, 0.0624, 0.1605)]
    #[case(0, 20, 0.0, 0.1611)]
    #[case(1, 29, 0.0061, 0.1718)]
    fn intervals_are_those_of_newcombe_s_table(
        #[case] n: usize,
        #[case] of: usize,
        #[case] low: f64,
        #[case] high: f64,
    ) {
        let rate = wilson(n, of).expect("a rate");
        assert!((rate.low - low).abs() < 5e-5 && (rate.high - high).abs() < 5e-5, "{rate:?}");
    }

    #[test]
    fn nothing_has_no_rate() {
        assert_eq!(wilson(0, 0), None);
    }
}
