//! Replaces pods, and none before its successor is ready.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::context::Context;
use super::model::Manifest;
use super::pod;
use super::program::Program;
use crate::spec::Spec;

/// Seconds without progress after which Kubernetes calls the rollout failed; plat's own deadline has the same
/// default.
pub(super) const ROLLOUT_DEADLINE: u32 = 300;

/// Up to this many replicas all new pods start at once: a rollout then takes as long as one pod.
const AT_ONCE: u32 = 4;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let spec = context.spec;
    if spec.ends() {
        return None;
    }
    let replicas = (!context.is_scaled()).then(|| spec.replicas().min());
    Some(Manifest::of(&Deployment {
        metadata: context.metadata(),
        spec: Some(DeploymentSpec {
            replicas: replicas.and_then(|n| i32::try_from(n).ok()),
            selector: context.selector(),
            strategy: strategy(spec),
            progress_deadline_seconds: deadline(spec),
            template: pod::template(&Program::of_service(context)),
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    }))
}

/// New pods come beside the old ones. A pod of the new revision would wait for ever for a volume that a pod of the old one holds
/// on another node, so there the old one goes first.
fn strategy(spec: &Spec) -> Option<DeploymentStrategy> {
    if spec.has_single_node_volume() {
        return Some(DeploymentStrategy { type_: Some("Recreate".to_owned()), rolling_update: None });
    }
    spec.adds_defaults().then(|| DeploymentStrategy {
        type_: Some("RollingUpdate".to_owned()),
        rolling_update: Some(RollingUpdateDeployment {
            max_surge: Some(IntOrString::String(
                if spec.replicas().max() <= AT_ONCE { "100%" } else { "25%" }.to_owned(),
            )),
            max_unavailable: Some(IntOrString::Int(0)),
        }),
    })
}

fn deadline(spec: &Spec) -> Option<i32> {
    let default = spec.adds_defaults().then_some(ROLLOUT_DEADLINE);
    spec.deadline.rollout.or(default).and_then(|seconds| i32::try_from(seconds).ok())
}
