//! Events for programs: one JSON value a line on stdout.

use super::printer::Ui;
use crate::event::{Event, Line, Reporter};

pub(super) struct JsonReporter(pub Ui);

impl Reporter for JsonReporter {
    fn report(&self, event: &Event) {
        match event {
            Event::RolloutStarted | Event::Rollout { .. } | Event::Baking { .. } | Event::RolloutEnded(_) => return,
            // Also for the person who reads the log of a program.
            Event::Note { text } => self.0.note(text),
            Event::Warning { text } => self.0.warn(text),
            _ => {}
        }
        self.0.value(&Line::of(event));
    }
}
