//! How much of the rollout plat can see: a lost connection is said when it is lost and when it is back, and what was
//! seen before it is no ground for a verdict.

use jiff::Timestamp;

use super::events::Event;
use crate::error::Error;
use crate::ui::Ui;

/// Why less may be seen than there is.
pub struct Troubles {
    /// What this user may not see.
    pub lasting: Option<String>,
    /// A watch that does not go on at the moment.
    pub passing: Option<String>,
}

pub struct Sight<'a> {
    ui: &'a Ui,
    troubles: Vec<String>,
    /// Since when a watch does not go on.
    blind: Option<Timestamp>,
}

impl<'a> Sight<'a> {
    pub fn new(ui: &'a Ui) -> Self {
        Self { ui, troubles: Vec::new(), blind: None }
    }

    /// Notes what keeps plat from seeing, and says what is new of it.
    pub fn look(&mut self, now: Troubles, at: Timestamp) {
        let was_blind = self.blind.is_some();
        self.blind = now.passing.is_some().then(|| self.blind.unwrap_or(at));
        let is_news = self.blind.is_some() != was_blind;
        self.troubles = now.lasting.into_iter().chain(now.passing).collect();
        if is_news && self.ui.is_json() {
            self.ui.json(&Event::Trouble { troubles: &self.troubles });
        } else if is_news && was_blind {
            self.ui.note("the API server can be seen again");
        } else if is_news && !self.ui.is_animated() {
            // On a terminal it stands below the rollout as long as it lasts.
            self.ui.warn(&self.troubles.join("; "));
        }
    }

    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// Whether what is known may be out of date.
    pub fn is_blind(&self) -> bool {
        self.blind.is_some()
    }

    /// An error that is not about the connection, but may come of it, says so.
    pub fn explain(&self, error: Error) -> Error {
        let Some(since) = self.blind else { return error };
        let Some(trouble) = self.troubles.last() else { return error };
        error.detail(format!("seen last at {}; {trouble}", since.strftime("%H:%M:%S UTC")))
    }
}
