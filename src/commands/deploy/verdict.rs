//! The end of a rollout that did not come to be ready, as an error: cause, evidence, what still runs, what to do.

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;

use super::show::waiting;
use crate::cluster::Cluster;
use crate::error::{Error, Kind};
use crate::rollout::{Assessment, Snapshot};
use crate::ui::seconds;

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

/// The cause, and what else is wrong. What is left, and what to do about that, says who decides on a rollback.
pub fn failed(cluster: &Cluster, assessment: &Assessment, snapshot: &Snapshot, end: End) -> Error {
    let name = snapshot.workload.name().to_owned();
    let (kind, what, reason) = match end {
        End::Late(deadline) => {
            (Kind::TimedOut, format!("{name} was not ready within {}", seconds(deadline)), "DeadlineExceeded")
        }
        End::Failed => (Kind::RolloutFailed, format!("{name} did not become ready"), "RolloutFailed"),
        End::Broken => (Kind::RolloutFailed, format!("{name} became ready and did not stay so"), "Unstable"),
    };
    let mut error = match assessment.findings.first() {
        Some(finding) => {
            let error = Error::new(kind, format!("{what}: {}", finding.what)).at(&finding.object);
            let error = finding.evidence.iter().fold(error, Error::detail);
            error.hint(&finding.hint).reason(&finding.reason)
        }
        None => Error::new(kind, what).at(format!("Deployment {}/{name}", cluster.namespace)).reason(reason),
    };
    for other in assessment.findings.iter().skip(1) {
        error = error.detail(format!("also: {} ({})", other.what, other.object));
    }
    if end != End::Failed {
        error.details.extend(waiting(assessment));
    }
    match end {
        End::Late(_) => error.hint("give it more time with --deadline, or deadline.rollout in plat.yaml"),
        End::Failed | End::Broken => error,
    }
}

/// Somebody removed it while plat was watching.
pub fn deleted(cluster: &Cluster, deployment: &Deployment) -> Error {
    let name = deployment.name_any();
    Error::new(Kind::RolloutFailed, format!("{name} was deleted while it was being rolled out"))
        .at(format!("Deployment {}/{name}", cluster.namespace))
        .hint("deploy again when whoever deleted it is done")
        .reason("Deleted")
}
