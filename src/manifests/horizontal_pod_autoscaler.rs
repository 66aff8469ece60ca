//! Scales between `replicas.min` and `replicas.max` on CPU use. While it exists the Deployment has no `replicas`:
//! each apply would reset what the autoscaler has decided.

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
    ResourceMetricSource,
};

use super::context::Context;
use super::model::Manifest;

/// Percent of the CPU request. Kubernetes' own default, written out so that it is seen.
const TARGET_CPU: i32 = 80;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let replicas = context.spec.replicas();
    if !context.is_scaled() {
        return None;
    }
    Some(Manifest::of(&HorizontalPodAutoscaler {
        metadata: context.metadata(),
        spec: Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".to_owned()),
                kind: "Deployment".to_owned(),
                name: context.spec.name.clone(),
            },
            min_replicas: i32::try_from(replicas.min()).ok(),
            max_replicas: i32::try_from(replicas.max()).unwrap_or(i32::MAX),
            metrics: Some(vec![MetricSpec {
                type_: "Resource".to_owned(),
                resource: Some(ResourceMetricSource {
                    name: "cpu".to_owned(),
                    target: MetricTarget {
                        type_: "Utilization".to_owned(),
                        average_utilization: Some(TARGET_CPU),
                        ..MetricTarget::default()
                    },
                }),
                ..MetricSpec::default()
            }]),
            ..HorizontalPodAutoscalerSpec::default()
        }),
        ..HorizontalPodAutoscaler::default()
    }))
}

impl Context<'_> {
    /// Whether an autoscaler decides how many copies run.
    pub(super) fn is_scaled(&self) -> bool {
        let replicas = self.spec.replicas();
        replicas.max() > replicas.min()
    }
}
