//! Who may call: anybody, but only on the declared port. A worker is called by nobody.
//!
//! Egress is left alone on purpose: policies add up, and a rule that allows everything would undo the restriction
//! that a platform team has put on the namespace.

use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::context::Context;
use super::model::Manifest;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    context.spec.adds_defaults().then(|| policy(context))
}

fn policy(context: &Context) -> Manifest {
    let ingress = context.spec.port.map(|port| {
        vec![NetworkPolicyIngressRule {
            ports: Some(vec![NetworkPolicyPort {
                port: Some(IntOrString::Int(i32::from(port))),
                protocol: Some("TCP".to_owned()),
                ..NetworkPolicyPort::default()
            }]),
            ..NetworkPolicyIngressRule::default()
        }]
    });
    Manifest::of(&NetworkPolicy {
        metadata: context.metadata(),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(context.selector()),
            policy_types: Some(vec!["Ingress".to_owned()]),
            ingress,
            ..NetworkPolicySpec::default()
        }),
    })
}
