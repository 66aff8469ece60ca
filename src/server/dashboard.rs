//! The page for people: what the runs show, tool beside tool, rendered here without script.

use minijinja::{Environment, value::Serde};
use serde::Serialize;

use super::store::Filter;
use crate::report::{self, Comparison, Kind, Row, Summary, Unplaced, Verdict, observe, sentence};
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
    unplaced: Vec<Unplaced>,
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
    median: String,
    p90: String,
    build: String,
    /// Percent of the longest time of this kind.
    median_width: f64,
    p90_width: f64,
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
    took: String,
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
            unplaced: summary.unplaced.iter().map(unplaced_view).collect(),
            runs: runs.iter().map(run_view).collect(),
            recent: Self::RECENT,
            version: env!("CARGO_PKG_VERSION"),
        };
        self.templates.get_template("dashboard.html")?.render(Serde(&page))
    }
}

fn kind_view(kind: Kind, rows: &[Row]) -> Option<KindView> {
    let rows: Vec<_> = rows.iter().filter(|row| row.kind == kind).collect();
    let longest = rows.iter().filter_map(|row| row.p90_ms).fold(0.0, f64::max);
    let (title, about) = match kind {
        Kind::First => ("Time to first deploy", "the workload did not exist before"),
        Kind::Update => ("Later deploys", "the pods were replaced"),
        Kind::Unchanged => ("Unchanged", "nothing was to be done"),
    };
    (!rows.is_empty()).then(|| KindView { title, about, rows: rows.iter().map(|row| row_view(row, longest)).collect() })
}

fn row_view(row: &Row, longest: f64) -> RowView {
    let time = |ms: Option<f64>| ms.map_or_else(|| "–".to_owned(), milliseconds);
    let width =
        |ms: Option<f64>| if longest > 0.0 { (ms.unwrap_or(0.0) / longest * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    RowView {
        arm: foreign_line(&row.arm, NAME),
        ours: row.arm == report::OURS,
        n: row.n,
        success: row.success_rate.map_or_else(|| "–".to_owned(), report::percent),
        interrupted: row.interrupted,
        flawless: row.success_rate.is_none_or(|rate| rate >= 1.0),
        median: time(row.median_ms),
        p90: time(row.p90_ms),
        build: time(row.build_median_ms),
        median_width: width(row.median_ms),
        p90_width: width(row.p90_ms),
    }
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

fn unplaced_view(unplaced: &Unplaced) -> Unplaced {
    Unplaced { arm: foreign_line(&unplaced.arm, NAME), n: unplaced.n }
}

fn run_view(run: &Run) -> RunView {
    let name = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), |text| foreign_line(text, NAME));
    RunView {
        started: format!("{:.0}", run.started_at),
        command: foreign_line(&run.command, NAME),
        arm: foreign_line(&run.facts.arm, NAME),
        service: name(&run.facts.service),
        kind: observe(run).and_then(|seen| seen.kind).map_or("–", Kind::word),
        outcome: run.outcome.word(),
        good: run.outcome == Outcome::Success,
        took: milliseconds(run.duration_ms),
        reason: run.reason.as_deref().map(|reason| foreign_line(reason, NAME)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::summarise;

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
