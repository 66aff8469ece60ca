//! `plat deploy -f` as a story needs it: a manifest around one pod, written as YAML's JSON.

use serde_json::{Value, json};

use super::deploy::{End, run};
use crate::support::Namespace;

/// A container of a pod that Pod Security "restricted" lets in; it runs this script.
pub fn container(name: &str, image: &str, script: &str) -> Value {
    json!({
        "name": name, "image": image, "args": ["-c", script],
        "securityContext": {
            "allowPrivilegeEscalation": false, "runAsNonRoot": true,
            "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]
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

pub fn deploy(ns: &Namespace, manifest: &Value, args: &[&str]) -> End {
    let file = ns.work().join("manifest.json");
    std::fs::write(&file, manifest.to_string()).expect("a manifest can be written");
    let mut all = vec!["deploy", "--output", "json", "-f", "manifest.json"];
    all.extend(args);
    run(ns, &all)
}
