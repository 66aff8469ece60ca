//! The way in from outside the cluster through a Gateway (gateway-api.sigs.k8s.io, v1).

use serde_json::{Value, json};

use super::context::Context;
use super::ingress::Way;
use super::model::Manifest;
use super::service;

const API: &str = "gateway.networking.k8s.io/v1";

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let Some(Way::Gateway(gateway)) = context.way() else { return None };
    let spec = context.spec;
    let matches: Vec<Value> =
        context.paths().iter().map(|path| json!({"path": {"type": "PathPrefix", "value": path}})).collect();
    let mut body = json!({
        "apiVersion": API,
        "kind": "HTTPRoute",
        "metadata": context.metadata(),
        "spec": {
            "hostnames": [spec.host],
            "rules": [{"matches": matches, "backendRefs": [{"name": context.service_name(), "port": service::PORT}]}],
        },
    });
    if let Some(gateway) = gateway {
        let mut parent = json!({"name": gateway.name});
        for (key, value) in [("namespace", gateway.namespace), ("sectionName", gateway.listener)] {
            if let Some(value) = value {
                parent[key] = json!(value);
            }
        }
        body["spec"]["parentRefs"] = json!([parent]);
    }
    Some(Manifest {
        api_version: API.to_owned(),
        kind: "HTTPRoute".to_owned(),
        resource: "httproutes".to_owned(),
        name: spec.name.clone(),
        namespace: Some(context.inputs.namespace.clone()),
        body,
    })
}
