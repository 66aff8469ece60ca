//! `metadata.managedFields`: who set which field of an object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::path::written;

/// The entries of an object.
pub fn entries(object: &Value) -> impl Iterator<Item = &Value> {
    object["metadata"]["managedFields"].as_array().into_iter().flatten()
}

/// What a manager applied with server-side apply.
#[must_use]
pub fn applied<'o>(object: &'o Value, manager: &str) -> Option<&'o Value> {
    entries(object).find(|entry| entry["manager"] == manager && entry["operation"] == "Apply" && is_whole(entry))
}

/// Not the entry of a subresource such as `status` or `scale`.
pub(super) fn is_whole(entry: &Value) -> bool {
    entry["subresource"].as_str().unwrap_or_default().is_empty()
}

/// Whether the entry holds this field, written as server-side apply does.
#[must_use]
pub fn holds(entry: &Value, field: &str) -> bool {
    leaves(&entry["fieldsV1"]).iter().any(|path| written(path) == field)
}

/// All fields of a `fieldsV1`, each as its steps.
pub(super) fn leaves(set: &Value) -> Vec<Vec<&str>> {
    fn walk<'s>(set: &'s Value, path: &mut Vec<&'s str>, found: &mut Vec<Vec<&'s str>>) {
        for (step, below) in set.as_object().into_iter().flatten() {
            if step == "." {
                found.push(path.clone());
                continue;
            }
            path.push(step);
            if below.as_object().is_none_or(Map::is_empty) {
                found.push(path.clone());
            } else {
                walk(below, path, found);
            }
            path.pop();
        }
    }
    let mut found = Vec::new();
    walk(set, &mut Vec::new(), &mut found);
    found
}

/// Whether the set holds the field or something below it.
pub(super) fn is_in(set: &Value, path: &[&str]) -> bool {
    let found = path.iter().try_fold(set, |set, step| set.get(*step));
    found.is_some()
}

/// Fields that the last deploy applied, this one does not, and that stay because another manager holds them too:
/// field and manager.
#[must_use]
pub fn lingering(live: &Value, planned: &Value, manager: &str) -> Vec<(String, String)> {
    let (Some(before), Some(now)) = (applied(live, manager), applied(planned, manager)) else { return Vec::new() };
    let found: Vec<(String, String)> = leaves(&before["fieldsV1"])
        .into_iter()
        .filter(|path| !is_in(&now["fieldsV1"], path))
        .filter_map(|path| {
            let holder =
                entries(planned).find(|entry| entry["manager"] != manager && is_in(&entry["fieldsV1"], &path))?;
            Some((written(&path), name(holder)))
        })
        .collect();
    // What is below a field that stays, stays with it.
    let parents: Vec<String> = found.iter().map(|(field, _)| format!("{field}.")).collect();
    found.into_iter().filter(|(field, _)| !parents.iter().any(|parent| field.starts_with(parent))).collect()
}

/// What others hold of an object, by manager: its own field names, when it last wrote.
///
/// What the control plane keeps for itself is left out: status, the revision of a Deployment.
#[must_use]
pub fn held(object: &Value, manager: &str) -> Vec<Held> {
    let own = applied(object, manager).map_or(&Value::Null, |entry| &entry["fieldsV1"]);
    let mut by: BTreeMap<String, Held> = BTreeMap::new();
    for entry in entries(object).filter(|entry| entry["manager"] != manager && entry["subresource"] != "status") {
        let all = leaves(&entry["fieldsV1"]);
        let (shared, alone): (Vec<&Vec<&str>>, Vec<_>) = all.iter().partition(|path| is_in(own, path));
        let written = |paths: Vec<&Vec<&str>>| -> Vec<String> {
            paths.into_iter().map(|path| written(path)).filter(|field| !is_bookkeeping(field)).collect()
        };
        let (shared, fields) = (written(shared).len(), written(alone));
        if fields.is_empty() && shared == 0 {
            continue;
        }
        let name = name(entry);
        let held = by.entry(name.clone()).or_insert_with(|| Held {
            manager: name,
            since: None,
            fields: Vec::new(),
            shared: 0,
        });
        held.since = entry["time"].as_str().map(|time| crate::text::foreign_line(time, 40));
        held.shared += shared;
        held.fields.extend(fields.iter().map(|field| crate::text::foreign_line(field, 200)));
    }
    by.into_values().collect()
}

fn is_bookkeeping(field: &str) -> bool {
    field.is_empty()
        || field.starts_with(".status")
        || field == ".metadata.annotations"
        || field == ".metadata.labels"
        || field == ".metadata.annotations.kubectl.kubernetes.io/last-applied-configuration"
        || field.starts_with(".metadata.annotations.deployment.kubernetes.io/")
}

/// Fields of one other manager.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Held {
    pub manager: String,
    /// When it last wrote, by the server's clock.
    pub since: Option<String>,
    /// Those that plat does not hold.
    pub fields: Vec<String>,
    /// How many it holds beside plat, with the same value.
    pub shared: usize,
}

/// `kube-controller-manager`, or with the subresource that it wrote through: `kube-controller-manager (scale)`.
fn name(entry: &Value) -> String {
    let manager = entry["manager"].as_str().unwrap_or("someone else");
    let name = match entry["subresource"].as_str().unwrap_or_default() {
        "" => manager.to_owned(),
        subresource => format!("{manager} ({subresource})"),
    };
    crate::text::foreign_line(&name, 80)
}

/// When a manager last wrote, in the server's words; the latest where it did so in several ways.
#[must_use]
pub fn written_at(object: &Value, manager: &str) -> Option<String> {
    let times = entries(object).filter(|entry| entry["manager"] == manager).filter_map(|entry| entry["time"].as_str());
    times.max().map(|time| crate::text::foreign_line(time, 40))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
            "time": "2026-11-23T00:00:00Z", "fieldsV1": fields})
    }

    fn env(names: &[&str]) -> Value {
        let items = names.iter().map(|name| (format!("k:{{\"name\":\"{name}\"}}"), json!({".": {}, "f:value": {}})));
        json!({"f:spec": {"f:env": items.collect::<Map<_, _>>()}})
    }

    fn object(managed: &Value, names: &[&str]) -> Value {
        let env: Vec<Value> = names.iter().map(|name| json!({"name": name, "value": "1"})).collect();
        json!({"metadata": {"name": "shop", "managedFields": managed}, "spec": {"env": env, "limit": 10}})
    }

    #[test]
    fn what_plat_drops_and_another_holds_stays() {
        let kubectl = entry("kubectl-client-side-apply", "Update", &env(&["A"]));
        let live = object(&json!([entry("plat", "Apply", &env(&["A", "B"])), kubectl]), &[]);
        let planned = object(&json!([entry("plat", "Apply", &env(&["B"])), kubectl]), &[]);
        let expected = (".spec.env[name=\"A\"]".to_owned(), "kubectl-client-side-apply".to_owned());
        assert_eq!(lingering(&live, &planned, "plat"), [expected]);
    }

    #[test]
    fn others_are_shown_with_their_fields_but_not_the_control_planes_own_notes() {
        let mut scale = entry("kube-controller-manager", "Update", &json!({"f:spec": {"f:replicas": {}}}));
        scale["subresource"] = json!("scale");
        let notes = json!({"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}, ".": {}}},
            "f:status": {"f:replicas": {}}});
        let live = object(&json!([scale, entry("kube-controller-manager", "Update", &notes)]), &[]);
        let held = held(&live, "plat");
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].manager, "kube-controller-manager (scale)");
        assert_eq!(held[0].fields, [".spec.replicas"]);
    }
}
