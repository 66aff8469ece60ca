//! What goes into an assessment and what comes out of it.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use serde::{Deserialize, Serialize};

use super::ask::{Answer, Ask};
use super::object::Object;

/// What is known of one rollout at one moment. Objects of older revisions may be among them: they are told apart here.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Snapshot {
    /// By its kind: `deployment:`, `statefulSet:` …
    #[serde(flatten)]
    pub workload: Object,
    /// Those of a Deployment.
    pub replica_sets: Vec<ReplicaSet>,
    pub pods: Vec<Pod>,
    pub events: Vec<Event>,
    /// Those that the pods name.
    pub claims: Vec<PersistentVolumeClaim>,
    /// What [`Assessment::needs_logs`] asked for so far.
    pub logs: Vec<Log>,
    /// What [`Assessment::asks`] asked for; the newest answer to a question counts.
    pub answers: Vec<Answer>,
}

/// The last lines of one container, wanted as evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogRequest {
    pub pod: String,
    pub container: String,
    /// The instance before the present one (`kubectl logs --previous`). When there is none, ask for the present one:
    /// a container may have restarted since the snapshot.
    pub previous: bool,
    /// The restart count when it was asked: a later instance is a new request.
    pub restarts: i32,
}

/// The answer to a [`LogRequest`]; empty text where the log could not be had, so that it is not asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Log {
    pub request: LogRequest,
    pub text: String,
}

/// kstatus' words (sigs.k8s.io/cli-utils).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    InProgress,
    Current,
    Failed,
    Terminating,
}

/// What a rollout looks like now.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub status: Status,
    /// New pods that are ready; runs that are complete for a Job.
    pub ready: i32,
    /// Replicas that the workload asks for.
    pub wanted: i32,
    /// `2 of 3 replicas are ready`, in the words of the workload's kind.
    pub tally: String,
    /// One line for each new pod.
    pub replicas: Vec<ReplicaLine>,
    /// Causes, each once, the decisive one first.
    pub findings: Vec<Finding>,
    pub verdict: Verdict,
    /// With [`Verdict::Failed`]: when the last evidence was there that it needed, by the clock of `now` or, for an exit,
    /// by the cluster's.
    pub conclusive_at: Option<Timestamp>,
    /// Exits of the new pods' containers so far; during the bake window a higher number means that something broke.
    pub exits: i32,
    /// Logs to fetch. With [`Verdict::Failed`] fetch them and observe once more: the finding then shows them.
    pub needs_logs: Vec<LogRequest>,
    /// Questions to answer through [`Snapshot::answers`].
    pub asks: Vec<Ask>,
}

/// One new pod and what it does or waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ReplicaLine {
    pub pod: String,
    pub state_text: String,
    pub ready: bool,
}

/// One cause. All text is escaped and redacted: it may be printed as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Kubernetes' own string, such as `ErrImagePull`.
    pub reason: String,
    /// One sentence in plain words, without a final full stop.
    pub what: String,
    /// `Pod payments-api-7d9f-abc, container app`
    pub object: String,
    /// Lines of one event, status or log.
    pub evidence: Vec<String>,
    /// What to do next.
    pub hint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Nothing is decided. `gives_up_at`: when it will be `Failed` unless something changes.
    Wait {
        gives_up_at: Option<Timestamp>,
    },
    Ready,
    Failed,
}
