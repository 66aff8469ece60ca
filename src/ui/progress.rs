//! A step that takes time: a spinner on a terminal, plain lines elsewhere.

use std::time::{Duration, Instant};

use console::Style;
use indicatif::{ProgressBar, ProgressStyle};

use super::printer::{SPARE, Ui};
use super::{bars, tree};
use crate::progress;
use crate::text::seconds;

const SPINNER: &str = "{spinner:.cyan} {msg}";

/// One step. Ends with [`Step::done`] or [`Step::failed`]; dropped without either, it leaves no line behind.
#[derive(Debug)]
pub struct Step {
    ui: Ui,
    label: String,
    started: Instant,
    bar: Option<ProgressBar>,
    last: String,
    /// Whether a part of the log was opened that has to be closed again.
    folds: bool,
}

impl Step {
    pub(super) fn start(ui: Ui, label: &str) -> Self {
        let label = ui.shown(label);
        let bar = ui.is_animated().then(|| {
            let bar = ProgressBar::new_spinner().with_style(style(SPINNER)).with_message(ui.fit(&label));
            let bar = bars::add(bar);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { ui, label, started: Instant::now(), bar, last: String::new(), folds: false }
    }

    /// Says what is being waited for. Without a terminal each *new* text is one line.
    pub fn tell(&mut self, detail: &str) {
        if detail == self.last {
            return;
        }
        detail.clone_into(&mut self.last);
        match &self.bar {
            Some(bar) => bar.set_message(self.ui.fit(&format!("{}  {detail}", self.label))),
            None if !self.ui.is_data() && !detail.is_empty() => {
                if let (Some(ci), false) = (self.ui.ci, self.folds) {
                    self.folds = true;
                    self.ui.command(&ci.open(&self.label, now()));
                }
                self.ui.note(&format!("  {}: {detail}", self.label));
            }
            None => {}
        }
    }

    /// Says what several things wait for: on a terminal one line each below the step, elsewhere one line for all.
    pub fn tell_tree(&mut self, head: &str, lines: &[String]) {
        let Some(bar) = &self.bar else {
            let separator = if lines.is_empty() { "" } else { ": " };
            return self.tell(&format!(
                "{head}{separator}{}",
                lines.iter().map(|line| line.trim_start()).collect::<Vec<_>>().join("; ")
            ));
        };
        let (width, rows) = (self.ui.width(), self.ui.height().saturating_sub(SPARE));
        let lines: Vec<String> = lines.iter().map(|line| self.ui.shown(line)).collect();
        let head = self.ui.shown(&format!("{}  {head}", self.label));
        let text = tree::fit(&head, &lines, width, rows.max(lines.len()));
        bar.set_message(text);
    }

    /// Turns the spinner into a bar of `total` units (bytes, packages, rounds).
    pub fn length(&mut self, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_style(style("{spinner:.cyan} [{bar:24}] {pos}/{len} {wide_msg}   "));
        }
    }

    pub fn position(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    /// Ends the step well; returns how long it took.
    #[expect(clippy::must_use_candidate, reason = "most steps end for their line, not for their time")]
    pub fn done(self, result: &str) -> Duration {
        let mark = self.ui.paint(&Style::new().green(), "✓");
        self.end(&mark, result)
    }

    /// Ends the step badly; the error itself is printed by `main`.
    #[expect(clippy::must_use_candidate, reason = "most steps end for their line, not for their time")]
    pub fn failed(self, result: &str) -> Duration {
        let mark = self.ui.paint(&Style::new().red(), "✗");
        self.end(&mark, result)
    }

    /// What follows is outside the part that folds.
    fn unfold(&mut self) {
        if let Some(ci) = self.ui.ci.filter(|_| std::mem::take(&mut self.folds)) {
            self.ui.command(&ci.close(&self.label, now()));
        }
    }

    fn end(mut self, mark: &str, result: &str) -> Duration {
        let took = self.started.elapsed();
        self.unfold();
        if let Some(bar) = &self.bar {
            bars::remove(bar);
        }
        if !self.ui.is_data() {
            let separator = if result.is_empty() { "" } else { "  " };
            self.ui.note(&format!("{mark} {}{separator}{result}  {}", self.label, seconds(took)));
        }
        took
    }
}

/// Seconds since 1970, for the log viewer.
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The templates are literals; one that indicatif refuses shows as a plain spinner.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Ui {
    /// Starts a step that takes time: animated on a terminal, one line at its end elsewhere.
    #[must_use]
    pub fn step(&self, label: impl Into<String>) -> Step {
        Step::start(self.clone(), &label.into())
    }
}

impl progress::Progress for Ui {
    fn step(&self, label: &str) -> Box<dyn progress::Step> {
        Box::new(Step::start(self.clone(), label))
    }

    fn note(&self, text: &str) {
        Self::note(self, text);
    }

    fn warn(&self, text: &str) {
        Self::warn(self, text);
    }
}

impl progress::Step for Step {
    fn tell(&mut self, detail: &str) {
        Self::tell(self, detail);
    }

    fn tell_tree(&mut self, head: &str, lines: &[String]) {
        Self::tell_tree(self, head, lines);
    }

    fn pass(&mut self, detail: &str) {
        if self.bar.is_some() {
            Self::tell(self, detail);
        }
    }

    fn said(&mut self, _line: &str) {}

    fn length(&mut self, total: u64) {
        Self::length(self, total);
    }

    fn position(&mut self, done: u64) {
        Self::position(self, done);
    }

    fn done(self: Box<Self>, result: &str) {
        Self::done(*self, result);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.unfold();
        if let Some(bar) = &self.bar {
            bars::remove(bar);
        }
    }
}
