//! Events for programs: one JSON value a line on stdout.

use serde::Serialize;

use super::Ui;
use crate::event::{Event, Reporter, VERSION};

pub(super) struct JsonReporter(pub Ui);

/// One line of output.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    event: &'a Event,
    version: u32,
}

impl Reporter for JsonReporter {
    fn report(&self, event: &Event) {
        match event {
            Event::RolloutStarted | Event::Rollout { .. } | Event::Baking { .. } | Event::RolloutEnded(_) => return,
            // Also for the person who reads the log of a program.
            Event::Note { text } => self.0.note(text),
            Event::Warning { text } => self.0.warn(text),
            _ => {}
        }
        self.0.json(&Line { event, version: VERSION });
    }
}
