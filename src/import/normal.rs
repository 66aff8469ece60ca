//! An object without what says nothing: what the server keeps in it, what it would write anyway, the marks of tools.

use serde_json::{Map, Value, json};

use super::api_defaults::{DEFAULTS, SILENT, each};
use super::paths::{at, items, template, text};
use crate::diff::MARKS;
use crate::manifests::Manifest;

/// Annotations that the control plane and tools keep for themselves: these, and all that begin so.
const NOTES: [&str; 12] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/restartedAt",
    "deployment.kubernetes.io/",
    "autoscaling.alpha.kubernetes.io/",
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "kubernetes.io/change-cause",
    "control-plane.alpha.kubernetes.io/",
    "batch.kubernetes.io/",
    "objectset.rio.cattle.io/",
    "plat.dev/",
];
/// Labels by which a tool knows what it made, beside [`MARKS`].
const LABELS: [&str; 4] =
    ["helm.sh/chart", "heritage", "applyset.kubernetes.io/part-of", "app.kubernetes.io/managed-by"];
/// What the Job controller writes.
const JOB_LABELS: [&str; 4] =
    ["controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"];

/// The object as it is compared: `spec` and its like, and of its metadata labels and annotations.
pub(super) fn normal(manifest: &Manifest) -> Value {
    let mut body = manifest.body.clone();
    convert(manifest, &mut body);
    let Some(fields) = body.as_object_mut() else { return body };
    fields.retain(|key, _| !matches!(key.as_str(), "apiVersion" | "kind" | "status"));
    let metadata = fields.get("metadata").cloned().unwrap_or_default();
    fields.insert(
        "metadata".to_owned(),
        json!({
            "labels": without(&metadata["labels"], |key| is_mark("labels", key) || LABELS.contains(&key)),
            "annotations": without(&metadata["annotations"], |key| is_mark("annotations", key) || is_note(key)),
        }),
    );
    of_kind(manifest, &mut body);
    without_null(&mut body);
    let kind = manifest.kind.as_str();
    let template = template(kind);
    for (_, path, default) in DEFAULTS.iter().filter(|(of, ..)| *of == kind || of.is_empty() && template.is_some()) {
        let default: Value = serde_json::from_str(default).unwrap_or_default();
        each(&mut body, template, path, &mut |fields, key| {
            if fields.get(key) == Some(&default) {
                fields.shift_remove(key);
            }
        });
    }
    for path in SILENT {
        each(&mut body, template, path, &mut |fields, key| {
            if fields.get(key).is_some_and(|value| value.as_object().is_some_and(Map::is_empty)) {
                fields.shift_remove(key);
            }
        });
    }
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|key, value| key != "metadata" || value.as_object().is_some_and(|map| !map.is_empty()));
    }
    body
}

fn is_mark(part: &str, key: &str) -> bool {
    MARKS.iter().any(|(of, mark)| *of == part && *mark == key)
}

fn is_note(key: &str) -> bool {
    NOTES.iter().any(|note| key == *note || note.ends_with('/') && key.starts_with(note))
}

fn without(map: &Value, drop: impl Fn(&str) -> bool) -> Value {
    let kept = map.as_object().into_iter().flatten().filter(|(key, _)| !drop(key));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

pub(super) fn without_null(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(without_null);
        }
        Value::Array(list) => list.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// The version of the API that plat writes.
fn convert(manifest: &Manifest, body: &mut Value) {
    if manifest.api_version == "autoscaling/v1" && manifest.kind == "HorizontalPodAutoscaler" {
        let Some(spec) = body["spec"].as_object_mut() else { return };
        // The server's own default.
        let target = spec.shift_remove("targetCPUUtilizationPercentage").unwrap_or_else(|| 80.into());
        let target = json!({"type": "Utilization", "averageUtilization": target});
        spec.insert("metrics".to_owned(), json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
}

/// What the server keeps in objects of this kind, and defaults that depend on other fields.
fn of_kind(manifest: &Manifest, body: &mut Value) {
    match manifest.kind.as_str() {
        "Service" => of_service(body),
        "HorizontalPodAutoscaler" => insert_default(&mut body["spec"], "minReplicas", 1.into()),
        "PersistentVolumeClaim" => {
            remove(&mut body["spec"], "volumeName");
        }
        "NetworkPolicy" if body["spec"]["policyTypes"].is_null() => {
            let egress = body["spec"]["egress"].is_null();
            body["spec"]["policyTypes"] = if egress { json!(["Ingress"]) } else { json!(["Ingress", "Egress"]) };
        }
        "Job" if body["spec"]["manualSelector"] != true => {
            remove(&mut body["spec"], "selector");
            let labels = without(at(body, "/spec/template/metadata/labels"), |key| JOB_LABELS.contains(&key));
            if let Some(there) = body.pointer_mut("/spec/template/metadata/labels") {
                *there = labels;
            }
            if let Some(labels) = body.pointer_mut("/metadata/labels") {
                *labels = without(labels, |key| JOB_LABELS.contains(&key));
            }
        }
        "ServiceAccount" => of_account(body, &manifest.name),
        _ => {}
    }
    if let Some(template) = template(&manifest.kind).and_then(|path| body.pointer_mut(path)) {
        of_template(template);
    }
}

fn of_template(template: &mut Value) {
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| key == "labels" || key == "annotations");
        if let Some(annotations) = metadata.get_mut("annotations") {
            *annotations = without(annotations, is_note);
        }
    }
    let Some(pod) = template.get_mut("spec") else { return };
    // The older name of `serviceAccountName`.
    if let Some(account) = remove(pod, "serviceAccount") {
        insert_default(pod, "serviceAccountName", account);
    }
    for list in ["containers", "initContainers"] {
        for container in pod[list].as_array_mut().into_iter().flatten() {
            let image = text(&container["image"]);
            let name = image.rsplit('/').next().unwrap_or(image);
            let is_latest = !image.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
            if container["imagePullPolicy"] == if is_latest { "Always" } else { "IfNotPresent" } {
                remove(container, "imagePullPolicy");
            }
        }
        if pod[list].is_null() {
            remove(pod, list);
        }
    }
}

fn of_service(body: &mut Value) {
    let is_headless = body["spec"]["clusterIP"] == "None";
    for field in ["clusterIPs", "ipFamilies", "healthCheckNodePort"] {
        remove(&mut body["spec"], field);
    }
    if !is_headless {
        remove(&mut body["spec"], "clusterIP");
    }
    for port in body["spec"]["ports"].as_array_mut().into_iter().flatten() {
        let number = port["port"].clone();
        insert_default(port, "targetPort", number);
    }
}

/// Tokens that older servers made.
fn of_account(body: &mut Value, name: &str) {
    let is_made = |secret: &Value| text(&secret["name"]).starts_with(&format!("{name}-token-"));
    let secrets: Vec<Value> = items(&body["secrets"]).iter().filter(|secret| !is_made(secret)).cloned().collect();
    if secrets.is_empty() {
        remove(body, "secrets");
    } else {
        body["secrets"] = Value::Array(secrets);
    }
}

fn remove(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut().and_then(|fields| fields.shift_remove(key))
}

fn insert_default(value: &mut Value, key: &str, default: Value) {
    if let Some(fields) = value.as_object_mut()
        && fields.get(key).is_none_or(Value::is_null)
    {
        fields.insert(key.to_owned(), default);
    }
}
