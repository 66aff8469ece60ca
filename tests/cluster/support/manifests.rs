//! Objects for `plat deploy -f`, whose pods Pod Security "restricted" lets in.

use serde_json::{Value, json};

use super::SERVE;

/// Manifests as text: YAML, or an object.
pub struct Manifests(pub(super) String);

impl From<&str> for Manifests {
    fn from(yaml: &str) -> Self {
        Self(yaml.to_owned())
    }
}

impl From<String> for Manifests {
    fn from(yaml: String) -> Self {
        Self(yaml)
    }
}

impl From<&String> for Manifests {
    fn from(yaml: &String) -> Self {
        Self(yaml.clone())
    }
}

impl From<Value> for Manifests {
    fn from(object: Value) -> Self {
        Self(object.to_string())
    }
}

/// A container that runs this script.
pub fn container(name: &str, image: &str, script: &str) -> Value {
    json!({
        "name": name, "image": image, "args": ["-c", script], "securityContext": secure(),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]
    })
}

/// What Pod Security "restricted" asks for.
pub fn secure() -> Value {
    json!({
        "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"}
    })
}

/// The same with more fields, or other ones.
pub fn with(mut object: Value, more: Value) -> Value {
    merge(&mut object, more);
    object
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// A pod's template.
pub fn pod(containers: &[Value]) -> Value {
    json!({
        "metadata": {"labels": {"app.kubernetes.io/name": "shop"}},
        "spec": {
            "terminationGracePeriodSeconds": 2, "containers": containers,
            "volumes": [{"name": "tmp", "emptyDir": {}}]
        }
    })
}

pub fn deployment(template: &Value, more: Value) -> Value {
    with(workload("apps/v1", "Deployment", template), more)
}

pub fn stateful_set(template: &Value, more: Value) -> Value {
    with(with(workload("apps/v1", "StatefulSet", template), json!({"spec": {"serviceName": "shop"}})), more)
}

fn workload(version: &str, kind: &str, template: &Value) -> Value {
    json!({
        "apiVersion": version, "kind": kind, "metadata": {"name": "shop"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": "shop"}}, "template": template}
    })
}

pub fn job(template: Value, more: Value) -> Value {
    let template = with(json!({"spec": {"restartPolicy": "Never"}}), template);
    with(
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "shop"}, "spec": {"template": template}}),
        more,
    )
}

/// A Deployment of one replica named `shop` with this pod, whose containers serve unless they say something else.
pub fn deployment_of(pod: &Value) -> Value {
    let mut pod = pod.clone();
    for container in pod["containers"].as_array_mut().expect("containers") {
        if container["securityContext"].is_null() {
            container["securityContext"] = secure();
        }
        if container["command"].is_null() {
            container["command"] = json!(["/bin/sh", "-c", SERVE]);
        }
    }
    pod["terminationGracePeriodSeconds"] = json!(1);
    let labels = json!({"app.kubernetes.io/name": "shop"});
    let shop = json!({"metadata": {"name": "shop", "labels": labels}});
    with(workload("apps/v1", "Deployment", &json!({"metadata": {"labels": labels}, "spec": pod})), shop)
}

/// A definition of Gadgets in this group, with these versions (YAML), to be put after other documents.
pub fn gadget_definition(group: &str, versions: &str) -> String {
    format!(
        "---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: gadgets.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: Gadget, plural: gadgets, singular: gadget}}
  versions: [{versions}]
"
    )
}

/// A `ConfigMap` with one key, as YAML to be put after other documents.
pub fn config_map(name: &str, text: &str) -> String {
    format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{text: {text}}}\n")
}
