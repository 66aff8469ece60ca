//! Which reporter reads the events of an operation.

use super::json_reporter::JsonReporter;
use super::printer::Ui;
use super::text_reporter::TextReporter;
use crate::event::Events;

impl Ui {
    /// Where an operation tells what happens.
    #[must_use]
    pub fn events(&self) -> Events {
        if self.is_data() {
            Events::to(JsonReporter(self.clone()))
        } else {
            Events::to(TextReporter::new(self.clone()))
        }
    }
}
