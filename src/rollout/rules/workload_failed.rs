//! The controller's own last word: a Job that failed, a bare pod that has ended.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::KEEPS_ITS_LOG;
use crate::rollout::model::{Cause, Graces, Remedy, Workload};
use crate::rollout::readiness::job_condition;
use crate::rollout::text::{escape, escape_line, is_log, log_tail};
use crate::rollout::view::RolloutView;

pub(super) const RULE: Rule = Rule {
    name: "workload_failed",
    class: Class::summary("WorkloadFailed"),
    pages: &["jobs.md"],
    check: Check::Rollout(check),
};

fn check(view: &RolloutView, _: &Graces) -> Option<Symptom> {
    let (reason, what, message) = match view.workload {
        Workload::Job(job) => job_failed(job)?,
        Workload::Pod(pod) => pod_failed(pod)?,
        _ => return None,
    };
    let (namespace, argument) = (escape(view.namespace()), escape(&view.workload.argument()));
    let mut evidence = vec![escape_line(&message)];
    // The controller may have deleted the pods by now; what was fetched of their logs before still tells.
    let last = view.snapshot.logs.iter().filter(|log| is_log(&log.text)).max_by_key(|log| log.request.restarts);
    let is_late = reason == Reason::DeadlineExceeded;
    if let Some(log) = last.filter(|_| is_late || view.pods.is_empty()) {
        evidence.push(format!("the end of the log of its pod {}:", escape(&log.request.pod)));
        evidence.extend(log_tail(&log.text));
    }
    let finding = Cause {
        reason,
        what,
        object: view.object(),
        evidence,
        hint: if let Some(deadline) = deadline(view.workload).filter(|_| is_late) {
            deadline
        } else if takes_its_pod_away(view.workload) {
            Remedy::look(format!("its pod and log go with it; {KEEPS_ITS_LOG}"))
        } else {
            Remedy::look(format!("see what it wrote: kubectl -n {namespace} logs {argument} --all-containers"))
        },
    };
    Some(Symptom::new(finding, Proof::Immediate("its controller has given it up")))
}

/// Of a Job the deadline may be the pods' own; of a pod there are no others.
fn deadline(workload: &Workload) -> Option<Remedy> {
    let raise = "raise activeDeadlineSeconds if it only needs longer";
    if let Workload::Job(job) = workload
        && let Some(spec) = job.spec.as_ref().filter(|spec| spec.active_deadline_seconds.is_some())
    {
        let gone = Remedy::look("its running pods are ended with it, and their logs gone");
        return Some(Remedy::given(spec, raise).and(Some(gone)));
    }
    let spec = workload.pod_spec().filter(|spec| spec.active_deadline_seconds.is_some())?;
    Some(Remedy::given(spec, raise))
}

fn takes_its_pod_away(workload: &Workload) -> bool {
    let Workload::Job(job) = workload else { return false };
    let pod = job.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    pod.and_then(|pod| pod.restart_policy.as_deref()) == Some("OnFailure")
}

/// The reasons are those of `pkg/apis/batch/types.go`.
fn job_failed(job: &Job) -> Option<(Reason, String, String)> {
    let (reason, message) = job_condition(job, "Failed").or_else(|| job_condition(job, "FailureTarget"))?;
    let spec = job.spec.clone().unwrap_or_default();
    let what = match reason {
        "BackoffLimitExceeded" => match spec.backoff_limit.unwrap_or(6) {
            0 => "the Job failed, and is not to be tried again (backoffLimit 0)".to_owned(),
            limit => format!("the Job failed more often than its backoffLimit of {limit} allows"),
        },
        "DeadlineExceeded" => format!(
            "the Job was not done within its activeDeadlineSeconds of {}",
            spec.active_deadline_seconds.unwrap_or_default()
        ),
        "PodFailurePolicy" => "the Job failed with what its podFailurePolicy does not try again".to_owned(),
        _ => "the Job failed".to_owned(),
    };
    Some((Reason::from(escape(reason)), what, message.to_owned()))
}

fn pod_failed(pod: &Pod) -> Option<(Reason, String, String)> {
    let status = pod.status.as_ref().filter(|status| status.phase.as_deref() == Some("Failed"))?;
    let reason = status.reason.as_deref().map_or(Reason::PodFailed, |reason| Reason::from(escape(reason)));
    let message = status.message.clone().unwrap_or_else(|| "its phase is Failed".to_owned());
    Some((reason, "the pod has failed and is not started again".to_owned(), message))
}
