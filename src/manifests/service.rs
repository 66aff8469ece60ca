//! One stable address: port 80 of the name, wherever the container listens.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};

use super::context::Context;
use super::model::Manifest;

pub(super) const PORT: i32 = 80;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let port = context.spec.port?;
    Some(Manifest::of(&Service {
        metadata: context.metadata_named(context.service_name().to_owned()),
        spec: Some(ServiceSpec {
            selector: Some(context.pod_labels()),
            ports: Some(vec![ServicePort {
                name: context.port_name().map(ToOwned::to_owned),
                port: PORT,
                protocol: Some("TCP".to_owned()),
                // By name: each pod is asked on its own port, so a changed `port` breaks no pod of the old revision.
                target_port: Some(context.port(port)),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }))
}
