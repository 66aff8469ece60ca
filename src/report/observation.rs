//! What a run says about the tool that made the change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::telemetry::{Outcome, Phase, Run};

/// The arm that the others are compared with.
pub const OURS: &str = "plat";

/// Deploys that are comparable with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The workload did not exist before.
    First,
    /// Its pods were replaced.
    Update,
    /// Nothing was to be changed.
    Unchanged,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::First, Self::Update, Self::Unchanged];

    /// The word of the JSON format.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Update => "update",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One deploy by one tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub arm: String,
    /// None when the run ended before the cluster said it.
    pub kind: Option<Kind>,
    pub outcome: Outcome,
    /// From the start until ready, less the time that only building or pushing took: the other arms get a finished image.
    pub ready_ms: f64,
    /// The same until it was ready **and** its user had the prompt back, whichever came last: a tool that leaves before
    /// ready has not answered yet. None of a run that an older plat recorded.
    pub prompt_ms: Option<f64>,
    /// Time in which building or pushing was at work.
    pub build_ms: f64,
    /// None where it was not asked or is not known, as of an endpoint's older rows.
    pub started_at: Option<Timestamp>,
    pub service: Option<String>,
    /// The name of the comparison that the run is part of.
    pub group: Option<String>,
    /// Whose run it is, by pseudonym. A run does not say it, only where it came from: the endpoint knows the sender.
    pub person: Option<String>,
}

impl Observation {
    /// From the start until nothing more was seen of it, building included.
    #[must_use]
    pub fn until_over_ms(&self) -> f64 {
        self.prompt_ms.map_or(self.ready_ms, |prompt| prompt.max(self.ready_ms)) + self.build_ms
    }
}

/// The observation in a run; none when it deployed nothing (`plat new`).
#[must_use]
pub fn observe(run: &Run) -> Option<Observation> {
    if !matches!(run.command.as_str(), "deploy" | "time") {
        return None;
    }
    let kind = match (run.facts.first, run.facts.changed) {
        (Some(true), _) => Some(Kind::First),
        (Some(false), Some(true)) => Some(Kind::Update),
        (_, Some(false)) => Some(Kind::Unchanged),
        _ => None,
    };
    let ready_at = ready_at(run);
    Some(Observation {
        arm: run.facts.arm.clone(),
        kind,
        outcome: run.outcome,
        ready_ms: without_building(run, ready_at),
        prompt_ms: run.prompt_ms.map(|prompt| without_building(run, prompt.max(ready_at))),
        build_ms: length_outside(&intervals(run, run.duration_ms, is_building), &[]),
        started_at: Some(run.started_at),
        service: run.facts.service.clone(),
        group: run.facts.group.clone(),
        person: None,
    })
}

/// What came after it (a bake, pruning, the record) is a matter of the prompt. Where nothing had to become ready, the end
/// of the run says that all is.
fn ready_at(run: &Run) -> f64 {
    let ready = run.phases.iter().filter(|phase| phase.name == "ready");
    let last = ready.map(|phase| phase.start_ms + phase.duration_ms).reduce(f64::max);
    last.map_or(run.duration_ms, |last| last.clamp(0.0, run.duration_ms.max(0.0)))
}

fn is_building(phase: &str) -> bool {
    matches!(phase, "build" | "push")
}

/// The time until then, less that in which nothing but building or pushing was at work.
fn without_building(run: &Run, until: f64) -> f64 {
    let counted = intervals(run, until, |name| !is_building(name));
    until - length_outside(&intervals(run, until, is_building), &counted)
}

/// Start and end of the phases of these names until then, in order and without overlap.
fn intervals(run: &Run, until: f64, of: impl Fn(&str) -> bool) -> Vec<(f64, f64)> {
    let within = |ms: f64| ms.clamp(0.0, until.max(0.0));
    let span = |phase: &Phase| (within(phase.start_ms), within(phase.start_ms + phase.duration_ms));
    let mut spans: Vec<_> = run.phases.iter().filter(|phase| of(&phase.name)).map(span).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// How long `spans` are where no `cover` lies over them.
fn length_outside(spans: &[(f64, f64)], cover: &[(f64, f64)]) -> f64 {
    let whole: f64 = spans.iter().map(|(start, end)| end - start).sum();
    let (mut covered, mut i, mut j) = (0.0, 0, 0);
    while let (Some(span), Some(over)) = (spans.get(i), cover.get(j)) {
        covered += (span.1.min(over.1) - span.0.max(over.0)).max(0.0);
        if span.1 < over.1 { i += 1 } else { j += 1 }
    }
    whole - covered
}

#[cfg(test)]
impl Observation {
    /// That of a first deploy by plat that became ready in 1.5 s.
    pub(crate) fn for_tests() -> Self {
        observe(&Run::for_tests()).expect("a deploy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn phases(text: &str) -> Vec<Phase> {
        text.split_whitespace()
            .map(|phase| {
                let parts: Vec<_> = phase.split(['@', '+']).collect();
                let number = |at: usize| parts[at].parse().expect("milliseconds");
                Phase { name: parts[0].to_owned(), start_ms: number(1), duration_ms: number(2) }
            })
            .collect()
    }

    // The run takes 1500 ms.
    #[rstest]
    #[case::nothing_built("apply@0+100 ready@100+1400", 1500.0, 0.0)]
    #[case::built_before("build@0+500 push@500+100 apply@600+900", 900.0, 600.0)]
    #[case::preflight_beside_the_build_counts("build@0+500 preflight@100+200 apply@500+1000", 1200.0, 500.0)]
    #[case::build_and_push_at_once("build@0+400 push@300+300 apply@600+900", 900.0, 600.0)]
    #[case::a_phase_out_of_range("build@-5000+1e300", 0.0, 1500.0)]
    fn building_is_counted_apart(#[case] text: &str, #[case] ready_ms: f64, #[case] build_ms: f64) {
        let mut run = Run::for_tests();
        run.phases = phases(text);
        let seen = observe(&run).expect("a deploy");
        assert_eq!((seen.ready_ms, seen.prompt_ms, seen.build_ms), (ready_ms, Some(ready_ms), build_ms));
    }

    #[rstest]
    #[case::at_ready("ready@0+1500", Some(1500.0), 1500.0, Some(1500.0))]
    #[case::after_a_bake("build@0+200 ready@200+800 bake@1000+500", Some(1500.0), 800.0, Some(1300.0))]
    #[case::after_pruning("ready@0+1400", Some(1500.0), 1400.0, Some(1500.0))]
    #[case::long_before_ready("apply@0+300 ready@300+1200", Some(300.0), 1500.0, Some(1500.0))]
    #[case::nothing_to_become_ready("apply@0+1500", Some(1500.0), 1500.0, Some(1500.0))]
    #[case::the_last_of_two("ready@0+400 ready@500+700", Some(1500.0), 1200.0, Some(1500.0))]
    #[case::an_older_plat("ready@0+1000 bake@1000+500", None, 1000.0, None)]
    #[case::a_prompt_out_of_range("ready@0+1400", Some(-5e300), 1400.0, Some(1400.0))]
    #[case::a_ready_out_of_range("ready@0+1e300", Some(100.0), 1500.0, Some(1500.0))]
    fn a_stopwatch_stops_when_the_prompt_is_back_and_it_is_ready(
        #[case] text: &str,
        #[case] prompt: Option<f64>,
        #[case] ready_ms: f64,
        #[case] prompt_ms: Option<f64>,
    ) {
        let mut run = Run::for_tests();
        (run.phases, run.prompt_ms) = (phases(text), prompt);
        let seen = observe(&run).expect("a deploy");
        assert_eq!((seen.ready_ms, seen.prompt_ms), (ready_ms, prompt_ms));
    }

    #[rstest]
    #[case(Some(true), Some(true), Some(Kind::First))]
    #[case(Some(false), Some(true), Some(Kind::Update))]
    #[case(Some(false), Some(false), Some(Kind::Unchanged))]
    #[case(None, Some(false), Some(Kind::Unchanged))]
    #[case(None, None, None)]
    fn kinds_are_kept_apart(
        #[case] first: Option<bool>,
        #[case] changed: Option<bool>,
        #[case] expected: Option<Kind>,
    ) {
        let mut run = Run::for_tests();
        (run.facts.first, run.facts.changed) = (first, changed);
        assert_eq!(observe(&run).expect("a deploy").kind, expected);
    }

    #[test]
    fn creating_a_project_deploys_nothing() {
        let mut run = Run::for_tests();
        run.command = "new".to_owned();
        assert_eq!(observe(&run), None);
    }
}
