//! What was seen before: state in, state out, no clock.

use jiff::Timestamp;

use super::graces::Graces;
use super::model::{Assessment, Snapshot, Status, Verdict};
use super::status::{status, wanted};

/// Watches one rollout. Observe on every change and at least once a second: graces pass without any event.
#[derive(Debug, Clone)]
pub struct Tracker {
    graces: Graces,
}

impl Tracker {
    #[must_use]
    pub fn new(graces: Graces) -> Self {
        Self { graces }
    }

    /// The graces that it was made with.
    #[must_use]
    pub fn graces(&self) -> &Graces {
        &self.graces
    }

    /// Judges what is known now.
    pub fn observe(&mut self, snapshot: &Snapshot, _now: Timestamp) -> Assessment {
        let status = status(&snapshot.deployment);
        let ready = snapshot.deployment.status.as_ref().and_then(|s| s.ready_replicas).unwrap_or(0);
        Assessment {
            status,
            ready,
            wanted: wanted(&snapshot.deployment),
            replicas: Vec::new(),
            findings: Vec::new(),
            verdict: match status {
                Status::Current => Verdict::Ready,
                Status::Failed => Verdict::Failed,
                Status::InProgress | Status::Terminating => Verdict::Wait { gives_up_at: None },
            },
            exits: 0,
            needs_logs: Vec::new(),
            asks: Vec::new(),
        }
    }
}
