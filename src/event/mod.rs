//! What an operation tells as it goes. One enum; the reporters in `src/ui` are its only readers.
//!
//! Each variant is one line of `--output json`, but for those marked as being for people: they are how a reader looks
//! on. docs/events.schema.json is generated from it.

mod ended;
mod row;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::diff::Stale;
use crate::error::{Error, Spot};
use crate::image::Attestation;
use crate::reason::Reason;
use crate::rollout::{Finding, ReplicaLine};

pub use ended::{Count, Created, Done, Repository, Said, Timed, TimedWorkload};
pub use row::{Health, Row, waiting};

/// Raised when a field is removed or means something else; docs/output.md lists what each version has.
pub const VERSION: u32 = 2;

/// Something that happened, or that the reader should know.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// For a reader who follows along.
    Note { text: String },
    /// Something that may surprise the reader later.
    Warning { text: String },
    /// Where it goes and what runs.
    Place {
        service: String,
        context: String,
        server: String,
        namespace: String,
        /// None for plain manifests: they have images of their own.
        #[serde(skip_serializing_if = "Option::is_none")]
        image: Option<String>,
    },
    /// An SBOM and provenance lie beside the image in its registry.
    Attested { attestations: Vec<Attestation> },
    /// What is written: nothing is changed silently.
    Plan(Plan),
    /// Someone else writes at the moment: waited for, or followed because it is the same.
    Locked { holder: String, doing: String, since: Option<Timestamp>, held_seconds: Option<i64>, attached: bool },
    /// One workload of the rollout, at each change.
    Progress {
        /// `deployment/payments-api`, as kubectl takes it.
        workload: String,
        ready: i32,
        wanted: i32,
        replicas: Vec<ReplicaLine>,
        findings: Vec<Finding>,
        /// When it fails unless something changes.
        #[serde(skip_serializing_if = "Option::is_none")]
        gives_up_at: Option<Timestamp>,
    },
    /// Why less may be seen than there is; empty when all is seen again.
    Trouble { troubles: Vec<String> },
    /// The rollout failed: one event for each cause, the decisive one first; an `error` event follows.
    Finding {
        workload: String,
        #[serde(flatten)]
        finding: Finding,
        /// Of the first one: when the last evidence was there that the verdict needed. What follows is plat's own time.
        #[serde(skip_serializing_if = "Option::is_none")]
        conclusive_at: Option<Timestamp>,
    },
    /// All replicas are ready; from here on they are watched for a while.
    Ready { replicas: i32, duration_ms: u64 },
    /// The same was deployed by someone else, and something else since: nothing was written. The last line.
    Superseded { service: String, namespace: String },
    /// What was seen of a failure is saved.
    Evidence { run: String, folder: String, archive: String },
    /// An earlier revision is being restored.
    Rollback {
        revision: u64,
        /// `revision 3 (commit 0123abcd, by ada@example.com on laptop, 2026-11-23 10:00 UTC)`
        name: String,
    },
    /// The first deploy failed over objects that were there before: they are put back as they were.
    PutBack { objects: Vec<String> },
    /// It is ready.
    Restored { revision: u64, replicas: i32 },
    /// It runs. The last line.
    Done(Done),
    /// `plat delete` removed it. The last line.
    Deleted { service: String, namespace: String, context: String, deleted: Vec<Leaver>, kept: Vec<Leaver> },
    /// `plat new` made a project. The last line.
    Created(Created),
    /// `plat open` listens at `url`; `port` is that of the pods.
    Open {
        url: String,
        port: u16,
        /// For people: what is behind it.
        #[serde(skip)]
        target: String,
    },
    /// `plat open`: connections go to this pod from here on; `before` is not ready any more.
    Pod { pod: String, before: Option<String> },
    /// `plat open`: one connection failed.
    Failed { error: String },
    /// `plat serve` listens at `url` and keeps its database in the folder `data`.
    Serving { url: String, data: PathBuf },
    /// `plat time`: the command has ended, and what it changed is ready. The last line.
    Timed(Timed),
    /// It did not end well. The last line.
    Error {
        error: String,
        exit_code: u8,
        /// Kubernetes' own reason or another stable word.
        reason: Option<Reason>,
        /// `file:line:column`, an object or an address.
        place: Option<String>,
        /// Where it was written, of the first of its problems.
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
        details: Vec<String>,
        /// What to do next, most likely first.
        hints: Vec<String>,
        /// Each thing that is wrong in what somebody wrote, in the order of the files.
        problems: Vec<Spot>,
    },

    /// For people: a rollout begins.
    #[serde(skip)]
    RolloutStarted,
    /// For people: all of the rollout at this moment.
    #[serde(skip)]
    Rollout { rows: Vec<Row>, troubles: Vec<String>, now: Timestamp },
    /// For people: ready, and watched for so much longer.
    #[serde(skip)]
    Baking { rows: Vec<Row>, left: Duration, ready_after: Duration },
    /// For people: the rollout is over; `Err` says how it failed.
    #[serde(skip)]
    RolloutEnded(Result<Vec<Row>, &'static str>),
}

/// What an apply is about to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Plan {
    pub first: bool,
    pub objects: Vec<Change>,
    /// Fields that are taken over from others because the user said so.
    pub taken: Vec<String>,
    /// Objects of other tools that become plat's, and what to do about the other tool.
    pub adopted: Vec<String>,
    /// No longer asked for: deleted after success, or why not.
    pub leavers: Vec<Leaver>,
    /// Fields that stay with others although the manifest asks for them.
    pub kept: Vec<Kept>,
    /// Workloads whose pods read configuration only when they start, and have older values of it.
    pub stale: Vec<Stale>,
    pub remarks: Vec<String>,
}

/// A field that the manifest asks for and that stays with whoever has set it, because somebody said `--keep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Kept {
    /// `Deployment shop/payments-api`
    pub object: String,
    /// `.spec.replicas`
    pub field: String,
    /// The field manager that has it now; none where nobody does.
    pub manager: Option<String>,
    /// When somebody said so (RFC 3339); none where an earlier version of plat noted it.
    pub since: Option<String>,
    /// What the cluster has; none where the field is not there.
    pub live: Option<String>,
    /// What the manifest asks for.
    pub wanted: Option<String>,
}

impl Kept {
    /// For a reader, with how it ends.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { object, field, manager, since, live, wanted } = self;
        let whom = match manager {
            Some(manager) => format!("for {manager}"),
            None => "as it is in the cluster".to_owned(),
        };
        let since = since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
        let is = live.as_ref().map_or_else(|| "it is not there".to_owned(), |live| format!("it is {live}"));
        let asked = match wanted {
            Some(_) if wanted == live => "as you ask for".to_owned(),
            Some(wanted) => format!("you ask for {wanted}"),
            None => "you ask for none".to_owned(),
        };
        let (kind, name) = object.split_once(' ').unwrap_or((object, ""));
        let name = name.rsplit('/').next().unwrap_or_default();
        format!("{object}: {field} is kept {whom}{since}: {is}, {asked}; to end that: --take {kind}/{name}:{field}")
    }
}

/// What an apply does to one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    pub kind: String,
    pub name: String,
    pub action: Action,
    /// Fields that change; none for an object that is created.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// For people: the same, of long values the part that differs.
    #[serde(skip)]
    pub short: Vec<String>,
    /// For people: only what plat notes about itself changes, such as the commit and who deployed it.
    #[serde(skip)]
    pub only_notes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    Change,
    /// Nothing of it changes; plat becomes an owner of what is as it should be.
    Track,
    Nothing,
}

/// An object of the set that the manifests no longer ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Leaver {
    pub kind: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Why it is not deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stays: Option<&'static str>,
}

impl From<&Error> for Event {
    fn from(error: &Error) -> Self {
        Self::Error {
            error: error.what.clone(),
            exit_code: error.exit_code(),
            reason: error.reason.clone(),
            place: error.place.clone(),
            file: error.spots.first().and_then(|spot| spot.place.file.clone()),
            line: error.spots.first().and_then(|spot| spot.place.line),
            problems: error.spots.clone(),
            details: error.details.clone(),
            hints: error.hints.clone(),
        }
    }
}

/// One line of `--output json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Line<'a> {
    #[serde(flatten)]
    event: &'a Event,
    version: u32,
}

impl<'a> Line<'a> {
    #[must_use]
    pub fn of(event: &'a Event) -> Self {
        Self { event, version: VERSION }
    }
}

/// Who reads the events.
pub trait Reporter: Send + Sync {
    fn report(&self, event: &Event);
}

/// Where an operation tells its events; cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<dyn Reporter>);

impl Events {
    #[must_use]
    pub fn to(reporter: impl Reporter + 'static) -> Self {
        Self(Arc::new(reporter))
    }

    /// Nobody reads them.
    #[must_use]
    pub fn unread() -> Self {
        Self::to(Unread)
    }

    pub fn emit(&self, event: &Event) {
        self.0.report(event);
    }

    pub fn note(&self, text: impl Into<String>) {
        self.emit(&Event::Note { text: text.into() });
    }

    pub fn warn(&self, text: impl Into<String>) {
        self.emit(&Event::Warning { text: text.into() });
    }
}

struct Unread;

impl Reporter for Unread {
    fn report(&self, _event: &Event) {}
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
