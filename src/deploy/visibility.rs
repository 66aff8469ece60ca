//! How much of the rollout plat can see: a lost connection is said when it is lost and when it is back, and what was
//! seen before it is no ground for a verdict.

use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::event::{Event, Events};

/// A connection that is away for longer than a server takes to start may not come back.
const LOST: SignedDuration = SignedDuration::from_secs(30);

/// Why less may be seen than there is.
pub struct Troubles {
    /// What this user may not see.
    pub lasting: Option<String>,
    /// A watch that does not go on at the moment.
    pub passing: Option<String>,
}

/// How much of the rollout can be seen.
pub struct Visibility<'a> {
    events: &'a Events,
    troubles: Vec<String>,
    /// Since when a watch does not go on.
    blind: Option<Timestamp>,
}

impl<'a> Visibility<'a> {
    pub fn new(events: &'a Events) -> Self {
        Self { events, troubles: Vec::new(), blind: None }
    }

    /// Notes what keeps plat from seeing, and says what is new of it.
    pub fn look(&mut self, now: Troubles, at: Timestamp) {
        let was_blind = self.blind.is_some();
        self.blind = now.passing.is_some().then(|| self.blind.unwrap_or(at));
        let is_news = self.blind.is_some() != was_blind;
        self.troubles = now.lasting.into_iter().chain(now.passing).collect();
        if is_news {
            self.events
                .emit(&Event::Trouble { troubles: if self.is_blind() { self.troubles.clone() } else { Vec::new() } });
        }
    }

    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// Whether what is known may be out of date.
    pub fn is_blind(&self) -> bool {
        self.blind.is_some()
    }

    /// The same, for so long that it may not end.
    pub fn is_lost(&self, now: Timestamp) -> bool {
        self.blind.is_some_and(|since| now.duration_since(since) >= LOST)
    }

    /// An error that is not about the connection, but may come of it, says so.
    pub fn explain(&self, error: Error) -> Error {
        let Some(since) = self.blind else { return error };
        let Some(trouble) = self.troubles.last() else { return error };
        error.detail(format!("seen last at {}; {trouble}", since.strftime("%H:%M:%S UTC")))
    }
}
