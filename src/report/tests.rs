//! The cases of `cases.yaml`: runs of some tools, and every word that is said about them.

use serde::Deserialize;

use super::{Design, Kind, OURS, Observation, Row, Summary, Times, promptless, sentence, summarise, unplaced};
use crate::telemetry::Outcome;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    runs: Vec<Series>,
    /// The sentences, the headline first.
    says: Vec<String>,
    /// `KIND TOOL runs/ready/prompted, until ready MEDIAN MEAN P90, until prompt MEDIAN MEAN P90`
    #[serde(default)]
    rows: Vec<String>,
}

/// Runs of one tool that differ in their times alone, in milliseconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    tool: String,
    deploy: Option<Kind>,
    #[serde(default = "success")]
    outcome: Outcome,
    ready: Vec<f64>,
    /// How much later than ready the prompt was back; an older plat did not record it.
    later: Option<f64>,
    /// How often they ran.
    #[serde(default = "once")]
    times: usize,
    /// Whose they are, in turn; else nobody knows.
    #[serde(default)]
    people: Vec<String>,
}

fn success() -> Outcome {
    Outcome::Success
}

fn once() -> usize {
    1
}

impl Series {
    fn observations(&self) -> Vec<Observation> {
        let one = |(i, ready_ms): (usize, &f64)| Observation {
            arm: self.tool.clone(),
            kind: self.deploy,
            outcome: self.outcome,
            ready_ms: *ready_ms,
            prompt_ms: self.later.map(|later| ready_ms + later),
            build_ms: 0.0,
            person: (!self.people.is_empty()).then(|| self.people[i % self.people.len()].clone()),
            ..Observation::for_tests()
        };
        self.ready.repeat(self.times).iter().enumerate().map(one).collect()
    }
}

/// Ready runs of one tool.
pub(super) fn series(tool: &str, kind: Kind, ready: &[f64]) -> Vec<Observation> {
    let one = |ready_ms: &f64| Observation {
        arm: tool.to_owned(),
        kind: Some(kind),
        ready_ms: *ready_ms,
        prompt_ms: Some(*ready_ms),
        ..Observation::for_tests()
    };
    ready.iter().map(one).collect()
}

/// `SECOND PERSON TOOL SERVICE KIND OUTCOME SECONDS;…`, with `-` where it is not known; from Monday, 28 December 2026.
pub(super) fn history(text: &str) -> Vec<Observation> {
    let start: jiff::Timestamp = "2026-12-28T00:00:00Z".parse().expect("a time");
    let word = |text: &str| serde_json::Value::from(text);
    let known = |text: &str| (text != "-").then(|| text.to_owned());
    let one = |line: &str| {
        let [at, person, tool, service, kind, outcome, seconds] = line.split_whitespace().collect::<Vec<_>>()[..]
        else {
            panic!("seven words: {line}")
        };
        let ready_ms = 1000.0 * seconds.parse::<f64>().expect("seconds");
        Observation {
            arm: tool.to_owned(),
            kind: known(kind).map(|kind| serde_json::from_value(word(&kind)).expect("a kind")),
            outcome: serde_json::from_value(word(outcome)).expect("an outcome"),
            ready_ms,
            prompt_ms: Some(ready_ms),
            started_at: Some(start + jiff::SignedDuration::from_secs(at.parse().expect("a second"))),
            service: known(service),
            person: known(person),
            ..Observation::for_tests()
        }
    };
    text.split(';').map(str::trim).filter(|line| !line.is_empty()).map(one).collect()
}

#[test]
fn what_the_runs_show_is_said_both_ways() {
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("cases.yaml")).expect("the cases");
    for case in cases {
        let observations: Vec<_> = case.runs.iter().flat_map(Series::observations).collect();
        let summary = summarise(&observations);
        assert_eq!(said(&summary), case.says, "{}", case.title);
        if !case.rows.is_empty() {
            assert_eq!(summary.rows.iter().map(line).collect::<Vec<_>>(), case.rows, "{}", case.title);
        }
    }
}

#[test]
fn how_the_runs_came_about_is_told() {
    let at = |runs: &[(usize, &str)]| {
        let line = |(at, tool): &(usize, &str)| format!("{at} ann {tool} api update success 1;");
        let summary = summarise(&history(&runs.iter().map(line).collect::<String>()));
        summary.comparisons.first().and_then(|comparison| comparison.design)
    };
    assert_eq!(at(&[(1, "helm"), (2, "helm"), (3, OURS), (4, OURS)]), Some(Design::BeforeAfter));
    assert_eq!(at(&[(1, OURS), (2, OURS), (3, "helm")]), Some(Design::BeforeAfter));
    assert_eq!(at(&[(1, "helm"), (2, OURS), (3, "helm"), (4, OURS)]), Some(Design::SideBySide));
}

#[test]
fn tools_that_took_turns_are_compared_round_by_round() {
    let line = |at: usize| {
        let (tool, factor) = if at.is_multiple_of(2) { (OURS, 1) } else { ("kubectl", 2) };
        format!("{at} - {tool} api update success {};", factor * (1 + at / 2 % 7))
    };
    let runs: Vec<_> = history(&(0..30).map(line).collect::<String>())
        .into_iter()
        .map(|seen| Observation { group: Some("try".to_owned()), ..seen })
        .collect();
    let summary = summarise(&runs);
    assert_eq!(summary.comparisons[0].design, Some(Design::InTurn));
    let expected = "Later deploy, until the prompt: plat is 2.0 times as fast as kubectl (95 % interval 2.0 to 2.0)";
    assert_eq!(said(&summary)[0], expected);
    let apart: Vec<_> = runs.into_iter().map(|seen| Observation { group: None, ..seen }).collect();
    assert_ne!(said(&summarise(&apart))[0], expected, "of runs that are no rounds");
}

fn said(summary: &Summary) -> Vec<String> {
    let sentences = summary.comparisons.iter().map(sentence);
    sentences.chain(summary.promptless.iter().map(promptless)).chain(summary.unplaced.iter().map(unplaced)).collect()
}

fn line(row: &Row) -> String {
    let figures = |times: &Times| {
        [times.median_ms, times.mean_ms, times.p90_ms]
            .map(|ms| ms.map_or_else(|| "-".to_owned(), |ms| ms.to_string()))
            .join(" ")
    };
    format!(
        "{} {} {}/{}/{}, until ready {}, until prompt {}",
        row.kind.word(),
        row.arm,
        row.n,
        row.ready,
        row.prompted,
        figures(&row.until_ready),
        figures(&row.until_prompt)
    )
}

#[test]
fn a_run_that_was_never_ready_lowers_the_rate_and_an_interrupted_one_does_not() {
    let of = |outcome, ready: &[f64]| Series {
        tool: "plat".to_owned(),
        deploy: Some(Kind::First),
        outcome,
        ready: ready.to_vec(),
        later: Some(0.0),
        times: 1,
        people: Vec::new(),
    };
    let series = [
        of(Outcome::Success, &[100.0, 200.0, 300.0]),
        of(Outcome::TimedOut, &[60_000.0]),
        of(Outcome::Interrupted, &[5.0]),
    ];
    let observations: Vec<_> = series.iter().flat_map(Series::observations).collect();
    let [row] = &summarise(&observations).rows[..] else { panic!("one arm, one kind") };
    assert_eq!((row.n, row.ready, row.interrupted, row.success_rate), (5, 3, 1, Some(0.75)));
}

/// What an endpoint of before the prompt was recorded answers is shown, and never taken for the time until the prompt.
#[test]
fn the_summary_of_an_older_endpoint_is_about_the_time_until_ready() {
    let older = r#"{
        "rows": [{ "kind": "first", "arm": "plat", "n": 5, "ready": 5, "interrupted": 0, "success_rate": 1.0,
                   "median_ms": 400.0, "p90_ms": 410.0, "build_median_ms": null }],
        "comparisons": [
            { "kind": "first", "other": "kubectl", "verdict": "slower", "times": 2.0, "low": 1.9, "high": 2.1 },
            { "kind": "update", "other": "kubectl", "verdict": "needs_more", "ours": 1, "theirs": 0 }
        ],
        "unplaced": []
    }"#;
    let summary: Summary = serde_json::from_str(older).expect("a summary");
    assert_eq!(
        summary.rows.iter().map(line).collect::<Vec<_>>(),
        ["first plat 5/5/0, until ready 400 - 410, until prompt - - -"]
    );
    assert_eq!(
        said(&summary),
        [
            "First deploy, until ready: plat is slower, 2.00 times as long as kubectl (95 % interval 1.90 to 2.10)",
            "Later deploy, until ready: no headline against kubectl yet, it needs 1 more ready run by plat",
        ]
    );
}

#[test]
fn a_summary_is_read_back() {
    let runs = |tool: &str, ready: &[f64]| Series {
        tool: tool.to_owned(),
        deploy: Some(Kind::Update),
        outcome: Outcome::Success,
        ready: ready.to_vec(),
        later: Some(1.0),
        times: 1,
        people: Vec::new(),
    };
    let series = [runs("plat", &[1.0, 2.0, 3.0, 4.0, 5.0]), runs("kubectl", &[2.0, 3.0, 4.0, 5.0, 6.0])];
    let summary = summarise(&series.iter().flat_map(Series::observations).collect::<Vec<_>>());
    let json = serde_json::to_string(&summary).expect("JSON");
    assert_eq!(serde_json::from_str::<Summary>(&json).expect("a summary"), summary, "{json}");
}
