//! What runs.

use serde_json::{Value, json};

use super::look::{Fields, Look, main_container, pod_of};
use crate::import::paths::{at, items, text};
use crate::spec::fits;
use crate::text::redact;

/// Given to each program by plat.
const PORT: &str = "PORT";
/// What plat asks for where nothing is said.
const RESOURCES: [(&str, &str); 2] = [("cpu", "50m"), ("memory", "256Mi")];

pub(super) fn of(look: &Look, original: &mut Value, fields: &mut Fields) {
    let Some(container) = main_container(look, original).map(|container| container.clone()) else { return };
    if let Some(image) = container["image"].as_str().filter(|image| fits("image", image)) {
        fields.set("image", image);
    }
    for field in ["command", "args"] {
        if container[field].as_array().is_some_and(|words| !words.is_empty()) {
            fields.set(field, container[field].clone());
        }
    }
    env(look, &container, fields);
    resources(look, &container["resources"], fields);
    user(look, pod_of(look, original), &container, fields);
    health(look, &container, fields);
    said_by_fields(look, original);
}

/// What the fields say for the container holds for it, not for the pod.
fn said_by_fields(look: &Look, original: &mut Value) {
    if look.keeps() {
        return;
    }
    let port = look.main.port.map(|port| port.to_string());
    let Some(container) = main_container(look, original) else { return };
    if let Some(env) = container["env"].as_array_mut() {
        env.retain(|item| item["name"] != PORT || port.as_ref().is_none_or(|port| item["value"] != port.as_str()));
    } else if let Some(container) = container.as_object_mut() {
        container.shift_remove("env");
    }
    if let Some(context) = container["securityContext"].as_object_mut() {
        // plat says it for the pod.
        for field in ["runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile"] {
            context.shift_remove(field);
        }
        if context.is_empty()
            && let Some(container) = container.as_object_mut()
        {
            container.shift_remove("securityContext");
        }
    } else if let Some(container) = container.as_object_mut() {
        container.shift_remove("securityContext");
    }
}

fn env(look: &Look, container: &Value, fields: &mut Fields) {
    let list = items(&container["env"]);
    let mut secrets = Vec::new();
    for item in list {
        let name = text(&item["name"]);
        if !fits("env-name", name) || list.iter().filter(|other| other["name"] == name).count() > 1 {
            continue;
        }
        if item["valueFrom"].is_null() {
            let value = text(&item["value"]);
            let port = look.main.port.filter(|_| name == PORT).map(|port| port.to_string());
            // With plat's own it is said already; another one contradicts `port`, and is carried.
            if port.is_none_or(|port| look.keeps() && port == value) {
                fields.set_in("env", name, value);
            }
            let line = format!("{name}={value}");
            if redact(&line) != line {
                fields.notes.push(format!(
                    "the variable {name} looks secret, and is in plat.yaml as it was: better `secrets: [{name}]`, with \
                     kubectl create secret generic {} --from-literal={name}=…",
                    look.name()
                ));
            }
        } else if item["valueFrom"] == json!({"secretKeyRef": {"name": look.name(), "key": name}}) {
            secrets.push(name);
        }
    }
    if !secrets.is_empty() {
        fields.set("secrets", json!(secrets));
    }
}

fn resources(look: &Look, resources: &Value, fields: &mut Fields) {
    let of = |part: &str, name: &str| {
        resources[part][name]
            .as_str()
            .map(ToOwned::to_owned)
            .or_else(|| resources[part][name].is_number().then(|| resources[part][name].to_string()))
    };
    let cpu = of("requests", "cpu").or_else(|| of("limits", "cpu").filter(|_| !look.keeps()));
    let memory = match (of("requests", "memory"), of("limits", "memory")) {
        (request, Some(limit)) if !look.keeps() || request.as_ref() == Some(&limit) => Some(limit),
        (Some(request), None) if !look.keeps() => Some(request),
        _ => None,
    };
    for (name, value) in [("cpu", cpu), ("memory", memory)] {
        let is_default = |value: &str| !look.keeps() && RESOURCES.contains(&(name, value));
        if let Some(value) = value.filter(|value| fits(name, value) && !is_default(value)) {
            fields.set_in("resources", name, value);
        }
    }
}

/// The number that it runs as, wherever it is said.
fn user(look: &Look, pod: &Value, container: &Value, fields: &mut Fields) {
    let of = |field: &str| {
        let own = &container["securityContext"][field];
        if own.is_null() { pod["securityContext"][field].as_u64() } else { own.as_u64() }
    };
    let is_pods = pod["securityContext"]["runAsUser"].is_number();
    if look.keeps() && !is_pods {
        return;
    }
    let user = match (of("runAsUser"), of("runAsGroup")) {
        (Some(user), Some(group)) => format!("{user}:{group}"),
        (Some(user), None) => user.to_string(),
        _ => return,
    };
    if fits("user", &user) {
        fields.set("user", user);
    }
}

/// How it is asked whether it is ready. What plat.yaml has no word for is carried as it is.
fn health(look: &Look, container: &Value, fields: &mut Fields) {
    let Some(port) = look.main.port.filter(|_| !look.keeps()) else { return };
    let probe = ["readinessProbe", "livenessProbe", "startupProbe"].iter().map(|name| &container[*name]);
    let Some(probe) = probe.into_iter().find(|probe| !probe.is_null()) else { return };
    let declared = items(&container["ports"]).iter().find(|each| each["containerPort"] == port);
    let is_main = |asked: &Value| {
        *asked == json!(port) || declared.is_some_and(|port| !port["name"].is_null() && port["name"] == *asked)
    };
    let get = &probe["httpGet"];
    let is_plain = get["httpHeaders"].is_null() && get["scheme"].is_null() && get["host"].is_null();
    if get.is_object() && is_plain && is_main(&get["port"]) {
        let path = get["path"].as_str().unwrap_or("/");
        fields.set("health", if fits("health", path) { path } else { "none" });
    } else if !is_main(at(probe, "/tcpSocket/port")) {
        fields.set("health", "none");
    }
}
