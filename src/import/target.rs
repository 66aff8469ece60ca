//! What an object should be: as it was, with plat's defaults where they are safer.

use serde_json::{Map, Value, json};

use super::defaults::{self, Against, steps};
use super::model::Behaviour;
use super::paths::{NOTHING, at, items, key_of, pod, template, text};
use crate::manifests::NAME_LABEL;

/// Seconds that plat's startup probe gives.
const START: u64 = 60;

/// One object as plat renders it without patches, and as it was; both without what says nothing.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub kind: &'a str,
    /// The name of the program's container.
    pub main: &'a str,
    pub rendered: &'a Value,
    pub original: &'a Value,
}

pub(super) fn of(pair: Pair, behaviour: Behaviour) -> Value {
    let mut target = match behaviour {
        Behaviour::Kept => pair.original.clone(),
        Behaviour::Defaults => {
            let merging = Merging { pair };
            let mut target =
                merging.value(&mut Vec::new(), Some(pair.rendered), Some(pair.original)).unwrap_or_else(|| json!({}));
            of_program(pair, &mut target);
            target
        }
    };
    // By it plat finds its objects.
    let label = &pair.rendered["metadata"]["labels"][NAME_LABEL];
    if !label.is_null() {
        let labels = &mut target["metadata"]["labels"];
        if labels.is_null() {
            *labels = json!({});
        }
        labels[NAME_LABEL] = label.clone();
    }
    target
}

struct Merging<'a> {
    pair: Pair<'a>,
}

impl Merging<'_> {
    fn against(&self, path: &[String]) -> Against {
        let steps = steps(template(self.pair.kind), self.pair.main, path);
        defaults::against(self.pair.kind, &steps)
    }

    fn value(&self, path: &mut Vec<String>, rendered: Option<&Value>, original: Option<&Value>) -> Option<Value> {
        match (rendered, original) {
            (rendered, None) => rendered.cloned(),
            (None, Some(original)) => self.only_there(path, original),
            (Some(rendered), Some(original)) if super::paths::is_same(rendered, original, path) => {
                Some(rendered.clone())
            }
            (Some(rendered), Some(original)) => {
                if self.is_one(path, original) {
                    let wins = self.against(path) != Against::Nothing;
                    return Some(if wins { rendered } else { original }.clone());
                }
                match (rendered, original) {
                    (Value::Object(rendered), Value::Object(original)) => Some(self.map(path, rendered, original)),
                    (Value::Array(rendered), Value::Array(original)) => Some(self.list(path, rendered, original)),
                    _ => {
                        let wins = self.against(path) != Against::Nothing;
                        Some(if wins { rendered } else { original }.clone())
                    }
                }
            }
        }
    }

    /// What plat does not render: gone where its absence is the default.
    fn only_there(&self, path: &mut Vec<String>, original: &Value) -> Option<Value> {
        if self.against(path) == Against::Presence {
            return None;
        }
        let Value::Object(fields) = original else { return Some(original.clone()) };
        let mut kept = Map::new();
        for (key, value) in fields {
            path.push(key.clone());
            if let Some(value) = self.only_there(path, value) {
                kept.insert(key.clone(), value);
            }
            path.pop();
        }
        (fields.is_empty() || !kept.is_empty()).then_some(Value::Object(kept))
    }

    /// Whether the value is a whole: one of several kinds, of which two at once would be refused.
    fn is_one(&self, path: &[String], original: &Value) -> bool {
        let steps = steps(template(self.pair.kind), self.pair.main, path);
        match (self.pair.kind, steps.as_slice()) {
            ("Deployment", ["spec", "strategy"]) => !original["type"].is_null(),
            (_, ["pod", "volumes", _]) => original["emptyDir"].is_null(),
            // A selector can never be changed.
            ("PodDisruptionBudget" | "NetworkPolicy", ["spec"]) | ("Deployment", ["spec", "selector"]) => true,
            (_, ["pod", rest @ ..]) => matches!(
                rest,
                ["containers", "@", "startupProbe" | "readinessProbe" | "livenessProbe"]
                    | ["containers", "@", "lifecycle", "preStop"]
                    | ["containers", "@", "env" | "volumeMounts", _]
                    | ["topologySpreadConstraints", _]
            ),
            _ => false,
        }
    }

    fn map(&self, path: &mut Vec<String>, rendered: &Map<String, Value>, original: &Map<String, Value>) -> Value {
        let keys = rendered.keys().chain(original.keys().filter(|key| !rendered.contains_key(*key)));
        let mut merged = Map::new();
        for key in keys {
            path.push(key.clone());
            if let Some(value) = self.value(path, rendered.get(key), original.get(key)) {
                merged.insert(key.clone(), value);
            }
            path.pop();
        }
        Value::Object(merged)
    }

    fn list(&self, path: &mut Vec<String>, rendered: &[Value], original: &[Value]) -> Value {
        let name = path.last().cloned().unwrap_or_default();
        if self.pair.kind == "Service" && name == "ports" {
            return service_ports(rendered, original);
        }
        let Some(key) = key_of(&name, rendered, original) else {
            let wins = self.against(path) != Against::Nothing;
            return Value::Array(if wins { rendered } else { original }.to_vec());
        };
        let find = |items: &[Value], item: &Value| items.iter().find(|other| other[key] == item[key]).cloned();
        let all = rendered.iter().chain(original.iter().filter(|item| find(rendered, item).is_none()));
        let mut merged = Vec::new();
        for item in all {
            path.push(super::paths::key_text(item, key));
            merged.extend(self.value(path, find(rendered, item).as_ref(), find(original, item).as_ref()));
            path.pop();
        }
        if has_references(original) {
            // A variable sees only those before it.
            let place = |item: &Value| original.iter().position(|other| other[key] == item[key]);
            merged.sort_by_key(|item| place(item).map_or(0, |at| at + 1));
        }
        Value::Array(merged)
    }
}

fn has_references(list: &[Value]) -> bool {
    list.iter().any(|item| text(&item["value"]).contains("$("))
}

/// All that were there, the first with plat's target: whoever calls it goes on calling the same port, by the same name.
fn service_ports(rendered: &[Value], original: &[Value]) -> Value {
    let Some(own) = rendered.first() else { return Value::Array(original.to_vec()) };
    let mut ports = original.to_vec();
    if let Some(first) = ports.iter_mut().find(|port| port["protocol"].is_null() || port["protocol"] == "TCP") {
        first["targetPort"] = own["targetPort"].clone();
    }
    Value::Array(ports)
}

/// What of the program's container does not follow from one field alone.
fn of_program(pair: Pair, target: &mut Value) {
    let find =
        |body: &Value| items(&pod(pair.kind, body)["containers"]).iter().find(|c| c["name"] == pair.main).cloned();
    let Some(was) = find(pair.original) else { return };
    let path = format!("{}/spec/containers", template(pair.kind).unwrap_or_default());
    let containers = target.pointer_mut(&path).and_then(Value::as_array_mut);
    let Some(container) = containers.into_iter().flatten().find(|container| container["name"] == pair.main) else {
        return;
    };
    if was["securityContext"]["privileged"] == true {
        // With plat's beside it, it would be refused.
        container["securityContext"] = was["securityContext"].clone();
    }
    let start = budget(&was);
    if start > START && container["startupProbe"].is_object() {
        container["startupProbe"]["failureThreshold"] = json!(start);
    }
}

/// Seconds that the container had to start.
fn budget(container: &Value) -> u64 {
    let number = |probe: &Value, field: &str, default: u64| probe[field].as_u64().unwrap_or(default);
    let of = |name: &str| {
        let probe = &container[name];
        let tries = number(probe, "periodSeconds", 10) * number(probe, "failureThreshold", 3);
        if probe.is_null() { 0 } else { number(probe, "initialDelaySeconds", 0) + tries }
    };
    // A liveness probe ends a start only where no startup probe holds it back.
    if at(container, "/startupProbe") == &NOTHING { of("livenessProbe") } else { of("startupProbe") }
}
