//! Runs once, to its end. What it runs cannot be changed afterwards, so each revision is a Job of its own.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use sha2::{Digest, Sha256};

use super::context::Context;
use super::deployment::ROLLOUT_DEADLINE;
use super::digest::hex;
use super::model::Manifest;
use super::pod;
use super::program::Program;
use crate::spec::Kind;

/// Attempts after the first.
const RETRIES: u32 = 3;
/// The job controller labels the pods with the name of their Job.
const LONGEST_NAME: usize = 63;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let spec = context.spec;
    if spec.kind != Kind::Job {
        return None;
    }
    let default = spec.deadline.rollout.or(spec.adds_defaults().then_some(ROLLOUT_DEADLINE));
    let timeout = spec.timeout.or(default);
    Some(Manifest::of(&Job {
        metadata: context.metadata(),
        spec: Some(self::spec(&Program::of_service(context), timeout, spec.retries)),
        ..Job::default()
    }))
}

/// A pod that failed stays, with its log, and the next attempt is another pod.
pub(super) fn spec(program: &Program, timeout: Option<u32>, retries: Option<u32>) -> JobSpec {
    let retries = retries.or(program.adds_defaults.then_some(RETRIES));
    JobSpec {
        backoff_limit: retries.and_then(|retries| i32::try_from(retries).ok()),
        active_deadline_seconds: timeout.map(i64::from),
        template: pod::template(program),
        ..JobSpec::default()
    }
}

/// Names a Job after what it runs, however that was patched.
pub(super) fn named_by_content(mut job: Manifest) -> Manifest {
    let hash = hex(&Sha256::digest(job.body["spec"].to_string()));
    let name = with_hash(&job.name, "", &hash);
    job.body["metadata"]["name"] = name.clone().into();
    Manifest { name, ..job }
}

/// `payments-api-before-1a2b3c4d`, with the service's name cut where it would be too long.
pub(super) fn with_hash(service: &str, what: &str, hash: &str) -> String {
    let end = format!("{what}-{}", &hash[..8]);
    let start = &service[..service.len().min(LONGEST_NAME - end.len())];
    format!("{}{end}", start.trim_end_matches('-'))
}
