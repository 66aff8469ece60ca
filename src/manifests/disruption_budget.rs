//! Lets a node be drained one pod at a time. With a single replica it would block the drain, so there is none.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::context::Context;
use super::model::Manifest;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    if !context.spec.adds_defaults() || context.spec.ends() || context.spec.replicas().min() < 2 {
        return None;
    }
    Some(Manifest::of(&PodDisruptionBudget {
        metadata: context.metadata(),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(context.selector()),
            // Else pods that crash anyway would keep a node from ever being drained.
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
            ..PodDisruptionBudgetSpec::default()
        }),
        ..PodDisruptionBudget::default()
    }))
}
