//! One stable address: port 80 of the name, wherever the container listens.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::context::Context;
use super::model::Manifest;
use super::pod;

pub(super) const PORT: i32 = 80;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    context.spec.port?;
    Some(Manifest::of(&Service {
        metadata: context.metadata(),
        spec: Some(ServiceSpec {
            selector: Some(context.pod_labels()),
            ports: Some(vec![ServicePort {
                name: Some(pod::PORT_NAME.to_owned()),
                port: PORT,
                protocol: Some("TCP".to_owned()),
                // By name: each pod is asked on its own port, so a changed `port` breaks no pod of the old revision.
                target_port: Some(IntOrString::String(pod::PORT_NAME.to_owned())),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }))
}
