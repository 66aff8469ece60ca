//! Runs on a schedule, one at a time.

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, JobTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::context::Context;
use super::job;
use super::model::Manifest;
use super::program::Program;
use crate::spec::Kind;

/// Seconds that a run may be late: after that the next one does. Without it a hundred missed runs stop it for ever
/// (`k8s.io/kubernetes/pkg/controller/cronjob/utils.go`).
const LATE: i64 = 300;
/// Seconds that a run may take.
const TIMEOUT: u32 = 3600;
/// Runs whose pods, and logs, are kept.
const HISTORY: i32 = 3;
/// Never the time zone of the machine that the controller happens to run on.
const UTC: &str = "Etc/UTC";

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let spec = context.spec;
    let schedule = spec.schedule.as_ref().filter(|_| spec.kind == Kind::Cron)?;
    let adds_defaults = spec.adds_defaults();
    let timeout = spec.timeout.or(adds_defaults.then_some(TIMEOUT));
    let run = job::spec(&Program::of_service(context), timeout, spec.retries);
    Some(Manifest::of(&CronJob {
        metadata: context.metadata(),
        spec: Some(CronJobSpec {
            schedule: schedule.cron().to_owned(),
            time_zone: schedule.timezone().or(adds_defaults.then_some(UTC)).map(ToOwned::to_owned),
            concurrency_policy: adds_defaults.then(|| "Forbid".to_owned()),
            starting_deadline_seconds: adds_defaults.then_some(LATE),
            successful_jobs_history_limit: adds_defaults.then_some(HISTORY),
            failed_jobs_history_limit: adds_defaults.then_some(HISTORY),
            job_template: JobTemplateSpec {
                metadata: adds_defaults.then(|| ObjectMeta { labels: Some(context.labels()), ..ObjectMeta::default() }),
                spec: Some(run),
            },
            ..CronJobSpec::default()
        }),
        ..CronJob::default()
    }))
}
