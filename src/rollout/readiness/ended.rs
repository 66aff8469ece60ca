//! How a Job ended that is gone (`ttlSecondsAfterFinished`) before anybody saw its end, out of what is left of it.

use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::{Event, Pod};

use crate::rollout::model::Workload;

/// Reasons of the event of a Job that failed: those of its condition (`k8s.io/api`, `batch/v1`).
const FAILED: [&str; 5] =
    ["BackoffLimitExceeded", "DeadlineExceeded", "FailedIndexes", "MaxFailedIndexesExceeded", "PodFailurePolicy"];

impl Workload {
    /// The same with the end that its events or its pods tell of, where it is a Job that shows none.
    #[must_use]
    pub fn with_end(mut self, events: &[Event], pods: &[Pod]) -> Self {
        if self.has_run() {
            return self;
        }
        if let Self::Job(job) = &mut self
            && let Some(end) = end_of(job, events, pods)
        {
            let status = job.status.get_or_insert_default();
            status.conditions.get_or_insert_default().push(end);
        }
        self
    }
}

fn end_of(job: &Job, events: &[Event], pods: &[Pod]) -> Option<JobCondition> {
    let end = |of: &str, reason: &str, message: Option<String>| JobCondition {
        type_: of.to_owned(),
        status: "True".to_owned(),
        reason: Some(reason.to_owned()),
        message,
        ..JobCondition::default()
    };
    let own = events.iter().filter(|event| event.involved_object.uid == job.metadata.uid);
    let mut told = own.filter_map(|event| match event.reason.as_deref()? {
        "Completed" => Some(end("Complete", "Completed", None)),
        reason if FAILED.contains(&reason) => Some(end("Failed", reason, event.message.clone())),
        _ => None,
    });
    let spec = job.spec.as_ref();
    let completions = spec.and_then(|spec| spec.completions).unwrap_or(1);
    let phase = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
    let count = |of: &str| i32::try_from(pods.iter().filter(|pod| phase(pod) == of).count()).unwrap_or(i32::MAX);
    let by_pods = || {
        let retries = spec.and_then(|spec| spec.backoff_limit).unwrap_or(6);
        if count("Succeeded") >= completions {
            Some(end("Complete", "Completed", None))
        } else if count("Failed") > retries {
            Some(end("Failed", FAILED[0], None))
        } else {
            None
        }
    };
    told.next_back().or_else(by_pods)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::Status;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn event(uid: &str, reason: &str) -> Value {
        json!({
            "metadata": {}, "involvedObject": {"kind": "Job", "uid": uid}, "reason": reason,
            "message": "Job has reached the specified backoff limit",
        })
    }

    fn pod(phase: &str) -> Value {
        json!({"metadata": {"name": "p"}, "status": {"phase": phase}})
    }

    #[rstest]
    #[case::complete(json!({}), vec![event("j", "SuccessfulCreate"), event("j", "Completed")], vec![], Status::Current)]
    #[case::failed(json!({}), vec![event("j", "BackoffLimitExceeded")], vec![], Status::Failed)]
    #[case::late(json!({}), vec![event("j", "DeadlineExceeded")], vec![], Status::Failed)]
    #[case::of_another(json!({}), vec![event("k", "Completed")], vec![], Status::InProgress)]
    #[case::nothing(json!({}), vec![event("j", "SuccessfulCreate")], vec![pod("Running")], Status::InProgress)]
    #[case::pods(json!({"completions": 2}), vec![], vec![pod("Succeeded"), pod("Succeeded")], Status::Current)]
    #[case::too_few(json!({"completions": 2}), vec![], vec![pod("Succeeded")], Status::InProgress)]
    #[case::pods_failed(json!({"backoffLimit": 1}), vec![], vec![pod("Failed"), pod("Failed")], Status::Failed)]
    #[case::retried(json!({"backoffLimit": 2}), vec![], vec![pod("Failed"), pod("Failed")], Status::InProgress)]
    fn what_is_left_of_a_job_tells_how_it_ended(
        #[case] spec: Value,
        #[case] events: Vec<Value>,
        #[case] pods: Vec<Value>,
        #[case] expected: Status,
    ) {
        let mut object = json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a", "uid": "j"},
            "spec": {"template": {"spec": {"containers": []}}}, "status": {"startTime": "2026-11-23T10:00:00Z"},
        });
        spec.as_object().into_iter().flatten().for_each(|(key, value)| object["spec"][key] = value.clone());
        let job = Workload::read(&object).expect("a Job");
        let events: Vec<Event> = serde_json::from_value(Value::Array(events)).expect("events");
        let pods: Vec<Pod> = serde_json::from_value(Value::Array(pods)).expect("pods");
        assert_eq!(job.with_end(&events, &pods).status(), expected);
    }
}
