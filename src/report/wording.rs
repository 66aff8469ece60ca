//! What the figures say, in words. Both ways: where plat is slower, it says so.

use super::observation::Kind;
use super::summary::{Comparison, Verdict};

/// One sentence a person can repeat; `other` must have been escaped where it came from elsewhere.
#[must_use]
pub fn sentence(comparison: &Comparison) -> String {
    let what = match comparison.kind {
        Kind::First => "First deploy",
        Kind::Update => "Later deploy",
        Kind::Unchanged => "Unchanged deploy",
    };
    let other = &comparison.other;
    match &comparison.verdict {
        Verdict::Faster { times, low, high } => {
            let [times, low, high] = factors([*times, *low, *high]);
            format!("{what}: plat is {times} times as fast as {other} (95 % interval {low} to {high})")
        }
        Verdict::Slower { times, low, high } => {
            let [times, low, high] = factors([*times, *low, *high]);
            format!("{what}: plat is slower, {times} times as long as {other} (95 % interval {low} to {high})")
        }
        Verdict::NoDifference { low, high, .. } => {
            format!(
                "{what}: no difference shown between plat and {other} (95 % interval of the ratio {low:.2} to {high:.2})"
            )
        }
        Verdict::NeedsMore { ours, theirs } => {
            let missing: Vec<String> = [(*ours, "plat"), (*theirs, other.as_str())]
                .into_iter()
                .filter(|(n, _)| *n > 0)
                .map(|(n, arm)| format!("{n} more ready {} by {arm}", if n == 1 { "run" } else { "runs" }))
                .collect();
            match missing.join(" and ") {
                missing if missing.is_empty() => format!("{what}: these runs of plat and {other} cannot be compared"),
                missing => format!("{what}: no comparison with {other} yet, it needs {missing}"),
            }
        }
    }
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
    #[case(1.0, "100 %")]
    #[case(0.975, "97.5 %")]
    #[case(0.9999, "99.9 %")]
    #[case(0.0, "0 %")]
    fn a_rate_is_never_rounded_up(#[case] share: f64, #[case] expected: &str) {
        assert_eq!(percent(share), expected);
    }
}
