//! What the programs of a build say, all of it: a [`Progress`] that listens and passes on.

use std::sync::{Arc, Mutex, PoisonError};

use crate::progress::{Progress, Step};
use crate::text::redact;

/// Lines that are kept at least: the last ones.
const KEPT: usize = 20_000;

type Said = Arc<Mutex<Vec<String>>>;

/// Listens to the steps that are begun through it.
pub struct BuildLog<'p> {
    progress: &'p dyn Progress,
    said: Said,
}

impl<'p> BuildLog<'p> {
    #[must_use]
    pub fn of(progress: &'p dyn Progress) -> Self {
        Self { progress, said: Said::default() }
    }

    /// Without what is secret; None where no program said anything.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        (!said.is_empty()).then(|| redact(&(said.join("\n") + "\n")))
    }
}

impl Progress for BuildLog<'_> {
    fn step(&self, label: &str) -> Box<dyn Step> {
        Box::new(Heard { step: self.progress.step(label), said: Arc::clone(&self.said) })
    }

    fn note(&self, text: &str) {
        self.progress.note(text);
    }

    fn warn(&self, text: &str) {
        self.progress.warn(text);
    }
}

struct Heard {
    step: Box<dyn Step>,
    said: Said,
}

impl Step for Heard {
    fn tell(&mut self, detail: &str) {
        self.step.tell(detail);
    }

    fn tell_tree(&mut self, head: &str, lines: &[String]) {
        self.step.tell_tree(head, lines);
    }

    fn pass(&mut self, detail: &str) {
        self.step.pass(detail);
    }

    fn said(&mut self, line: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push(line.to_owned());
        if said.len() > 2 * KEPT {
            said.drain(..KEPT);
        }
        drop(said);
        self.step.said(line);
    }

    fn length(&mut self, total: u64) {
        self.step.length(total);
    }

    fn position(&mut self, done: u64) {
        self.step.position(done);
    }

    fn done(self: Box<Self>, result: &str) {
        self.step.done(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn all_that_was_said_is_there_in_its_order_and_no_secret_is() {
        let log = BuildLog::of(&Silent);
        assert_eq!(log.text(), None);
        let (mut one, mut two) = (log.step("one"), log.step("two"));
        one.said("$ npm ci");
        two.said("NPM_TOKEN=hunter2hunter2");
        one.said("added 3 packages");
        let text = log.text().expect("something was said");
        assert!(text.starts_with("$ npm ci\nNPM_TOKEN=") && text.ends_with("\nadded 3 packages\n"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn of_a_build_that_says_too_much_the_end_is_kept() {
        let log = BuildLog::of(&Silent);
        let mut step = log.step("build");
        (0..=2 * KEPT).for_each(|line| step.said(&format!("line {line}")));
        let text = log.text().expect("something was said");
        assert!(text.ends_with(&format!("line {}\n", 2 * KEPT)) && !text.contains("line 7\n"));
    }
}
