//! Whether a server-side apply would change nothing, told from the object itself. Pure.
//!
//! An apply changes nothing when its manager owns exactly the fields that it applies, and each of them has the value
//! that it applies (KEP-555; `sigs.k8s.io/structured-merge-diff`, `merge.Updater.Apply`). Whatever cannot be told with
//! certainty counts as a change: a value that the server writes in another way (`0.5` and `500m`), a list whose keys
//! are not all in the manifest, a `stringData` that is only ever written. Then the server is asked.

use serde_json::{Map, Value};

use super::managed;

/// The one key of a list that the server fills in (`+default="TCP"` of container and service ports).
const DEFAULT_KEY: (&str, &str) = ("protocol", "TCP");

/// Whether applying `manifest` as `manager` would leave `live` as it is.
#[must_use]
pub fn is_settled(manifest: &Value, live: &Value, manager: &str) -> bool {
    let (Some(wanted), Some(entry)) = (manifest.as_object(), managed::applied(live, manager)) else { return false };
    let Some(owned) = entry["fieldsV1"].as_object() else { return false };
    let same_version = entry["apiVersion"] == manifest["apiVersion"];
    let identity = ["name", "namespace"];
    let same_object = identity.iter().all(|key| {
        let wanted = &manifest["metadata"][*key];
        wanted.is_null() || *wanted == live["metadata"][*key]
    });
    // The address of an object is nobody's field.
    let mut wanted = wanted.clone();
    wanted.retain(|key, _| key != "apiVersion" && key != "kind");
    if let Some(metadata) = wanted.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !identity.contains(&key.as_str()));
    }
    wanted.retain(|key, value| key != "metadata" || value.as_object().is_none_or(|metadata| !metadata.is_empty()));
    same_version && same_object && live.as_object().is_some_and(|live| map(&wanted, live, owned))
}

/// `owned`: the `fieldsV1` of this part; empty for a part that is owned as a whole.
fn same(wanted: &Value, live: &Value, owned: &Value) -> bool {
    let Some(owned) = owned.as_object().filter(|owned| owned.keys().any(|step| step != ".")) else {
        return wanted == live;
    };
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => map(wanted, live, owned),
        (Value::Array(wanted), Value::Array(live)) => list(wanted, live, owned),
        _ => false,
    }
}

fn map(wanted: &Map<String, Value>, live: &Map<String, Value>, owned: &Map<String, Value>) -> bool {
    let steps = owned.iter().filter(|(step, _)| *step != ".");
    steps.clone().count() == wanted.len()
        && steps.into_iter().all(|(step, below)| {
            let Some(key) = step.strip_prefix("f:") else { return false };
            matches!((wanted.get(key), live.get(key)), (Some(wanted), Some(live)) if same(wanted, live, below))
        })
}

/// A list by keys or a set, its items in the same order in both: an apply may change the order as well.
fn list(wanted: &[Value], live: &[Value], owned: &Map<String, Value>) -> bool {
    let steps: Vec<(&String, &Value)> = owned.iter().filter(|(step, _)| *step != ".").collect();
    let mut after = 0;
    steps.len() == wanted.len()
        && wanted.iter().all(|item| {
            let Some((step, below)) = steps.iter().find(|(step, _)| is_at(item, step)) else { return false };
            let rest = live.get(after..).unwrap_or_default();
            let Some(at) = rest.iter().position(|item| is_at(item, step)) else { return false };
            after += at + 1;
            same(item, &rest[at], below)
        })
}

/// Whether this is the item of a step: `k:{"name":"shop"}` or `v:"shop"`.
fn is_at(item: &Value, step: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    if let Some(value) = step.strip_prefix("v:") {
        return parse(value) == *item;
    }
    let Some(Value::Object(keys)) = step.strip_prefix("k:").map(parse) else { return false };
    keys.iter().all(|(key, value)| match item.get(key) {
        Some(there) => there == value,
        None => (key.as_str(), value.as_str()) == (DEFAULT_KEY.0, Some(DEFAULT_KEY.1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    /// As `kubectl get deployment shop -o json --show-managed-fields` gave it after an apply of [`manifest`].
    fn live() -> Value {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": "shop", "namespace": "demo", "uid": "u", "resourceVersion": "7",
                "labels": {"app": "shop", "other": "x"},
                "managedFields": [
                    {"manager": "plat", "operation": "Apply", "apiVersion": "apps/v1", "subresource": "",
                        "fieldsV1": {
                            "f:metadata": {"f:labels": {"f:app": {}}},
                            "f:spec": {
                                "f:replicas": {},
                                "f:selector": {},
                                "f:template": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:containers": {
                                    "k:{\"name\":\"shop\"}": {
                                        ".": {}, "f:image": {}, "f:name": {}, "f:args": {},
                                        "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":
                                            {".": {}, "f:containerPort": {}}}}}}}}}},
                    {"manager": "kubectl-label", "operation": "Update", "apiVersion": "apps/v1",
                        "fieldsV1": {"f:metadata": {"f:labels": {"f:other": {}}}}},
                ],
            },
            "spec": {
                "replicas": 2, "revisionHistoryLimit": 10,
                "selector": {"matchLabels": {"app": "shop"}},
                "template": {
                    "metadata": {"labels": {"app": "shop"}},
                    "spec": {"restartPolicy": "Always", "containers": [
                        {"name": "mesh", "image": "mesh:1"},
                        {"name": "shop", "image": "shop:1", "args": ["a"], "imagePullPolicy": "Always",
                            "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}},
            },
        })
    }

    fn manifest() -> Value {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "shop", "namespace": "demo", "labels": {"app": "shop"}},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "shop"}},
                "template": {
                    "metadata": {"labels": {"app": "shop"}},
                    "spec": {"containers": [
                        {"name": "shop", "image": "shop:1", "args": ["a"], "ports": [{"containerPort": 80}]}]}},
            },
        })
    }

    #[test]
    fn what_is_owned_and_equal_needs_no_apply() {
        assert!(is_settled(&manifest(), &live(), "plat"));
    }

    #[rstest]
    #[case::value("/spec/replicas", json!(3))]
    #[case::image("/spec/template/spec/containers/0/image", json!("shop:2"))]
    #[case::atomic("/spec/selector/matchLabels", json!({"app": "shop", "more": "x"}))]
    #[case::atomic_list("/spec/template/spec/containers/0/args", json!(["a", "b"]))]
    #[case::more_labels("/metadata/labels", json!({"app": "shop", "other": "x"}))]
    #[case::fewer_labels("/metadata/labels", json!({}))]
    #[case::another_item("/spec/template/spec/containers/0/name", json!("shop2"))]
    #[case::another_key("/spec/template/spec/containers/0/ports", json!([{"containerPort": 81}]))]
    #[case::another_protocol("/spec/template/spec/containers/0/ports", json!([{"containerPort": 80, "protocol": "UDP"}]))]
    #[case::protocol_said("/spec/template/spec/containers/0/ports", json!([{"containerPort": 80, "protocol": "TCP"}]))]
    #[case::one_more("/spec/template/spec/containers", json!([{"name": "shop", "image": "shop:1", "args": ["a"],
        "ports": [{"containerPort": 80}]}, {"name": "mesh", "image": "mesh:1"}]))]
    #[case::number_as_text("/spec/replicas", json!("2"))]
    #[case::version("/apiVersion", json!("apps/v1beta1"))]
    #[case::another_object("/metadata/name", json!("shop2"))]
    fn a_manifest_that_differs_is_applied(#[case] at: &str, #[case] value: Value) {
        let mut manifest = manifest();
        *manifest.pointer_mut(at).expect("a field of the manifest") = value;
        assert!(!is_settled(&manifest, &live(), "plat"));
    }

    #[rstest]
    #[case::value("/spec/replicas", json!(3))]
    #[case::default_that_was_taken("/spec/template/spec/containers/1/ports/0/protocol", json!("UDP"))]
    #[case::gone("/metadata/labels", json!({}))]
    #[case::another_manager("/metadata/managedFields/0/manager", json!("helm"))]
    #[case::status_alone("/metadata/managedFields/0/subresource", json!("status"))]
    #[case::not_applied("/metadata/managedFields/0/operation", json!("Update"))]
    #[case::lost_a_field("/metadata/managedFields/0/fieldsV1/f:spec/f:selector", json!(null))]
    #[case::owns_more("/metadata/managedFields/0/fieldsV1/f:metadata/f:labels", json!({"f:app": {}, "f:other": {}}))]
    fn an_object_that_differs_is_applied(#[case] at: &str, #[case] value: Value) {
        let mut live = live();
        let place = live.pointer_mut(at).expect("a field of the object");
        if value.is_null() {
            let (parent, key) = at.rsplit_once('/').expect("a parent");
            live.pointer_mut(parent).and_then(Value::as_object_mut).expect("a map").remove(key);
        } else {
            *place = value;
        }
        assert!(!is_settled(&manifest(), &live, "plat"));
    }

    #[test]
    fn an_order_that_differs_is_applied() {
        let item = |name: &str| json!({"name": name, "value": "1"});
        let owned = |name: &str| (format!("k:{{\"name\":\"{name}\"}}"), json!({".": {}, "f:name": {}, "f:value": {}}));
        let owned: Map<String, Value> = ["A", "B"].map(owned).into_iter().collect();
        assert!(list(&[item("A"), item("B")], &[item("A"), item("X"), item("B")], &owned));
        assert!(!list(&[item("A"), item("B")], &[item("B"), item("A")], &owned));
    }

    #[test]
    fn a_set_is_compared_by_its_values() {
        let owned = json!({"v:\"a\"": {}, "v:\"b\"": {}});
        let set = |texts: &[&str]| json!(texts);
        assert!(same(&set(&["a", "b"]), &set(&["other", "a", "b"]), &owned));
        assert!(!same(&set(&["a"]), &set(&["a", "b"]), &owned));
        assert!(!same(&set(&["a", "a"]), &set(&["a", "b"]), &owned));
    }
}
