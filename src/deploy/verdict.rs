//! The end of a rollout that did not come to be ready, as an error: cause, evidence, what still runs, what to do.

use std::time::Duration;

use super::non_workloads::NonWorkloads;
use super::tracked::Tracked;
use crate::error::{Error, Kind};
use crate::event::waiting;
use crate::reason::Reason;
use crate::rollout::{Assessment, Workload};
use crate::text::seconds;

/// Other objects that are not ready are named up to this number: the cause must stay on the screen.
const OTHERS: usize = 6;

/// Those that are not ready, what failed first, then what has a cause; what waits for another only after those that have
/// a cause of their own.
pub fn worst_first(tracks: &[Tracked]) -> Vec<&Tracked> {
    let is_open = |track: &&Tracked| !track.is_ready() || track.is_broken();
    let mut open: Vec<&Tracked> = tracks.iter().filter(is_open).collect();
    open.sort_by_key(|track| {
        let Assessment { findings, waits_for_another, .. } = &track.assessment;
        (findings.is_empty() || *waits_for_another, !track.is_failed() && !track.is_broken(), findings.is_empty())
    });
    open
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Failed,
    /// The deadline is over.
    Late(Duration),
    /// It was ready and did not stay so.
    Broken,
}

impl End {
    /// For the line of the rollout.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Late(_) => "not ready in time",
            Self::Broken => "did not stay ready",
        }
    }
}

/// How the end of a rollout is said.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// What it is called; none for the name of the workload.
    pub subject: Option<&'a str>,
    pub failed: &'a str,
    /// Completed by the deadline: `was not ready within 5m`.
    pub late: &'a str,
    /// How to give it more time.
    pub more_time: &'a str,
}

impl Wording<'static> {
    pub const OF_A_ROLLOUT: Self = Self {
        subject: None,
        failed: "did not become ready",
        late: "was not ready",
        more_time: "give it more time with --deadline",
    };
    pub const OF_A_SERVICE: Self =
        Self { more_time: "give it more time with --deadline, or deadline.rollout in plat.yaml", ..Self::OF_A_ROLLOUT };
    pub const OF_A_MIGRATION: Self = Self {
        subject: Some("the migration"),
        failed: "failed",
        late: "did not end",
        more_time: "give it more time with `before: {timeout: …}` in plat.yaml",
    };
}

/// What is followed, as it was seen last.
pub struct Seen<'a> {
    pub tracks: &'a [Tracked],
    pub others: &'a NonWorkloads,
    /// What of the previous revision still gets requests, where there is something.
    pub serving: Option<String>,
}

/// The cause, and what else is wrong. What is left and what to do about that says who decides on a rollback.
pub fn failed(name: &str, wording: Wording<'_>, seen: Seen<'_>, end: End) -> Error {
    let Seen { tracks, others, serving } = seen;
    let late = match end {
        End::Late(deadline) => Some(deadline),
        End::Failed | End::Broken => None,
    };
    let open = worst_first(tracks);
    let failed_other = others.failed().filter(|_| open.first().is_none_or(|track| !track.is_failed()));
    let (kind, ended) = match late.filter(|_| failed_other.is_none()) {
        Some(deadline) => (Kind::TimedOut, format!("{} within {}", wording.late, seconds(deadline))),
        None if end == End::Broken => {
            let is_probed = open.first().is_none_or(|worst| worst.applied.is_probed());
            (Kind::RolloutFailed, fell(is_probed).to_owned())
        }
        None => (Kind::RolloutFailed, wording.failed.to_owned()),
    };
    let error = match (open.first(), failed_other.or_else(|| others.open())) {
        (Some(worst), other) if failed_other.is_none() || other.is_none() => {
            let subject = match wording.subject {
                Some(subject) => subject.to_owned(),
                None if tracks.len() == 1 => worst.applied.name().to_owned(),
                None => object(&worst.applied),
            };
            of_workload(kind, &format!("{subject} {ended}"), worst, late)
        }
        (_, Some((object, missing))) => {
            Error::new(kind, format!("{object} {ended}: {missing}")).at(object).reason(Reason::NotReady)
        }
        _ => Error::new(kind, format!("{name} {ended}")).reason(Reason::DeadlineExceeded),
    };
    let rest = open.iter().skip(usize::from(failed_other.is_none()));
    let rest: Vec<String> = rest
        .map(|track| track.row().line())
        .chain(others.rows().filter(|row| !row.is_ready()).map(|row| row.line()))
        .collect();
    let mut error = rest.iter().take(OTHERS).fold(error, |error, line| error.detail(format!("also not ready: {line}")));
    if rest.len() > OTHERS {
        error = error.detail(format!("and {} more are not ready", rest.len() - OTHERS));
    }
    error = serving.into_iter().fold(error, Error::detail);
    match late {
        Some(_) => error.hint(wording.more_time),
        None => error,
    }
}

/// Without a probe it was ready with its start, and nobody knows whether it ever worked.
pub fn fell(probed: bool) -> &'static str {
    if probed { "became ready and did not stay so" } else { "started and did not stay up" }
}

fn of_workload(kind: Kind, end: &str, track: &Tracked, late: Option<Duration>) -> Error {
    let mut error = caused(kind, end, &track.applied, &track.assessment);
    if late.is_some() {
        error.details.extend(waiting(&track.assessment.replicas));
    }
    error
}

/// `end`, with the causes that were found.
pub fn caused(kind: Kind, end: &str, workload: &Workload, assessment: &Assessment) -> Error {
    let mut error = match assessment.findings.first() {
        Some(finding) => {
            let error = Error::new(kind, format!("{end}: {}", finding.what)).at(&finding.object);
            let error = finding.evidence.iter().fold(error, Error::detail).detail(finding.how_sure());
            error.hint(&finding.hint).reason(finding.reason.clone())
        }
        None => Error::new(kind, end).at(workload.describe()).reason(Reason::DeadlineExceeded),
    };
    for other in assessment.findings.iter().skip(1) {
        error = error.detail(format!("also: {} ({})", other.what, other.object));
    }
    error
}

/// `Deployment payments-api`
fn object(workload: &Workload) -> String {
    format!("{} {}", workload.kind(), workload.name())
}

/// Someone removed it while plat was watching.
pub fn deleted(workload: &Workload) -> Error {
    if workload.removes_itself() {
        let what = format!("{} is gone, and nothing that is left of it tells how it ended", workload.name());
        return Error::new(Kind::RolloutFailed, what)
            .at(workload.describe())
            .hint("a larger ttlSecondsAfterFinished keeps it until that is seen; or someone deleted it")
            .reason(Reason::Deleted);
    }
    Error::new(Kind::RolloutFailed, format!("{} was deleted while it was being rolled out", workload.name()))
        .at(workload.describe())
        .hint("deploy again when whoever deleted it is done")
        .reason(Reason::Deleted)
}
