//! Prometheus' text format 0.0.4 over what the store holds. Counters come from the database, so a restart of the
//! server is not a reset.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::report::Observation;
use crate::telemetry::Outcome;

pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Seconds; from an unchanged deploy (tens of milliseconds) to the longest deadline.
const BUCKETS: [f64; 14] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// The whole page.
#[must_use]
pub fn text(events: &[(String, i64)], observations: &[Observation]) -> String {
    let mut out = String::new();
    head(&mut out, "plat_build_info", "gauge", "The version of the endpoint.");
    sample(&mut out, "plat_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);

    head(&mut out, "plat_events_total", "counter", "Events received, each counted once, by CloudEvents type.");
    for (kind, n) in events {
        sample(&mut out, "plat_events_total", &[("type", kind)], n);
    }

    let mut deploys: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    let mut ready: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    let mut prompt: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for seen in observations {
        let kind = seen.kind.map_or("unknown", crate::report::Kind::word);
        *deploys.entry((&seen.arm, kind, seen.outcome.word())).or_default() += 1;
        if seen.outcome == Outcome::Success {
            ready.entry((&seen.arm, kind)).or_default().push(seen.ready_ms / 1000.0);
            if let Some(prompt_ms) = seen.prompt_ms {
                prompt.entry((&seen.arm, kind)).or_default().push(prompt_ms / 1000.0);
            }
        }
    }
    head(&mut out, "plat_deploys_total", "counter", "Deploys by tool, kind (first, update, unchanged) and outcome.");
    for ((arm, kind, outcome), n) in &deploys {
        sample(&mut out, "plat_deploys_total", &[("arm", arm), ("kind", kind), ("outcome", outcome)], n);
    }

    let until_ready = "Time until ready of deploys that became ready, without building the image.";
    let until_prompt =
        "Time until ready and the prompt was back, of those that recorded it, without building the image.";
    for (name, help, times) in
        [("plat_deploy_ready_seconds", until_ready, &ready), ("plat_deploy_prompt_seconds", until_prompt, &prompt)]
    {
        head(&mut out, name, "histogram", help);
        for ((arm, kind), seconds) in times {
            histogram(&mut out, name, &[("arm", arm), ("kind", kind)], seconds);
        }
    }
    out
}

fn histogram(out: &mut String, name: &str, labels: &[(&str, &str)], values: &[f64]) {
    for bound in BUCKETS {
        let within = values.iter().filter(|value| **value <= bound).count();
        let bound = bound.to_string();
        let labels: Vec<_> = labels.iter().copied().chain([("le", bound.as_str())]).collect();
        sample(out, &format!("{name}_bucket"), &labels, within);
    }
    let labels_inf: Vec<_> = labels.iter().copied().chain([("le", "+Inf")]).collect();
    sample(out, &format!("{name}_bucket"), &labels_inf, values.len());
    sample(out, &format!("{name}_sum"), labels, values.iter().sum::<f64>());
    sample(out, &format!("{name}_count"), labels, values.len());
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(out: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    let labels: Vec<_> = labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
    let _ = writeln!(out, "{name}{{{}}} {value}", labels.join(","));
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Kind;

    #[test]
    fn the_page_is_prometheus_text() {
        let deploy = |arm: &str, kind, outcome, ready_ms| Observation {
            arm: arm.to_owned(),
            kind,
            outcome,
            ready_ms,
            prompt_ms: Some(ready_ms + 100.0),
            build_ms: 0.0,
            ..Observation::for_tests()
        };
        let by_an_older_plat =
            Observation { prompt_ms: None, ..deploy("plat", Some(Kind::First), Outcome::Success, 50.0) };
        let observations = [
            deploy("plat", Some(Kind::First), Outcome::Success, 400.0),
            by_an_older_plat,
            deploy("plat", Some(Kind::First), Outcome::TimedOut, 60_000.0),
            deploy("ku\"be\\ctl\n", None, Outcome::Failure, 3.0),
        ];
        insta::assert_snapshot!(text(&[("dev.cdevents.taskrun.finished.0.3.0".to_owned(), 4)], &observations));
    }
}
