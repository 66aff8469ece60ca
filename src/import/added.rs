//! What an object that plat adds has to have, so that nothing is cut off by it.

use serde_json::{Value, json};

use super::group::{DEFAULT_ACCOUNT, Group};
use super::paths::{items, pod};
use crate::manifests::Manifest;

/// The object as it should be; none where plat's own rendering is.
pub(super) fn target(group: &Group, rendered: &Manifest, base: &Value) -> Option<Value> {
    match rendered.kind.as_str() {
        "NetworkPolicy" => policy(group, base),
        "ServiceAccount" => account(group, base),
        _ => None,
    }
}

/// Every port that a container declares or a Service leads to stays open: someone may call it.
fn policy(group: &Group, base: &Value) -> Option<Value> {
    let protocol = |port: &Value| port["protocol"].as_str().unwrap_or("TCP").to_owned();
    let containers = items(&pod(&group.workload.kind, group.body())["containers"]);
    let declared = containers.iter().flat_map(|container| items(&container["ports"]));
    let declared = declared.map(|port| (port["containerPort"].clone(), protocol(port)));
    let services = group.of_kind("Service").filter(|service| group.is_selected_by(service));
    let served = services.flat_map(|service| items(&service.body["spec"]["ports"])).map(|port| {
        (if port["targetPort"].is_null() { &port["port"] } else { &port["targetPort"] }.clone(), protocol(port))
    });
    let own = group.main().port.map(|port| (json!(port), "TCP".to_owned()));
    let mut ports: Vec<(Value, String)> = own.clone().into_iter().collect();
    for port in declared.chain(served).filter(|(port, _)| port.is_number()) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    if ports.len() == usize::from(own.is_some()) {
        return None;
    }
    let ports: Vec<Value> = ports
        .into_iter()
        .map(
            |(port, protocol)| {
                if protocol == "TCP" { json!({"port": port}) } else { json!({"port": port, "protocol": protocol}) }
            },
        )
        .collect();
    let mut target = base.clone();
    target["spec"]["ingress"] = json!([{ "ports": ports }]);
    Some(target)
}

/// Images are pulled with what the namespace's own account has for that, until now.
fn account(group: &Group, base: &Value) -> Option<Value> {
    let secrets = &group.find("ServiceAccount", DEFAULT_ACCOUNT)?.body["imagePullSecrets"];
    if items(secrets).is_empty() || !items(&group.pod()["imagePullSecrets"]).is_empty() {
        return None;
    }
    let mut target = base.clone();
    target["imagePullSecrets"] = secrets.clone();
    Some(target)
}
