//! Why an image cannot be pulled, in words.

use crate::rollout::diagnosis::Proof;
use crate::rollout::model::Remedy;

/// What is said about one cause, and what would prove it.
pub(in crate::rollout) struct PullExplanation {
    pub what: String,
    pub hint: Remedy,
    pub proof: Proof,
    /// A second line of evidence: what a look-up showed.
    pub also: Option<String>,
}

impl PullExplanation {
    pub fn new(what: String, hint: Remedy, proof: Proof) -> Self {
        Self { what, hint, proof, also: None }
    }
}
