//! How long a probe may fail, by its own numbers.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Probe;

/// The API's defaults: seconds between attempts, seconds for one, failures in a row.
const PERIOD: i32 = 10;
const TIMEOUT: i32 = 1;
const FAILURES: i32 = 3;
/// A day in seconds; a probe may name any number.
const LONGEST: i64 = 86_400;

/// Seconds between two attempts.
pub(in crate::rollout) fn period(probe: &Probe) -> i64 {
    seconds(probe.period_seconds, PERIOD)
}

/// Seconds for one attempt.
pub(in crate::rollout) fn timeout(probe: &Probe) -> i64 {
    seconds(probe.timeout_seconds, TIMEOUT)
}

/// Failures in a row that it allows.
pub(in crate::rollout) fn failures(probe: &Probe) -> i64 {
    seconds(probe.failure_threshold, FAILURES)
}

/// Seconds before the first attempt.
pub(in crate::rollout) fn delay(probe: &Probe) -> i64 {
    seconds(probe.initial_delay_seconds, 0)
}

/// Attempts in a row that have to pass.
pub(in crate::rollout) fn successes(probe: &Probe) -> i64 {
    seconds(probe.success_threshold, 1)
}

/// From the start of the container to the last failure that it allows, when failures come at once.
pub(in crate::rollout) fn budget(probe: &Probe) -> SignedDuration {
    budget_at(probe, period(probe))
}

/// The same when each attempt lasts until its timeout: the kubelet makes one at a time.
pub(in crate::rollout) fn longest_budget(probe: &Probe) -> SignedDuration {
    budget_at(probe, period(probe).max(timeout(probe)))
}

fn budget_at(probe: &Probe, pace: i64) -> SignedDuration {
    let budget = delay(probe) + failures(probe) * pace;
    SignedDuration::from_secs(budget.min(LONGEST))
}

fn seconds(value: Option<i32>, default: i32) -> i64 {
    i64::from(value.unwrap_or(default).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::defaults("{}", 30, 30)]
    #[case::own_numbers("{initialDelaySeconds: 5, periodSeconds: 2, failureThreshold: 30, timeoutSeconds: 3}", 65, 95)]
    #[case::absurd("{periodSeconds: 2147483647, failureThreshold: 2147483647}", 86_400, 86_400)]
    fn the_budget_is_in_the_probe(#[case] text: &str, #[case] short: i64, #[case] long: i64) {
        let probe: Probe = serde_yaml::from_str(text).expect("valid YAML");
        assert_eq!(budget(&probe), SignedDuration::from_secs(short));
        assert_eq!(longest_budget(&probe), SignedDuration::from_secs(long));
    }
}
