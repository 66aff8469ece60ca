//! One object that runs pods, in short: enough to see that it changed and when it was ready.

use std::hash::{DefaultHasher, Hash, Hasher};

use k8s_openapi::api::core::v1::PodTemplateSpec;

use super::deployment::observed;
use super::held_back::HeldBack;
use crate::rollout::model::{Status, Workload};

/// One object that runs pods, as far as readiness goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadSummary {
    pub kind: &'static str,
    pub namespace: String,
    pub name: String,
    pub uid: String,
    /// Raised by the API server whenever the spec changes, and for a Deployment when only an annotation does.
    pub generation: i64,
    /// A hash of the pod template: another one means other pods. Comparable within this process only.
    pub template: u64,
    /// The digest in the image of its first container, when it is pinned by one.
    pub digest: Option<String>,
    pub status: Status,
    /// What keeps a new template from its pods.
    pub held_back: Option<HeldBack>,
    /// It has run to its end, well or not.
    pub has_run: bool,
    /// What is still missing, in one line; none when it is complete.
    pub waits_for: Option<String>,
}

impl WorkloadSummary {
    #[must_use]
    pub fn of(workload: &Workload) -> Self {
        let metadata = workload.metadata();
        let container = workload.pod_spec().and_then(|pod| pod.containers.first());
        let image = container.and_then(|container| container.image.as_deref());
        Self {
            kind: workload.kind(),
            namespace: metadata.namespace.clone().unwrap_or_default(),
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone().unwrap_or_default(),
            generation: metadata.generation.unwrap_or_default(),
            template: hash(workload.template()),
            digest: image.and_then(|image| Some(image.split_once('@')?.1.to_owned())),
            status: status(workload),
            held_back: workload.held_back(),
            has_run: workload.has_run(),
            waits_for: workload.waits_for(),
        }
    }

    /// `Deployment shop/payments-api`
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// Its status; nobody rolls a paused Deployment out, so nobody has to wait for that.
fn status(workload: &Workload) -> Status {
    match workload {
        Workload::Deployment(deployment) if workload.held_back().is_some() && observed(deployment) => Status::Current,
        _ => workload.status(),
    }
}

fn hash(template: Option<&PodTemplateSpec>) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Kubernetes' types have no hash of their own; their JSON is in a fixed order.
    serde_json::to_vec(&template).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::apps::v1::Deployment;

    #[test]
    fn a_deployment_has_the_digest_of_its_image() {
        let text = "metadata: {generation: 1, name: api, namespace: shop}\n\
                    spec: {replicas: 0, selector: {}, template: {spec: {containers: [{name: api, image: 'r/api@sha256:ab'}]}}}\n\
                    status: {observedGeneration: 1}";
        let summary = WorkloadSummary::of(&serde_yaml::from_str::<Deployment>(text).expect("valid YAML").into());
        assert_eq!((summary.status, summary.digest.as_deref()), (Status::Current, Some("sha256:ab")));
        assert_eq!(summary.describe(), "Deployment shop/api");
    }
}
