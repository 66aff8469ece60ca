//! What a rule recognised, and what would prove that the rollout does not recover from it.

use jiff::{SignedDuration, Timestamp};

use crate::rollout::model::{Finding, LogRequest, Lookup};

pub(in crate::rollout) struct Symptom {
    pub finding: Finding,
    /// The same in few words, for the line of the replica.
    pub state_text: String,
    pub proof: Proof,
    /// The log that belongs to the evidence, when it was not fetched yet.
    pub needs_log: Option<LogRequest>,
}

impl Symptom {
    /// One that says the same of a replica as in its finding, and needs no log.
    pub fn new(finding: Finding, proof: Proof) -> Self {
        Self { state_text: finding.what.clone(), finding, proof, needs_log: None }
    }
}

/// What would prove that the rollout does not recover by itself.
pub(in crate::rollout) enum Proof {
    /// The symptom: nothing more is needed.
    Immediate,
    /// It lasts this long.
    Lasting(SignedDuration),
    /// It lasts this long, and a look-up that is made then confirms it.
    Confirmed { grace: SignedDuration, lookup: Lookup, key: Option<String> },
    /// It lasts until `latest`; usually another sign decides at `expected`.
    Until { expected: Timestamp, latest: Timestamp },
    /// Nothing: it may recover at any time.
    Never,
    /// `proof` decides; these look-ups make what is said about it true.
    Informed { lookups: Vec<Lookup>, proof: Box<Proof> },
}

impl Proof {
    pub fn informed_by(self, lookups: impl IntoIterator<Item = Lookup>) -> Self {
        Self::Informed { lookups: lookups.into_iter().collect(), proof: Box::new(self) }
    }
}
