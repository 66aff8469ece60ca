//! The failure rules, one file each; docs/failures/ describes them by Kubernetes' reason.
//!
//! A rule reads what is now and says what it means and what would prove it; the tracker keeps the time. To add one:
//! a function here, a line in [`RULES`], a YAML case in `src/rollout/cases/`.

mod access;
mod answers;
mod cause;
mod claim;
mod config;
mod crash;
mod errno;
mod evicted;
mod gave_up;
mod held;
mod image;
mod init;
mod mount;
mod node;
mod probe;
mod refused;
mod schedule;
pub(super) mod stale;
mod stuck;

use jiff::{SignedDuration, Timestamp};

use super::ask::Ask;
use super::graces::Graces;
use super::model::{Finding, LogRequest};
use super::view::{ContainerView, PodView, View};

/// A kind of failure. Its time is kept per class, because Kubernetes' reasons alternate within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Deleted,
    Paused,
    Refused,
    Evicted,
    Held,
    Unschedulable,
    Node,
    Mount,
    Image,
    Config,
    Crash,
    Probe,
    Flapping,
    Init,
    ProgressDeadline,
    GaveUp,
}

pub(super) enum Rule {
    Rollout(fn(&View, &Graces) -> Option<Symptom>),
    Pod(fn(&PodView, &Graces) -> Option<Symptom>),
    Container(fn(&ContainerView, &Graces) -> Option<Symptom>),
}

impl Class {
    /// Kubernetes' own last word, which only says that there is a cause.
    pub fn is_general(self) -> bool {
        matches!(self, Self::ProgressDeadline | Self::GaveUp)
    }
}

/// The first rule that recognises a container or a pod decides what is said about it.
pub(super) const RULES: &[(Class, Rule)] = &[
    (Class::Deleted, Rule::Rollout(stuck::deleted)),
    (Class::Paused, Rule::Rollout(stuck::paused)),
    (Class::Refused, Rule::Rollout(refused::refused)),
    (Class::Evicted, Rule::Rollout(evicted::evicted)),
    (Class::Held, Rule::Rollout(held::held)),
    (Class::Unschedulable, Rule::Pod(schedule::unschedulable)),
    (Class::Node, Rule::Pod(node::not_ready)),
    (Class::Mount, Rule::Pod(mount::failed_mount)),
    (Class::Image, Rule::Container(image::pull_error)),
    (Class::Config, Rule::Container(config::config_error)),
    (Class::Probe, Rule::Container(probe::killed_at_startup)),
    (Class::Crash, Rule::Container(crash::crash_loop)),
    (Class::Probe, Rule::Container(probe::not_started)),
    (Class::Flapping, Rule::Container(probe::flaps)),
    (Class::Probe, Rule::Container(probe::not_ready)),
    (Class::Init, Rule::Container(init::waits)),
    (Class::ProgressDeadline, Rule::Rollout(stuck::progress_deadline)),
    (Class::GaveUp, Rule::Rollout(gave_up::gave_up)),
];

/// What a rule recognised.
pub(super) struct Symptom {
    pub finding: Finding,
    /// The same in few words, for the line of the replica.
    pub state_text: String,
    pub doom: Doom,
    /// The log that belongs to the evidence, when it was not fetched yet.
    pub needs_log: Option<LogRequest>,
}

impl Doom {
    pub fn asking(self, asks: impl IntoIterator<Item = Ask>) -> Self {
        Self::Asking { asks: asks.into_iter().collect(), doom: Box::new(self) }
    }
}

/// What would prove that it does not mend itself.
pub(super) enum Doom {
    /// Nothing more is needed.
    Now,
    /// It lasts this long.
    After(SignedDuration),
    /// It lasts this long, and whoever is asked then still says so.
    Confirmed { grace: SignedDuration, ask: Ask, key: Option<String> },
    /// It lasts until `latest`; usually another sign decides at `expected`.
    Until { expected: Timestamp, latest: Timestamp },
    /// It may yet mend itself.
    Open,
    /// The inner one decides; these answers make what is said about it true.
    Asking { asks: Vec<Ask>, doom: Box<Doom> },
}

/// Questions that come before a symptom, or make a hint true; no verdict waits for them. All pods have the same template,
/// so one of them is asked.
pub(super) fn asks(view: &View, graces: &Graces) -> impl Iterator<Item = Ask> {
    let containers = || view.pods.iter().flat_map(|pod| &pod.containers);
    [containers().find_map(|container| probe::asks(container, graces)), node::asks(view)].into_iter().flatten()
}
