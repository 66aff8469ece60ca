//! What is said of an end.

use crate::reason::Reason;
use crate::rollout::model::{Lack, Lookup, Remedy};

pub(in crate::rollout) struct ExitCause {
    pub reason: Reason,
    pub what: String,
    pub hint: Remedy,
    /// What the kubelet said about it.
    pub event: Option<String>,
    /// What the spec and its namespace say about it.
    pub facts: Vec<String>,
    /// What would make it fuller.
    pub lookups: Vec<Lookup>,
    pub lack: Lack,
}

impl ExitCause {
    pub fn new(reason: Reason, what: String, hint: Remedy) -> Self {
        Self { reason, what, hint, event: None, facts: Vec::new(), lookups: Vec::new(), lack: Lack::Own }
    }
}
