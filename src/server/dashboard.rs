//! The page for people: what the runs show, tool beside tool, rendered here without script.

use minijinja::{Environment, value::Serde};
use serde::Serialize;

use super::store::Filter;
use crate::report::{self, Comparison, ENOUGH, Kind, Row, Runs, Summary, Times, Verdict, observe, sentence};
use crate::telemetry::{Outcome, Run};
use crate::text::{foreign_line, milliseconds};

/// Characters of a name from elsewhere; Kubernetes' own limit is 63.
const NAME: usize = 63;

#[derive(Debug)]
pub struct Dashboard {
    templates: Environment<'static>,
}

#[derive(Serialize)]
struct Page {
    /// What the page is limited to.
    only: Vec<String>,
    verdicts: Vec<VerdictView>,
    kinds: Vec<KindView>,
    /// Runs that are missing from figures, and from which.
    notes: Vec<String>,
    enough: usize,
    runs: Vec<RunView>,
    recent: u32,
    version: &'static str,
}

#[derive(Serialize)]
struct VerdictView {
    class: &'static str,
    text: String,
}

#[derive(Serialize)]
struct KindView {
    title: &'static str,
    about: &'static str,
    rows: Vec<RowView>,
}

#[derive(Serialize)]
struct RowView {
    arm: String,
    ours: bool,
    n: usize,
    success: String,
    interrupted: usize,
    flawless: bool,
    ready: TimesView,
    prompt: TimesView,
    build: String,
    /// Percent of the longest time until the prompt of this kind.
    median_width: f64,
    p90_width: f64,
}

#[derive(Serialize)]
struct TimesView {
    median: String,
    mean: String,
    p90: String,
}

#[derive(Serialize)]
struct RunView {
    started: String,
    command: String,
    arm: String,
    service: String,
    kind: &'static str,
    outcome: &'static str,
    good: bool,
    ready: String,
    prompt: String,
    reason: String,
}

impl Dashboard {
    /// Runs in the list of recent ones.
    pub const RECENT: u32 = 25;

    /// # Panics
    /// When the template in this folder is broken: a test renders it.
    #[must_use]
    pub fn new() -> Self {
        let mut templates = Environment::new();
        // The name ends in .html, so minijinja escapes every value.
        templates.add_template("dashboard.html", include_str!("dashboard.html")).expect("a literal template");
        Self { templates }
    }

    /// Renders the page; `runs` are the newest, newest first.
    ///
    /// # Errors
    /// When the template asks for what it was not given.
    pub fn render(&self, filter: &Filter, summary: &Summary, runs: &[Run]) -> Result<String, minijinja::Error> {
        let only = [("service", &filter.service), ("group", &filter.group)]
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", foreign_line(value.as_ref()?, NAME))));
        let page = Page {
            only: only.collect(),
            verdicts: summary.comparisons.iter().map(verdict_view).collect(),
            kinds: Kind::ALL.into_iter().filter_map(|kind| kind_view(kind, &summary.rows)).collect(),
            notes: notes(summary),
            enough: ENOUGH,
            runs: runs.iter().map(run_view).collect(),
            recent: Self::RECENT,
            version: env!("CARGO_PKG_VERSION"),
        };
        self.templates.get_template("dashboard.html")?.render(Serde(&page))
    }
}

fn kind_view(kind: Kind, rows: &[Row]) -> Option<KindView> {
    let rows: Vec<_> = rows.iter().filter(|row| row.kind == kind).collect();
    let longest = rows.iter().filter_map(|row| row.until_prompt.p90_ms).fold(0.0, f64::max);
    let (title, about) = match kind {
        Kind::First => ("Time to first deploy", "the workload did not exist before"),
        Kind::Update => ("Later deploys", "the pods were replaced"),
        Kind::Unchanged => ("Unchanged", "nothing was to be done"),
    };
    (!rows.is_empty()).then(|| KindView { title, about, rows: rows.iter().map(|row| row_view(row, longest)).collect() })
}

fn row_view(row: &Row, longest: f64) -> RowView {
    let view =
        |times: &Times| TimesView { median: time(times.median_ms), mean: time(times.mean_ms), p90: time(times.p90_ms) };
    let width =
        |ms: Option<f64>| if longest > 0.0 { (ms.unwrap_or(0.0) / longest * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    RowView {
        arm: foreign_line(&row.arm, NAME),
        ours: row.arm == report::OURS,
        n: row.n,
        success: row.success_rate.map_or_else(|| "–".to_owned(), report::percent),
        interrupted: row.interrupted,
        flawless: row.success_rate.is_none_or(|rate| rate >= 1.0),
        ready: view(&row.until_ready),
        prompt: view(&row.until_prompt),
        build: time(row.build_median_ms),
        median_width: width(row.until_prompt.median_ms),
        p90_width: width(row.until_prompt.p90_ms),
    }
}

fn time(ms: Option<f64>) -> String {
    ms.map_or_else(|| "–".to_owned(), milliseconds)
}

fn verdict_view(comparison: &Comparison) -> VerdictView {
    let class = match comparison.verdict {
        Verdict::Faster { .. } => "faster",
        Verdict::Slower { .. } => "slower",
        Verdict::NoDifference { .. } | Verdict::NeedsMore { .. } => "open",
    };
    let named = Comparison { other: foreign_line(&comparison.other, NAME), ..comparison.clone() };
    VerdictView { class, text: sentence(&named) }
}

fn notes(summary: &Summary) -> Vec<String> {
    let named = |runs: &Runs| Runs { arm: foreign_line(&runs.arm, NAME), n: runs.n };
    let promptless = summary.promptless.iter().map(|runs| report::promptless(&named(runs)));
    promptless.chain(summary.unplaced.iter().map(|runs| report::unplaced(&named(runs)))).collect()
}

fn run_view(run: &Run) -> RunView {
    let good = run.outcome == Outcome::Success;
    let seen = observe(run);
    let prompt_ms = seen.as_ref().map_or(run.prompt_ms, |seen| seen.prompt_ms);
    let name = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), |text| foreign_line(text, NAME));
    RunView {
        started: format!("{:.0}", run.started_at),
        command: foreign_line(&run.command, NAME),
        arm: foreign_line(&run.facts.arm, NAME),
        service: name(&run.facts.service),
        kind: seen.as_ref().and_then(|seen| seen.kind).map_or("–", Kind::word),
        outcome: run.outcome.word(),
        good,
        ready: time(seen.filter(|_| good).map(|seen| seen.ready_ms)),
        prompt: prompt_ms.map_or_else(|| "not recorded".to_owned(), milliseconds),
        reason: run.reason.as_deref().map(|reason| foreign_line(reason, NAME)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::summarise;
    use crate::telemetry::Phase;

    fn page(runs: &[Run]) -> String {
        let observations: Vec<_> = runs.iter().filter_map(observe).collect();
        let recent = &runs[..runs.len().min(2)];
        Dashboard::new().render(&Filter::default(), &summarise(&observations), recent).expect("a page")
    }

    /// What a reader sees, a row or a paragraph a line.
    fn text(page: &str) -> String {
        let without = |text: &str, tags: &str, by: &str| {
            regex::Regex::new(tags).expect("an expression").replace_all(text, by).into_owned()
        };
        let in_one = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let visible = without(&without(&in_one, "</(tr|li|p|h1|h2)>", "\n"), "<[^>]*>", " ");
        let lines = visible.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn by(arm: &str, prompt_ms: Option<f64>) -> Run {
        let mut run = Run { prompt_ms, ..Run::for_tests() };
        run.phases = vec![Phase { name: "ready".to_owned(), start_ms: 0.0, duration_ms: 1200.0 }];
        arm.clone_into(&mut run.facts.arm);
        run
    }

    /// The slower one is the headline, though more runs of before are faster: those have no time until the prompt.
    #[test]
    fn both_times_of_every_tool_are_shown_and_the_headline_is_about_the_prompt() {
        let runs =
            [vec![by("plat", Some(1500.0)); 15], vec![by("plat", None); 20], vec![by("kubectl", Some(500.0)); 15]];
        insta::assert_snapshot!(text(&page(&runs.concat())));
    }

    #[test]
    fn of_runs_of_an_older_plat_there_is_no_headline() {
        let page = text(&page(&[vec![by("plat", None); 20], vec![by("kubectl", None); 20]].concat()));
        for shown in [
            "no headline against kubectl yet, it needs 15 more ready runs by plat and 15 more ready runs by kubectl",
            "plat 20 100 % 1.20 s 1.20 s – – –",
            "20 ready runs by plat have no time until the prompt (recorded by an older plat)",
            "payments-api first 1.20 s not recorded success",
        ] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
    }

    #[test]
    fn what_came_from_elsewhere_cannot_become_markup() {
        let mut run = Run::for_tests();
        run.facts.arm = "<script>alert(1)</script>".to_owned();
        run.facts.service = Some("\" onmouseover=\"x".to_owned());
        run.reason = Some("<img src=x>".to_owned());
        let filter = Filter { group: Some("<b>".to_owned()), ..Filter::default() };
        let observations: Vec<_> = observe(&run).into_iter().collect();

        let page = Dashboard::new().render(&filter, &summarise(&observations), &[run]).expect("a page");

        assert!(page.contains("&lt;script&gt;"), "the arm is shown");
        for markup in ["<script", "<img", "<b>", " onmouseover=\"x"] {
            assert!(!page.contains(markup), "{markup} in {page}");
        }
    }

    #[test]
    fn an_empty_store_says_how_runs_get_here() {
        let page = Dashboard::new().render(&Filter::default(), &Summary::default(), &[]).expect("a page");
        assert!(page.contains("plat telemetry on"), "{page}");
    }
}
