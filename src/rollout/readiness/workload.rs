//! What a workload still lacks until it is complete, from the object alone: the rules of `kubectl rollout status`
//! (`kubectl/pkg/polymorphichelpers/rollout_status.go`) and, where it has none, of kstatus (sigs.k8s.io/cli-utils).

use k8s_openapi::api::apps::v1::{DaemonSet, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;

use super::deployment;
use super::missing::Missing;
use crate::rollout::model::{Status, Workload};

impl Workload {
    /// The status from the object alone, so an apply's response is enough.
    #[must_use]
    pub fn status(&self) -> Status {
        match missing(self) {
            // What has run to its end stays so while it is removed, as by `ttlSecondsAfterFinished`.
            Missing::Nothing if self.has_run() => Status::Current,
            Missing::Failed(_) if self.has_run() => Status::Failed,
            _ if self.metadata().deletion_timestamp.is_some() => Status::Terminating,
            Missing::Failed(_) => Status::Failed,
            Missing::Something(_) => Status::InProgress,
            Missing::Nothing => Status::Current,
        }
    }

    /// Whether it has run to its end, well or not: nothing changes about that any more.
    #[must_use]
    pub fn has_run(&self) -> bool {
        match self {
            Self::Job(job) => ["Complete", "Failed"].iter().any(|of| job_condition(job, of).is_some()),
            Self::Pod(pod) => {
                let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
                matches!(phase, Some("Succeeded" | "Failed"))
            }
            _ => false,
        }
    }

    /// What is still missing, in one line, or why its controller gave up; none when it is complete.
    #[must_use]
    pub fn waits_for(&self) -> Option<String> {
        match missing(self) {
            Missing::Nothing => None,
            Missing::Something(what) | Missing::Failed(what) => Some(what),
        }
    }
}

fn missing(workload: &Workload) -> Missing {
    match workload {
        Workload::Deployment(deployment) => deployment::missing(deployment),
        Workload::StatefulSet(set) => stateful_set_waits_for(set).into(),
        Workload::DaemonSet(set) => daemon_set_waits_for(set).into(),
        Workload::ReplicaSet(set) => replica_set_waits_for(set).into(),
        Workload::Job(job) => job_lacks(job),
        // Its Jobs run when their time comes.
        Workload::CronJob(_) => Missing::Nothing,
        Workload::Pod(pod) => pod_lacks(pod),
    }
}

fn stateful_set_waits_for(set: &StatefulSet) -> Option<String> {
    let spec = set.spec.clone().unwrap_or_default();
    let status = set.status.clone().unwrap_or_default();
    if set.metadata.generation > status.observed_generation {
        return Some("the StatefulSet controller has not seen the change yet".to_owned());
    }
    let desired = spec.replicas.unwrap_or(1);
    let ready = status.ready_replicas.unwrap_or(0);
    if ready < desired {
        return Some(format!("{ready} of {desired} replicas are ready"));
    }
    if status.replicas > desired {
        return Some(format!("{} replicas too many are still there", status.replicas - desired));
    }
    let strategy = spec.update_strategy.unwrap_or_default();
    if strategy.type_.as_deref() == Some("OnDelete") {
        // Old pods stay until someone deletes them: that is what was asked for.
        return None;
    }
    let partition = strategy.rolling_update.and_then(|update| update.partition).unwrap_or(0);
    if partition > 0 {
        let (updated, due) = (status.updated_replicas.unwrap_or(0), desired - partition);
        return (updated < due).then(|| format!("{updated} of {due} replicas above the partition are updated"));
    }
    (status.update_revision != status.current_revision || status.current_replicas.is_some_and(|n| n < desired))
        .then(|| format!("{} of {desired} replicas are updated", status.updated_replicas.unwrap_or(0)))
}

fn daemon_set_waits_for(set: &DaemonSet) -> Option<String> {
    let status = set.status.clone().unwrap_or_default();
    if set.metadata.generation > status.observed_generation {
        return Some("the DaemonSet controller has not seen the change yet".to_owned());
    }
    let desired = status.desired_number_scheduled;
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref()?.type_.as_deref());
    let updated = status.updated_number_scheduled.unwrap_or(0);
    if strategy != Some("OnDelete") && updated < desired {
        return Some(format!("{updated} of {desired} pods are updated"));
    }
    let available = status.number_available.unwrap_or(0).min(status.number_ready);
    (available < desired).then(|| format!("{available} of {desired} pods are available"))
}

fn replica_set_waits_for(set: &ReplicaSet) -> Option<String> {
    let status = set.status.clone().unwrap_or_default();
    if set.metadata.generation > status.observed_generation {
        return Some("the ReplicaSet controller has not seen the change yet".to_owned());
    }
    let desired = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    if status.conditions.iter().flatten().any(|c| c.type_ == "ReplicaFailure" && c.status == "True") {
        return Some("a pod cannot be created or deleted (ReplicaFailure)".to_owned());
    }
    let available = status.available_replicas.unwrap_or(0).min(status.ready_replicas.unwrap_or(0));
    if available < desired {
        return Some(format!("{available} of {desired} replicas are available"));
    }
    (status.replicas > desired).then(|| format!("{} replicas too many are still there", status.replicas - desired))
}

/// The condition of this type that is true, as (reason, message).
pub(in crate::rollout) fn job_condition<'j>(job: &'j Job, of: &str) -> Option<(&'j str, &'j str)> {
    let conditions = job.status.as_ref()?.conditions.as_deref()?;
    let condition = conditions.iter().find(|condition| condition.type_ == of && condition.status == "True")?;
    let text = |text: &'j Option<String>| text.as_deref().unwrap_or_default();
    Some((text(&condition.reason), text(&condition.message)))
}

/// kstatus takes a Job that runs for current; who deploys one wants to know how it ends.
fn job_lacks(job: &Job) -> Missing {
    // `FailureTarget` comes before `Failed`, while the pods are being ended (KEP-3939).
    if let Some((reason, message)) = job_condition(job, "Failed").or_else(|| job_condition(job, "FailureTarget")) {
        return Missing::Failed(if message.is_empty() { reason.to_owned() } else { message.to_owned() });
    }
    if job_condition(job, "Complete").is_some() || job_condition(job, "Suspended").is_some() {
        return Missing::Nothing;
    }
    let status = job.status.clone().unwrap_or_default();
    if status.start_time.is_none() {
        return Missing::Something("the Job has not started yet".to_owned());
    }
    let desired = job.spec.as_ref().and_then(|spec| spec.completions).unwrap_or(1);
    Missing::Something(format!("{} of {desired} runs are complete", status.succeeded.unwrap_or(0)))
}

/// kstatus takes a pod that failed for current, because it does not change any more; to who applied it, it failed.
fn pod_lacks(pod: &Pod) -> Missing {
    let status = pod.status.clone().unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    match status.phase.as_deref() {
        Some("Succeeded") => Missing::Nothing,
        Some("Failed") => {
            Missing::Failed(status.message.or(status.reason).unwrap_or_else(|| "a container failed".to_owned()))
        }
        Some("Running") if conditions.iter().any(|c| c.type_ == "Ready" && c.status == "True") => Missing::Nothing,
        Some("Running") => Missing::Something("the pod runs and is not ready".to_owned()),
        Some(phase) => Missing::Something(format!("the pod is {phase}")),
        None => Missing::Something("nobody has seen the pod yet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde::de::DeserializeOwned;

    fn waits_for<K: DeserializeOwned + Into<Workload>>(text: &str) -> Option<String> {
        serde_yaml::from_str::<K>(text).expect("valid YAML").into().waits_for()
    }

    #[rstest]
    #[case::no_status_yet("{}", Some("the StatefulSet controller has not seen the change yet"))]
    #[case::not_ready(
        "{observedGeneration: 2, replicas: 3, readyReplicas: 1, currentRevision: a, updateRevision: a}",
        Some("1 of 3 replicas are ready")
    )]
    #[case::not_updated(
        "{observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}",
        Some("1 of 3 replicas are updated")
    )]
    #[case::complete(
        "{observedGeneration: 2, replicas: 3, readyReplicas: 3, currentRevision: b, updateRevision: b}",
        None
    )]
    fn a_stateful_set_is_ready_when_all_are_updated(#[case] status: &str, #[case] expected: Option<&str>) {
        let text = format!(
            "metadata: {{generation: 2}}\nspec: {{replicas: 3, selector: {{}}, template: {{}}}}\nstatus: {}",
            if status == "{}" { "{replicas: 0}" } else { status }
        );
        assert_eq!(waits_for::<StatefulSet>(&text).as_deref(), expected);
    }

    #[rstest]
    #[case::partition("{type: RollingUpdate, rollingUpdate: {partition: 2}}", None)]
    #[case::larger_part(
        "{type: RollingUpdate, rollingUpdate: {partition: 1}}",
        Some("1 of 2 replicas above the partition are updated")
    )]
    #[case::on_delete("{type: OnDelete}", None)]
    fn a_stateful_set_may_keep_old_pods_on_purpose(#[case] strategy: &str, #[case] expected: Option<&str>) {
        let text = format!(
            "metadata: {{generation: 2}}\nspec: {{replicas: 3, updateStrategy: {strategy}, selector: {{}}, template: {{}}}}\n\
             status: {{observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}}"
        );
        assert_eq!(waits_for::<StatefulSet>(&text).as_deref(), expected);
    }

    #[rstest]
    #[case::no_status_yet(1, 0, 0, 0, Some("the DaemonSet controller has not seen the change yet"))]
    #[case::not_updated(2, 3, 1, 3, Some("1 of 3 pods are updated"))]
    #[case::not_available(2, 3, 3, 2, Some("2 of 3 pods are available"))]
    #[case::complete(2, 3, 3, 3, None)]
    #[case::no_node_fits(2, 0, 0, 0, None)]
    fn a_daemon_set_is_ready_when_all_are_available(
        #[case] observed: i64,
        #[case] wanted: i32,
        #[case] updated: i32,
        #[case] available: i32,
        #[case] expected: Option<&str>,
    ) {
        let text = format!(
            "metadata: {{generation: 2}}\nspec: {{selector: {{}}, template: {{}}}}\n\
             status: {{observedGeneration: {observed}, desiredNumberScheduled: {wanted}, updatedNumberScheduled: {updated}, \
             numberAvailable: {available}, currentNumberScheduled: {wanted}, numberMisscheduled: 0, numberReady: {available}}}"
        );
        assert_eq!(waits_for::<DaemonSet>(&text).as_deref(), expected);
    }
}
