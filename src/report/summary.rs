//! Observations -> what a reader is told: each kind of deploy apart, every tool beside plat.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::effect::{Pairs, People};
use super::observation::{Kind, OURS, Observation};
use super::rounds::{paired, rounds};
use super::stats::{Ratio, count, mean, quantile, ratio};
use super::survival::Wait;
use crate::telemetry::Outcome;

/// Ready runs that each of two arms needs before there is a headline (decision 0032).
pub const ENOUGH: usize = 15;

/// People that each of two arms needs, where the runs are of several (decision 0120).
pub const ENOUGH_PEOPLE: usize = 6;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub rows: Vec<Row>,
    /// Where plat is slower comes first.
    pub comparisons: Vec<Comparison>,
    /// Runs that ended before the cluster said what kind of deploy it was; in no row.
    pub unplaced: Vec<Runs>,
    /// Ready runs of an older plat, which did not record the prompt: in no comparison.
    #[serde(default)]
    pub promptless: Vec<Runs>,
}

/// One arm's deploys of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub kind: Kind,
    pub arm: String,
    /// All runs, the interrupted ones included.
    pub n: usize,
    /// Runs that became ready. The times are theirs alone: a run that was never ready has none.
    pub ready: usize,
    /// Stopped by the user: neither a success nor a failure, so not in the rate.
    pub interrupted: usize,
    /// `ready / (n - interrupted)`, 0 to 1.
    pub success_rate: Option<f64>,
    #[serde(flatten)]
    pub until_ready: Times,
    /// Those of the ready runs whose time until the prompt was recorded.
    #[serde(default)]
    pub prompted: usize,
    /// Theirs, until they were ready and the prompt was back.
    #[serde(default)]
    pub until_prompt: Times,
    /// Median of the time spent building and pushing, which the other times leave out.
    pub build_median_ms: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    pub median_ms: Option<f64>,
    pub mean_ms: Option<f64>,
    pub p90_ms: Option<f64>,
}

impl Times {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { median_ms: quantile(&values, 0.5), mean_ms: mean(&values), p90_ms: quantile(&values, 0.9) }
    }
}

/// How many runs of an arm something is said about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    pub arm: String,
    pub n: usize,
}

/// plat against one other arm in one kind of deploy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub kind: Kind,
    pub other: String,
    #[serde(default)]
    pub until: Until,
    /// Whose runs they are, where they are of several people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// None where it is not known when they ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub design: Option<Design>,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Where the times that are compared end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// What the endpoint of an older plat compares; it does not say so.
    #[default]
    Ready,
    Prompt,
}

/// `times` is how many times as long the slower one takes, with its 95 % interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Faster {
        times: f64,
        low: f64,
        high: f64,
    },
    Slower {
        times: f64,
        low: f64,
        high: f64,
    },
    /// The interval holds 1: these runs do not show which is faster.
    NoDifference {
        times: f64,
        low: f64,
        high: f64,
        /// About how many more people in each arm would show a difference of this size.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needs: Option<usize>,
    },
    /// What is missing until [`ENOUGH`] ready runs or [`ENOUGH_PEOPLE`], and what those that are there say, which is no
    /// headline.
    NeedsMore {
        ours: usize,
        theirs: usize,
        #[serde(default)]
        of: Unit,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        so_far: Option<Ratio>,
    },
}

/// How the runs of two tools came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// The tools took turns on purpose.
    InTurn,
    /// At the same time, each as somebody liked.
    SideBySide,
    /// Nearly all of one tool's runs came before those of the other.
    BeforeAfter,
}

/// What there are too few of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Ready ones.
    #[default]
    Runs,
    People,
}

impl Verdict {
    fn of(theirs_by_ours: Ratio, needs: Option<usize>) -> Self {
        let Ratio { estimate: times, low, high } = theirs_by_ours;
        if low > 1.0 {
            Self::Faster { times, low, high }
        } else if high < 1.0 {
            Self::Slower { times: 1.0 / times, low: 1.0 / high, high: 1.0 / low }
        } else {
            Self::NoDifference { times, low, high, needs }
        }
    }
}

/// Sums the observations up; they come oldest first.
#[must_use]
pub fn summarise(observations: &[Observation]) -> Summary {
    let arms = arms(observations);
    let of = |name: &str, kind| arms.iter().find(|arm| arm.name == name).map_or(&[][..], |arm| arm.of(kind));
    let mut summary = Summary::default();
    for kind in Kind::ALL {
        summary.rows.extend(arms.iter().filter_map(|arm| row(kind, arm)));
        let others = arms.iter().filter(|arm| arm.name != OURS);
        summary.comparisons.extend(others.filter_map(|arm| compare(kind, arm.name, of(OURS, kind), arm.of(kind))));
    }
    summary.comparisons.sort_by_key(|comparison| !matches!(comparison.verdict, Verdict::Slower { .. }));
    let placed =
        |arm: &Arm| arm.placed.iter().flatten().filter(|seen| is_ready(seen) && seen.prompt_ms.is_none()).count();
    summary.unplaced = runs(&arms, |arm| arm.unplaced);
    summary.promptless = runs(&arms, placed);
    summary
}

/// The observations of one tool, sorted out in one pass.
struct Arm<'a> {
    name: &'a str,
    /// In the order of [`Kind::ALL`].
    placed: [Vec<&'a Observation>; Kind::ALL.len()],
    unplaced: usize,
}

impl<'a> Arm<'a> {
    fn of(&self, kind: Kind) -> &[&'a Observation] {
        &self.placed[kind as usize]
    }
}

/// plat first, then by name.
fn arms(observations: &[Observation]) -> Vec<Arm<'_>> {
    let mut arms: BTreeMap<&str, Arm> = BTreeMap::new();
    for seen in observations {
        let name = seen.arm.as_str();
        let arm = arms.entry(name).or_insert_with(|| Arm { name, placed: Default::default(), unplaced: 0 });
        match seen.kind {
            Some(kind) => arm.placed[kind as usize].push(seen),
            None => arm.unplaced += 1,
        }
    }
    let mut arms: Vec<Arm> = arms.into_values().collect();
    arms.sort_by_key(|arm| arm.name != OURS);
    arms
}

/// How many of them each arm has, where it has any.
fn runs(arms: &[Arm], of: impl Fn(&Arm) -> usize) -> Vec<Runs> {
    let all = arms.iter().map(|arm| Runs { arm: arm.name.to_owned(), n: of(arm) });
    all.filter(|runs| runs.n > 0).collect()
}

fn row(kind: Kind, arm: &Arm) -> Option<Row> {
    let mine = arm.of(kind);
    if mine.is_empty() {
        return None;
    }
    let of = |outcome| mine.iter().filter(|seen| seen.outcome == outcome).count();
    let (ready, interrupted) = (of(Outcome::Success), of(Outcome::Interrupted));
    let judged = mine.len() - interrupted;
    let ready_times = mine.iter().filter(|seen| is_ready(seen)).map(|seen| seen.ready_ms).collect();
    let prompt_times = prompt_times(mine);
    let mut builds: Vec<f64> = mine.iter().map(|seen| seen.build_ms).filter(|ms| *ms > 0.0).collect();
    builds.sort_by(f64::total_cmp);
    Some(Row {
        kind,
        arm: arm.name.to_owned(),
        n: mine.len(),
        ready,
        interrupted,
        success_rate: (judged > 0).then(|| count(ready) / count(judged)),
        until_ready: Times::of(ready_times),
        prompted: prompt_times.len(),
        until_prompt: Times::of(prompt_times),
        build_median_ms: quantile(&builds, 0.5),
    })
}

/// None where the other has no ready run of this kind: there is nothing to compare with.
fn compare(kind: Kind, other: &str, ours: &[&Observation], theirs: &[&Observation]) -> Option<Comparison> {
    if !theirs.iter().any(|seen| is_ready(seen)) {
        return None;
    }
    let everybody: HashSet<Option<&str>> = ours.iter().chain(theirs).map(|seen| seen.person.as_deref()).collect();
    let comparison = |people, design, verdict| Comparison {
        kind,
        other: other.to_owned(),
        until: Until::Prompt,
        people,
        design,
        verdict,
    };
    if everybody.len() > 1 {
        let (people, verdict) = by_people(ours, theirs);
        return Some(comparison(Some(people), design(ours, theirs), verdict));
    }
    let mut in_turn = [ours, theirs].concat();
    in_turn.sort_by_key(|seen| seen.started_at);
    if let Some(rounds) = rounds(&in_turn) {
        return Some(comparison(None, Some(Design::InTurn), by_runs(rounds.len(), rounds.len(), paired(&rounds))));
    }
    let (our_times, their_times) = (prompt_times(ours), prompt_times(theirs));
    let verdict = by_runs(our_times.len(), their_times.len(), ratio(&their_times, &our_times));
    Some(comparison(None, design(ours, theirs), verdict))
}

/// One run in ten may be on the wrong side: somebody tried plat early, or went back once.
fn design(ours: &[&Observation], theirs: &[&Observation]) -> Option<Design> {
    let tenths = |runs: &[&Observation]| {
        let mut starts: Vec<_> = runs.iter().map(|seen| seen.started_at).collect::<Option<_>>()?;
        starts.sort();
        let margin = starts.len() / 10;
        Some((*starts.get(margin)?, *starts.get(starts.len() - 1 - margin)?))
    };
    let ((our_first, our_last), (their_first, their_last)) = (tenths(ours)?, tenths(theirs)?);
    let is_apart = their_last < our_first || our_last < their_first;
    Some(if is_apart { Design::BeforeAfter } else { Design::SideBySide })
}

/// Of several people's runs: those that were never ready count as still waiting when they ended.
fn by_people<'a>(ours: &[&'a Observation], theirs: &[&'a Observation]) -> (People, Verdict) {
    let (our_waits, their_waits) = (waits(ours), waits(theirs));
    let names = |waits: &[Owned<'a>]| -> HashSet<Option<&'a str>> { waits.iter().map(|(person, _)| *person).collect() };
    let (our_names, their_names) = (names(&our_waits), names(&their_waits));
    let people =
        People { ours: our_names.len(), theirs: their_names.len(), both: our_names.intersection(&their_names).count() };
    let effect = Pairs::new(&their_waits, &our_waits).and_then(|pairs| pairs.effect());
    let (n, m) = (prompt_times(ours).len(), prompt_times(theirs).len());
    let few = |of| Verdict::NeedsMore {
        ours: if of == Unit::People { ENOUGH_PEOPLE.saturating_sub(people.ours) } else { ENOUGH.saturating_sub(n) },
        theirs: if of == Unit::People { ENOUGH_PEOPLE.saturating_sub(people.theirs) } else { ENOUGH.saturating_sub(m) },
        of,
        so_far: effect.map(|effect| effect.ratio),
    };
    let verdict = match effect {
        _ if people.ours.min(people.theirs) < ENOUGH_PEOPLE => few(Unit::People),
        Some(effect) if n.min(m) >= ENOUGH => Verdict::of(effect.ratio, effect.needs()),
        _ => few(Unit::Runs),
    };
    (people, verdict)
}

/// A run and whose it is.
type Owned<'a> = (Option<&'a str>, Wait);

/// Until the prompt, where it was recorded.
fn waits<'a>(runs: &[&'a Observation]) -> Vec<Owned<'a>> {
    let wait = |seen: &&'a Observation| {
        Some((seen.person.as_deref(), Wait { time: seen.prompt_ms?, happened: is_ready(seen) }))
    };
    runs.iter().filter_map(wait).collect()
}

/// Of one person's runs, or of nobody knows whose: the interval is about these runs.
fn by_runs(ours: usize, theirs: usize, ratio: Option<Ratio>) -> Verdict {
    match ratio {
        Some(ratio) if ours.min(theirs) >= ENOUGH => Verdict::of(ratio, None),
        so_far => Verdict::NeedsMore {
            ours: ENOUGH.saturating_sub(ours),
            theirs: ENOUGH.saturating_sub(theirs),
            of: Unit::Runs,
            so_far,
        },
    }
}

fn is_ready(seen: &Observation) -> bool {
    seen.outcome == Outcome::Success
}

/// Of the ready runs of which it was recorded, in their order.
fn prompt_times(runs: &[&Observation]) -> Vec<f64> {
    runs.iter().filter(|seen| is_ready(seen)).filter_map(|seen| seen.prompt_ms).collect()
}
