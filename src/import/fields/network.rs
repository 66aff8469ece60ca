//! How it is reached.

use serde_json::{Value, json};

use super::look::{Fields, Look};
use crate::import::paths::{items, text};
use crate::manifests::Manifest;
use crate::spec::fits;

/// plat's own name of the port.
const PORT_NAME: &str = "http";

pub(super) fn port(look: &Look, fields: &mut Fields) {
    let container = text(&look.main.container["name"]);
    if container != look.name() {
        fields.set_in("names", "container", container);
    }
    let (Some(port), Some(service)) = (look.main.port, look.group.service) else { return };
    fields.set("port", port);
    if service.name != look.name() {
        fields.set_in("names", "service", service.name.clone());
    }
    let declared = items(&look.main.container["ports"]).iter().find(|each| each["containerPort"] == port);
    let name = declared.and_then(|port| port["name"].as_str());
    let has_name = |port: &&Value| !port["name"].is_null();
    match name {
        Some(name) if look.keeps() || name != PORT_NAME => fields.set_in("names", "port", name),
        // A Service whose port gets a name leads nowhere until its endpoints have the name too.
        None if !look.keeps() && !items(&service.body["spec"]["ports"]).iter().any(|port| has_name(&port)) => {
            fields.set_in("names", "port", "");
        }
        _ => {}
    }
}

/// One host with paths that lead to the Service; any other route is carried as it is.
pub(super) fn route(look: &Look, fields: &mut Fields) {
    let routes = ["Ingress", "HTTPRoute"];
    let own = |other: &&&Manifest| routes.contains(&other.kind.as_str()) && other.name == look.name();
    let Some(route) = look.group.others.iter().find(own).filter(|_| look.main.port.is_some()) else { return };
    let spec = &route.body["spec"];
    let found = if route.kind == "Ingress" { ingress(spec) } else { http_route(spec) };
    let Some((host, paths, way)) = found.filter(|(host, ..)| fits("host", host)) else { return };
    fields.set("host", host);
    if paths != ["/"] {
        fields.set("paths", json!(paths));
    }
    fields.set("route", way);
}

type Way<'v> = (&'v str, Vec<&'v str>, Value);

fn ingress(spec: &Value) -> Option<Way<'_>> {
    let [rule] = items(&spec["rules"]) else { return None };
    let paths = items(&rule["http"]["paths"]).iter().map(|path| path["path"].as_str()).collect::<Option<Vec<_>>>()?;
    let mut way = serde_json::Map::new();
    if let Some(class) = spec["ingressClassName"].as_str() {
        way.insert("class".to_owned(), class.into());
    }
    if let [tls] = items(&spec["tls"])
        && let Some(secret) = tls["secretName"].as_str()
    {
        way.insert("tls".to_owned(), secret.into());
    }
    let way = if way.is_empty() { json!("ingress") } else { Value::Object(way) };
    Some((rule["host"].as_str()?, paths, way))
}

fn http_route(spec: &Value) -> Option<Way<'_>> {
    let ([host], [rule], [parent]) = (items(&spec["hostnames"]), items(&spec["rules"]), items(&spec["parentRefs"]))
    else {
        return None;
    };
    let paths =
        items(&rule["matches"]).iter().map(|each| each["path"]["value"].as_str()).collect::<Option<Vec<_>>>()?;
    let name = parent["name"].as_str()?;
    let gateway = match (parent["namespace"].as_str(), parent["sectionName"].as_str()) {
        (None, None) => name.to_owned(),
        (Some(namespace), None) => format!("{namespace}/{name}"),
        (Some(namespace), Some(listener)) => format!("{namespace}/{name}/{listener}"),
        (None, Some(_)) => return None,
    };
    Some((host.as_str()?, paths, json!({"gateway": gateway})))
}

/// Policies add up, so plat's own, which lets anybody in, would open what another one closes.
pub(super) fn policies(look: &Look, fields: &mut Fields) {
    let is_in = |policy: &Manifest| {
        let types = items(&policy.body["spec"]["policyTypes"]);
        types.is_empty() || types.iter().any(|of| of == "Ingress")
    };
    let policies: Vec<&Manifest> = look.group.of_kind("NetworkPolicy").filter(|policy| is_in(policy)).collect();
    let all_are_others = policies.iter().all(|policy| policy.name != look.name());
    if !policies.is_empty() && all_are_others && !look.keeps() {
        fields.left_out.insert("NetworkPolicy");
        fields.notes.push(
            "the NetworkPolicy that is there stays alone: with plat's beside it, anybody could call the port"
                .to_owned(),
        );
    }
    let budget = look.group.of_kind("PodDisruptionBudget").find(|budget| budget.name != look.name());
    if budget.is_some() && !look.keeps() {
        // With two of them nothing can be evicted (`registry/core/pod/rest/eviction.go`).
        fields.left_out.insert("PodDisruptionBudget");
    }
}
