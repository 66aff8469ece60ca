//! What `--output json` prints: one event a line, documented in docs/output.md.

use jiff::Timestamp;
use serde::Serialize;

use crate::cluster::apply::Change;
use crate::cluster::applyset::Member;
use crate::rollout::{Finding, ReplicaLine};

/// Raised when a field is removed or means something else; docs/output.md lists what each version has.
pub const VERSION: u32 = 1;

/// One line of output.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    #[serde(flatten)]
    event: Event<'a>,
    version: u32,
}

impl<'a> Event<'a> {
    pub fn line(self) -> Line<'a> {
        Line { event: self, version: VERSION }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// Where it goes and what runs.
    Place {
        service: &'a str,
        context: &'a str,
        server: &'a str,
        namespace: &'a str,
        /// None for plain manifests: they have images of their own.
        #[serde(skip_serializing_if = "str::is_empty")]
        image: &'a str,
    },
    /// What is written.
    Plan {
        first: bool,
        objects: Vec<&'a Change>,
        taken: Vec<String>,
        /// No longer asked for: deleted after success, or why not.
        leavers: Vec<&'a Member>,
        remarks: Vec<String>,
    },
    /// The rollout, at each change.
    Progress {
        /// `deployment/payments-api`, as kubectl takes it.
        workload: &'a str,
        ready: i32,
        wanted: i32,
        replicas: &'a [ReplicaLine],
        findings: &'a [Finding],
        /// When it fails unless something changes.
        #[serde(skip_serializing_if = "Option::is_none")]
        gives_up_at: Option<Timestamp>,
    },
    /// Why less may be seen than there is; empty when all is seen again.
    Trouble { troubles: &'a [String] },
    /// The rollout failed: one event for each cause, the decisive one first; an `error` event follows.
    Finding {
        workload: &'a str,
        #[serde(flatten)]
        finding: &'a Finding,
        /// Of the first one: when the last evidence was there that the verdict needed. What follows is plat's own time.
        #[serde(skip_serializing_if = "Option::is_none")]
        conclusive_at: Option<Timestamp>,
    },
    /// All replicas are ready; from here on they are looked at for a while.
    Ready { replicas: i32, duration_ms: u64 },
    /// Somebody else writes at the moment: waited for, or followed because it is the same.
    Locked { holder: &'a str, doing: &'a str, since: Option<Timestamp>, attached: bool },
    /// The same was deployed by somebody else, and something else since: nothing was written. The last line.
    Superseded { service: &'a str, namespace: &'a str },
    /// What was seen of a failure is saved.
    Evidence { run: &'a str, folder: String, archive: String },
    /// The revision before is restored.
    Rollback { revision: u64 },
    /// It is ready.
    Restored { revision: u64, replicas: i32 },
    Done {
        service: &'a str,
        namespace: &'a str,
        context: &'a str,
        image: &'a str,
        replicas: i32,
        first: bool,
        /// Whether pods were replaced.
        changed: bool,
        /// Of a cron.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_run: Option<Timestamp>,
        duration_ms: u64,
    },
}
