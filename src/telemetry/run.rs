//! One recorded execution of a command, as it is kept, sent and reported on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One run. Times are wall-clock milliseconds from its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: Uuid,
    /// `new`, `deploy` or `time`.
    pub command: String,
    pub started_at: Timestamp,
    pub duration_ms: f64,
    pub outcome: Outcome,
    /// Kubernetes' own reason (`ImagePullBackOff`) or plat's word for a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub phases: Vec<Phase>,
    pub facts: Facts,
    pub plat_version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Success,
    /// The user can mend it.
    Failure,
    /// Kubernetes could not bring it up.
    RolloutFailed,
    TimedOut,
    Interrupted,
    /// plat's own bug.
    Error,
}

/// A timed step: connect, build, push, preflight, apply, schedule, pull, start, ready, bake. Phases may overlap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    pub name: String,
    pub start_ms: f64,
    pub duration_ms: f64,
}

/// What a run was about. No arguments, no environment variables, no free text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The tool that made the change: `plat`, or the program that `plat time` ran (`kubectl`, `helm`).
    pub arm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Whether the workload did not exist before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<bool>,
    /// Whether the pods were replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    /// Digest of the image that was deployed; runs are compared per digest where it is a benchmark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<String>,
    /// The template of `plat new`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// A name that groups runs of one comparison (`try-20261122-…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}
