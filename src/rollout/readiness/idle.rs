//! What is complete although nothing of it runs: it was asked for, and may be meant; it is worth a word.

use k8s_openapi::api::core::v1::PodSpec;

use crate::rollout::model::Workload;
use crate::text::foreign_line;

impl Workload {
    /// Why nothing of it runs; none where something does, or ran to its end.
    #[must_use]
    pub fn idle(&self) -> Option<String> {
        let object = self.describe();
        match self {
            Self::DaemonSet(set) if set.status.as_ref().is_some_and(|status| status.desired_number_scheduled == 0) => {
                let chosen = self.pod_spec().map(chooses).unwrap_or_default();
                Some(format!("{object} wants 0 pods: no node fits it{chosen}"))
            }
            Self::Job(job) if job.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true)) => {
                Some(format!("{object} is suspended, so it does not run"))
            }
            Self::CronJob(cron) if cron.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true)) => {
                Some(format!("{object} is suspended, so it does not run"))
            }
            Self::Deployment(_) | Self::StatefulSet(_) | Self::ReplicaSet(_) if self.desired() == 0 => {
                Some(format!("{object} asks for 0 replicas, so nothing of it runs"))
            }
            _ => None,
        }
    }
}

/// By what a pod chooses its nodes.
fn chooses(pod: &PodSpec) -> String {
    let labels: Vec<String> = pod.node_selector.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    let mut by = Vec::new();
    if !labels.is_empty() {
        by.push(format!("nodeSelector {}", foreign_line(&labels.join(","), 200)));
    }
    if pod.affinity.as_ref().is_some_and(|affinity| affinity.node_affinity.is_some()) {
        by.push("nodeAffinity".to_owned());
    }
    if by.is_empty() { " (are all nodes tainted?)".to_owned() } else { format!(" ({})", by.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::Value;

    #[rstest]
    #[case::daemon_set(
        "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {spec: {nodeSelector: {gpu: 'yes'}, containers: []}}, selector: {}},
          status: {desiredNumberScheduled: 0, currentNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0}}",
        Some("DaemonSet shop/a wants 0 pods: no node fits it (nodeSelector gpu=yes)")
    )]
    #[case::daemon_set_that_runs(
        "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {}, selector: {}},
          status: {desiredNumberScheduled: 1, currentNumberScheduled: 1, numberMisscheduled: 0, numberReady: 1}}",
        None
    )]
    #[case::job(
        "{apiVersion: batch/v1, kind: Job, spec: {suspend: true, template: {}}}",
        Some("Job shop/a is suspended, so it does not run")
    )]
    #[case::job_that_runs("{apiVersion: batch/v1, kind: Job, spec: {template: {}}}", None)]
    #[case::scaled_to_zero(
        "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 0, template: {}, selector: {}}}",
        Some("Deployment shop/a asks for 0 replicas, so nothing of it runs")
    )]
    #[case::one("{apiVersion: apps/v1, kind: Deployment, spec: {template: {}, selector: {}}}", None)]
    fn what_does_not_run(#[case] text: &str, #[case] expected: Option<&str>) {
        let mut object: Value = serde_yaml::from_str(text).expect("YAML");
        object["metadata"] = serde_json::json!({"name": "a", "namespace": "shop"});
        assert_eq!(Workload::read(&object).expect("a workload").idle().as_deref(), expected);
    }
}
