//! The way in from outside the cluster, where it has no Gateway API.

use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend, IngressSpec,
    IngressTLS, ServiceBackendPort,
};

use super::context::Context;
use super::model::Manifest;
use super::service;
use crate::spec::{GatewayName, Route, RouteKind};

/// How `host` is reached.
pub(super) enum Way {
    Ingress,
    /// None where no Gateway is known: the route then waits for one.
    Gateway(Option<GatewayName>),
}

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let Some(Way::Ingress) = context.way() else { return None };
    let spec = context.spec;
    let host = spec.host.clone()?;
    let path = |path: &str| HTTPIngressPath {
        path: Some(path.to_owned()),
        path_type: "Prefix".to_owned(),
        backend: IngressBackend {
            service: Some(IngressServiceBackend {
                name: context.service_name().to_owned(),
                port: Some(match context.port_name() {
                    Some(name) => ServiceBackendPort { name: Some(name.to_owned()), number: None },
                    None => ServiceBackendPort { name: None, number: Some(service::PORT) },
                }),
            }),
            ..IngressBackend::default()
        },
    };
    let route = spec.route.as_ref();
    Some(Manifest::of(&Ingress {
        metadata: context.metadata(),
        spec: Some(IngressSpec {
            ingress_class_name: route.and_then(Route::class).map(ToOwned::to_owned),
            tls: route.and_then(Route::tls).map(|secret| {
                vec![IngressTLS { hosts: Some(vec![host.clone()]), secret_name: Some(secret.to_owned()) }]
            }),
            rules: Some(vec![IngressRule {
                host: Some(host),
                http: Some(HTTPIngressRuleValue { paths: context.paths().into_iter().map(path).collect() }),
            }]),
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    }))
}

impl Context<'_> {
    /// None without a `host`.
    pub(super) fn way(&self) -> Option<Way> {
        self.spec.host.as_ref()?;
        let route = self.spec.route.as_ref();
        let named = route.and_then(Route::gateway);
        let gateway = named.or_else(|| self.inputs.gateway.clone());
        Some(match route.and_then(Route::kind) {
            Some(RouteKind::Ingress) => Way::Ingress,
            Some(RouteKind::Gateway) => Way::Gateway(gateway),
            None => gateway.map_or(Way::Ingress, |gateway| Way::Gateway(Some(gateway))),
        })
    }

    /// All of the host's, unless some are named.
    pub(super) fn paths(&self) -> Vec<&str> {
        match self.spec.paths.as_slice() {
            [] => vec!["/"],
            paths => paths.iter().map(String::as_str).collect(),
        }
    }
}
