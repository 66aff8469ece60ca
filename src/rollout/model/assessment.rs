//! What an observation of a rollout says.

use crate::reason::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lookup::Lookup;
use super::remedy::Remedy;
use super::snapshot::LogRequest;
use super::status::Status;

/// What a rollout looks like now.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub status: Status,
    /// New pods that are ready; runs that are complete for a Job.
    pub ready: i32,
    /// Replicas that the workload asks for.
    pub desired: i32,
    /// `2 of 3 replicas are ready`, in the words of the workload's kind.
    pub tally: String,
    /// One line for each new pod.
    pub replicas: Vec<ReplicaLine>,
    /// Causes, each once, the decisive one first.
    pub findings: Vec<Finding>,
    /// What is wrong with it is that something else does not answer: that comes first, if it is of the same set.
    pub waits_for_another: bool,
    pub verdict: Verdict,
    /// With [`Verdict::Failed`]: when the last evidence was there that it needed, by the clock of `now` or, for an exit,
    /// by the cluster's.
    pub conclusive_at: Option<Timestamp>,
    /// Exits of the new pods' containers so far; during the bake window a higher number means that something broke.
    pub exits: i32,
    /// A container of it ends again and again: nothing else of the set can wait for that.
    pub is_looping: bool,
    /// The ReplicaSet that was refused a pod: its controller waits longer after each refusal, and nothing that makes room
    /// wakes it.
    pub refused: Option<String>,
    /// Logs to fetch. With [`Verdict::Failed`] fetch them and observe once more: the finding then shows them.
    pub needs_logs: Vec<LogRequest>,
    /// Logs that may be gone when the verdict is known: to be read again and again until then.
    pub vanishing_logs: Vec<LogRequest>,
    /// Look-ups to make; their results go into [`Snapshot::lookups`](crate::rollout::Snapshot::lookups).
    pub needs_lookups: Vec<Lookup>,
}

/// One new pod and what it does or waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ReplicaLine {
    pub pod: String,
    pub state_text: String,
    pub ready: bool,
}

/// What a rule says of a symptom. All text is escaped and redacted: it may be printed as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rollout) struct Cause {
    /// Kubernetes' own string, such as `ErrImagePull`.
    pub reason: Reason,
    /// One sentence in plain words, without a final full stop.
    pub what: String,
    /// `Pod payments-api-7d9f-abc, container app`
    pub object: String,
    /// Lines of one event, status or log.
    pub evidence: Vec<String>,
    pub hint: Remedy,
}

/// Whether the rollout can recover from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It cannot.
    Proven,
    /// It was so when the rollout ended for another reason, such as its deadline.
    #[default]
    Likely,
    /// It may.
    Waiting,
}

impl Certainty {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Waiting => "waiting",
        }
    }
}

/// One cause, and how sure it is. All text is escaped and redacted: it may be printed as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Kubernetes' own string, such as `ErrImagePull`.
    pub reason: Reason,
    /// One sentence in plain words, without a final full stop.
    pub what: String,
    /// `Pod payments-api-7d9f-abc, container app`
    pub object: String,
    /// Lines of one event, status or log.
    pub evidence: Vec<String>,
    /// What to do next.
    pub hint: String,
    #[serde(default)]
    pub certainty: Certainty,
    /// Why it is as sure as that.
    #[serde(default)]
    pub because: String,
}

impl Finding {
    /// `proven: it ended for the third time, and nothing else of the set is on its way`
    #[must_use]
    pub fn how_sure(&self) -> String {
        format!("{}: {}", self.certainty.word(), self.because)
    }
}

impl Assessment {
    /// The rollout is over: what was not proven stays likely.
    pub fn conclude(&mut self) {
        for finding in self.findings.iter_mut().filter(|finding| finding.certainty == Certainty::Waiting) {
            finding.certainty = Certainty::Likely;
            "it was so when the rollout ended".clone_into(&mut finding.because);
        }
    }
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
