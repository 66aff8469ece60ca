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
    /// Until it was over: of `time`, until its workloads were ready.
    pub duration_ms: f64,
    /// Until the tool had ended and its user had the prompt back; an older plat does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_ms: Option<f64>,
    pub outcome: Outcome,
    /// Kubernetes' own reason (`ImagePullBackOff`) or plat's word for a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub phases: Vec<Phase>,
    pub facts: Facts,
    pub plat_version: String,
}

/// Of a run and of each of its times; in milliseconds: 30 days.
const LONGEST: f64 = 30.0 * 24.0 * 3_600_000.0;
/// Of a name; in bytes. Kubernetes' own are 63 or 253.
const LONGEST_NAME: usize = 256;
const MOST_PHASES: usize = 256;

impl Run {
    /// Whether it can have been: an endpoint takes runs of anybody.
    ///
    /// # Errors
    /// The sentence that says what cannot.
    pub fn check(&self) -> Result<(), String> {
        let phases = self.phases.iter().flat_map(|phase| [phase.start_ms, phase.duration_ms]);
        let mut times = phases.chain([self.duration_ms]).chain(self.prompt_ms);
        if let Some(time) = times.find(|time| !(0.0..=LONGEST).contains(time)) {
            return Err(format!("{time} ms is no time that a run takes"));
        }
        if self.phases.len() > MOST_PHASES {
            return Err(format!("it has more than {MOST_PHASES} phases"));
        }
        let Facts { arm, service, namespace, environment, image_digest, template, group, .. } = &self.facts;
        let optional = [&self.reason, service, namespace, environment, image_digest, template, group];
        let names = optional.into_iter().flatten().chain([&self.command, arm, &self.plat_version]);
        let mut names = names.chain(self.phases.iter().map(|phase| &phase.name));
        if names.any(|name| name.len() > LONGEST_NAME) {
            return Err(format!("a name has more than {LONGEST_NAME} bytes"));
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Success,
    /// The user can fix it.
    Failure,
    /// Kubernetes could not bring it up.
    RolloutFailed,
    TimedOut,
    Interrupted,
    /// plat's own bug.
    Error,
}

impl Outcome {
    /// The word of the JSON format, for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::RolloutFailed => "rollout_failed",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
            Self::Error => "error",
        }
    }
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

#[cfg(test)]
impl Run {
    /// A first deploy by plat that became ready in 1.5 s.
    pub(crate) fn for_tests() -> Self {
        Self {
            id: Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0001),
            command: "deploy".to_owned(),
            started_at: "2026-11-22T10:00:00Z".parse().expect("a time"),
            duration_ms: 1500.0,
            prompt_ms: Some(1500.0),
            outcome: Outcome::Success,
            reason: None,
            phases: vec![Phase { name: "apply".to_owned(), start_ms: 100.0, duration_ms: 50.0 }],
            facts: Facts {
                arm: "plat".to_owned(),
                service: Some("payments-api".to_owned()),
                namespace: Some("shop".to_owned()),
                first: Some(true),
                changed: Some(true),
                image_digest: Some("sha256:0123abcd".to_owned()),
                ..Facts::default()
            },
            plat_version: "0.1.0".to_owned(),
        }
    }
}
