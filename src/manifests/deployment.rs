//! Replaces pods one after the other, and none before its successor is ready.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Context, Manifest, pod};

/// Seconds without progress after which Kubernetes calls the rollout failed; plat's own deadline has the same
/// default.
const ROLLOUT_DEADLINE: u32 = 300;

pub(super) fn render(context: &Context) -> Manifest {
    let spec = context.spec;
    let replicas = (!context.is_scaled()).then(|| spec.replicas().min());
    Manifest::of(&Deployment {
        metadata: context.metadata(),
        spec: Some(DeploymentSpec {
            replicas: replicas.and_then(|n| i32::try_from(n).ok()),
            selector: context.selector(),
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".to_owned()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_surge: Some(IntOrString::String("25%".to_owned())),
                    max_unavailable: Some(IntOrString::Int(0)),
                }),
            }),
            progress_deadline_seconds: i32::try_from(spec.deadline.rollout.unwrap_or(ROLLOUT_DEADLINE)).ok(),
            template: pod::template(context),
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    })
}
