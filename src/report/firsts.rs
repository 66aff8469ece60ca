//! Time to first deploy, of a service and of a person. The clock starts with the first attempt, failed attempts and the
//! time between them included; who has not got there yet stays in, as still waiting when last seen.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::observation::{Kind, Observation};
use super::rate::{Rate, wilson};
use super::survival::{Curve, Quantile, RestrictedMean, Wait};
use crate::telemetry::Outcome;

/// The first deploys that were tried with one tool. Times are wall-clock milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firsts {
    pub arm: String,
    /// How many of those who tried got there, however late.
    pub deployed: Rate,
    pub median: Quantile,
    pub p90: Quantile,
    /// Where some tool's median is not reached, so that tools can be compared all the same: up to the last moment at
    /// which something is known of each of them.
    pub mean: Option<RestrictedMean>,
    pub curve: Curve,
}

/// Of services, by tool. The tool of the first attempt has the whole wait: where another one had to help, it never got
/// there. Left out are services that ran before anything was recorded. Observations come oldest first.
#[must_use]
pub fn firsts_of_services(observations: &[Observation]) -> Vec<Firsts> {
    let mut tries: HashMap<&str, Option<Try>> = HashMap::new();
    for seen in observations {
        let (Some(service), Some(start)) = (seen.service.as_deref(), seen.started_at) else { continue };
        let entry = tries.entry(service).or_insert_with(|| {
            let is_new = !matches!(seen.kind, Some(Kind::Update | Kind::Unchanged));
            is_new.then(|| Try::new(&seen.arm, start))
        });
        if let Some(attempt) = entry {
            attempt.note(seen, start);
        }
    }
    by_arm(tries.into_values().flatten())
}

/// Of people, by tool: their first success with it, whatever they deployed.
#[must_use]
pub fn firsts_of_people(observations: &[Observation]) -> Vec<Firsts> {
    by_arm(tries_by(observations, |seen| Some((seen.person.as_deref()?, seen.arm.as_str()))).into_values())
}

fn tries_by<'a, K: Eq + Hash>(
    observations: &'a [Observation],
    key: impl Fn(&'a Observation) -> Option<K>,
) -> HashMap<K, Try<'a>> {
    let mut tries = HashMap::new();
    for seen in observations {
        if let (Some(key), Some(start)) = (key(seen), seen.started_at) {
            tries.entry(key).or_insert_with(|| Try::new(&seen.arm, start)).note(seen, start);
        }
    }
    tries
}

/// All attempts of one service or person until the first success.
struct Try<'a> {
    arm: &'a str,
    start: Timestamp,
    wait: Wait,
    /// Nothing that comes later changes it.
    is_over: bool,
}

impl<'a> Try<'a> {
    fn new(arm: &'a str, start: Timestamp) -> Self {
        Self { arm, start, wait: Wait { time: 0.0, happened: false }, is_over: false }
    }

    fn note(&mut self, seen: &Observation, start: Timestamp) {
        let is_ready = seen.outcome == Outcome::Success;
        if self.is_over {
            return;
        }
        if seen.arm == self.arm {
            let since = start.duration_since(self.start).as_secs_f64() * 1000.0;
            self.wait = Wait { time: self.wait.time.max(since + seen.until_over_ms()), happened: is_ready };
        }
        self.is_over = is_ready;
    }
}

fn by_arm<'a>(tries: impl Iterator<Item = Try<'a>>) -> Vec<Firsts> {
    let mut arms: BTreeMap<&str, Vec<Wait>> = BTreeMap::new();
    tries.for_each(|attempt| arms.entry(attempt.arm).or_default().push(attempt.wait));
    let firsts = arms.into_iter().filter_map(|(arm, waits)| {
        let deployed = wilson(waits.iter().filter(|wait| wait.happened).count(), waits.len())?;
        let curve = Curve::of(waits);
        let (median, p90) = (curve.quantile(0.5), curve.quantile(0.9));
        Some(Firsts { arm: arm.to_owned(), deployed, median, p90, mean: None, curve })
    });
    let mut firsts: Vec<Firsts> = firsts.collect();
    let known = firsts.iter().filter_map(|firsts| firsts.curve.last()).reduce(f64::min);
    if let Some(until) = known.filter(|_| firsts.iter().any(|firsts| firsts.median.estimate.is_none())) {
        for firsts in &mut firsts {
            firsts.mean = firsts.curve.restricted_mean(until);
        }
    }
    firsts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::history;
    use rstest::rstest;

    /// `TOOL N/OF MEDIAN MEAN`, in seconds.
    fn lines(firsts: &[Firsts]) -> Vec<String> {
        let seconds = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{:.0}", ms / 1000.0));
        let line = |firsts: &Firsts| {
            let Firsts { arm, deployed, median, mean, .. } = firsts;
            let mean = mean.map(|mean| mean.mean);
            format!("{arm} {}/{} {} {}", deployed.n, deployed.of, seconds(median.estimate), seconds(mean))
        };
        firsts.iter().map(line).collect()
    }

    #[rstest]
    #[case::at_once("0 ann plat api first success 30", &["plat 1/1 30 -"])]
    #[case::failed_attempts_and_what_is_between_are_in(
        "0 ann plat api first failure 5; 100 ann plat api - failure 1; 600 ann plat api update success 30",
        &["plat 1/1 630 -"])]
    #[case::who_gave_up_stays_in("0 ann plat api first failure 5; 60 ann plat api first timed_out 40", &["plat 0/1 - 100"])]
    #[case::another_tool_had_to_help(
        "0 ann plat api first failure 5; 60 ann kubectl api update success 40; 900 ann plat api update success 9",
        &["plat 0/1 - 5"])]
    #[case::later_deploys_are_not_in("0 ann plat api first success 30; 60 ann plat api update success 500", &["plat 1/1 30 -"])]
    #[case::it_ran_before_anything_was_recorded("0 ann plat api update success 30; 90 ann plat api first success 30", &[])]
    #[case::tools_apart(
        "0 ann plat api first success 30; 0 ben kubectl web first failure 50; 9 ben kubectl job first success 70",
        &["kubectl 1/2 70 -", "plat 1/1 30 -"])]
    #[case::a_mean_where_a_median_is_not_reached(
        "0 ann plat api first success 30; 0 ben kubectl web first failure 50; 9 ben kubectl job first failure 70",
        &["kubectl 0/2 - 30", "plat 1/1 30 30"])]
    fn of_a_service(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(lines(&firsts_of_services(&history(text))), expected);
    }

    #[rstest]
    #[case::their_first_success_with_each_tool(
        "0 ann kubectl api update success 30; 60 ann plat api update failure 5; 160 ann plat web first success 20",
        &["kubectl 1/1 30 -", "plat 1/1 120 -"])]
    #[case::nobody_knows_who("0 - plat api first success 30", &[])]
    fn of_a_person(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(lines(&firsts_of_people(&history(text))), expected);
    }
}
