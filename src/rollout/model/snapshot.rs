//! What is known of one rollout at one moment.

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Event, Pod};
use serde::{Deserialize, Serialize};

use super::lookup::LookupRecord;
use super::workload::Workload;

/// What is known of one rollout at one moment. Objects of older revisions may be among them: they are told apart here.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Snapshot {
    /// By its kind: `deployment:`, `statefulSet:` …
    #[serde(flatten)]
    pub workload: Workload,
    /// Those of a Deployment.
    pub replica_sets: Vec<ReplicaSet>,
    pub pods: Vec<Pod>,
    pub events: Vec<Event>,
    /// What [`Assessment::needs_logs`](crate::rollout::Assessment::needs_logs) asked for so far.
    pub logs: Vec<Log>,
    /// What [`Assessment::needs_lookups`](crate::rollout::Assessment::needs_lookups) asked for; the newest record of a
    /// look-up counts.
    pub lookups: Vec<LookupRecord>,
    /// What else of the same set is on its way and has not ended: a program may need it to start.
    pub unfinished: Vec<String>,
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
