//! The readiness rule of a Deployment: `kubectl rollout status` (`DeploymentStatusViewer`, kubectl/pkg/polymorphichelpers)
//! and kstatus agree on it. kube's own `is_deployment_completed` ignores `observedGeneration` and is true too early.

use k8s_openapi::api::apps::v1::Deployment;

use super::missing::Missing;

/// What is still missing, or that the controller gave up.
pub(super) fn missing(deployment: &Deployment) -> Missing {
    match progress_deadline_exceeded(deployment) {
        Some(message) if observed(deployment) => Missing::Failed(message.to_owned()),
        _ => waits_for(deployment).into(),
    }
}

/// What is still missing, in one line; none when the rollout is complete.
fn waits_for(deployment: &Deployment) -> Option<String> {
    if !observed(deployment) {
        return Some("the Deployment controller has not seen the change yet".to_owned());
    }
    // The API server's default is 1.
    let desired = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    let status = deployment.status.clone().unwrap_or_default();
    let replicas = status.replicas.unwrap_or(0);
    let updated = status.updated_replicas.unwrap_or(0);
    let available = status.available_replicas.unwrap_or(0);
    if updated < desired {
        Some(format!("{updated} of {desired} replicas are updated"))
    } else if replicas > updated {
        Some(format!("{} old replicas are still there", replicas - updated))
    } else if available < updated {
        Some(format!("{available} of {updated} updated replicas are available"))
    } else {
        let conditions = status.conditions.unwrap_or_default();
        let is_false = |of: &str| conditions.iter().any(|c| c.type_ == of && c.status == "False");
        ["Available", "Progressing"].into_iter().find(|of| is_false(of)).map(|of| format!("condition {of} is False"))
    }
}

/// The controller's message when `progressDeadlineSeconds` passed.
pub(in crate::rollout) fn progress_deadline_exceeded(deployment: &Deployment) -> Option<&str> {
    let conditions = deployment.status.as_ref()?.conditions.as_deref()?;
    conditions
        .iter()
        .find(|c| c.type_ == "Progressing" && c.reason.as_deref() == Some("ProgressDeadlineExceeded"))
        .map(|c| c.message.as_deref().unwrap_or_default())
}

/// Without this an old status would be taken for the answer to a new spec.
pub(super) fn observed(deployment: &Deployment) -> bool {
    let seen = deployment.status.as_ref().and_then(|status| status.observed_generation);
    deployment.metadata.generation <= seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::{Status, Workload};
    use rstest::rstest;

    const SPEC: &str = "metadata: {generation: 2}\nspec: {replicas: 3}\nstatus: ";

    #[rstest]
    #[case::no_status_yet("{}", Status::InProgress)]
    #[case::old_status(
        "{observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3}",
        Status::InProgress
    )]
    #[case::too_few_updated(
        "{observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 3}",
        Status::InProgress
    )]
    #[case::old_ones_left(
        "{observedGeneration: 2, replicas: 4, updatedReplicas: 3, availableReplicas: 4}",
        Status::InProgress
    )]
    #[case::not_available(
        "{observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 2}",
        Status::InProgress
    )]
    #[case::complete("{observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3}", Status::Current)]
    #[case::deadline(
        "{observedGeneration: 2, replicas: 3, updatedReplicas: 3, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}",
        Status::Failed
    )]
    #[case::deadline_of_the_previous_generation(
        "{observedGeneration: 1, replicas: 3, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}",
        Status::InProgress
    )]
    fn status_follows_kubectl_rollout_status(#[case] status_text: &str, #[case] expected: Status) {
        let deployment: Deployment = serde_yaml::from_str(&format!("{SPEC}{status_text}")).expect("valid YAML");
        assert_eq!(Workload::from(deployment).status(), expected);
    }

    #[test]
    fn a_deployment_scaled_to_zero_is_complete() {
        let text = "metadata: {generation: 1}\nspec: {replicas: 0}\nstatus: {observedGeneration: 1}";
        let deployment: Deployment = serde_yaml::from_str(text).expect("valid YAML");
        assert_eq!(Workload::from(deployment).status(), Status::Current);
    }
}
