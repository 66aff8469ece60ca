//! What an apply changes, field by field. Pure.

use serde_json::Value;

use super::conflict::shown;

/// One field of an object before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl FieldChange {
    /// `.spec.replicas: 2 -> 3`
    #[must_use]
    pub fn sentence(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{}: {before} -> {after}", self.field),
            (None, Some(after)) => format!("{}: {after} (new)", self.field),
            (Some(before), None) => format!("{}: {before} (removed)", self.field),
            (None, None) => self.field.clone(),
        }
    }

    #[must_use]
    pub fn is_provenance(&self) -> bool {
        is_provenance(&self.field)
    }
}

/// Whether this field is only plat's note of where a deploy came from and what it was.
pub(super) fn is_provenance(field: &str) -> bool {
    let annotation = field.strip_prefix(".metadata.annotations.plat.dev/");
    annotation.is_some_and(|name| ["repository", "commit", "deployer", "rendered"].contains(&name))
}

/// Fields that the server or a controller writes.
const SERVER_FIELDS: [&str; 6] =
    ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// The differences between two answers of the server about one object, both with its defaults. Status is left out.
#[must_use]
pub fn between(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    walk("", &wanted_part(before), &wanted_part(after), &mut changes);
    changes
}

fn wanted_part(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|field, _| !SERVER_FIELDS.contains(&field.as_str()));
        }
    }
    object
}

fn walk(path: &str, before: &Value, after: &Value, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let path = format!("{path}.{key}");
                pair(&path, old.get(key), new.get(key), changes);
            }
        }
        (Value::Array(old), Value::Array(new)) if named(old) && named(new) => {
            let find = |items: &[Value], name: &Value| items.iter().find(|item| item["name"] == *name).cloned();
            let added = new.iter().filter(|item| find(old, &item["name"]).is_none());
            for item in old.iter().chain(added) {
                let name = &item["name"];
                let path = format!("{path}[name={name}]");
                pair(&path, find(old, name).as_ref(), find(new, name).as_ref(), changes);
            }
        }
        (old, new) if old != new => changes.push(change(path, Some(old), Some(new))),
        _ => {}
    }
}

fn pair(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (Some(before), Some(after)) => walk(path, before, after, changes),
        (before, after) => leaves(path, before, after, changes),
    }
}

/// A part that is on one side only, said by its leaves: `env[name="A"]` alone would hide the value.
fn leaves(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match before.or(after) {
        Some(Value::Object(fields)) if !fields.is_empty() => {
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                leaves(&path, before.map(|_| value), after.map(|_| value), changes);
            }
        }
        _ => changes.push(change(path, before, after)),
    }
}

fn change(path: &str, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    FieldChange {
        field: crate::text::foreign_line(path, 200),
        before: before.map(|value| shown(path, value)),
        after: after.map(|value| shown(path, value)),
    }
}

fn named(items: &[Value]) -> bool {
    items.iter().all(|item| item.get("name").is_some_and(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::same(json!({"spec": {"a": 1}}), json!({"spec": {"a": 1}}), &[])]
    #[case::value(json!({"spec": {"replicas": 2}}), json!({"spec": {"replicas": 3}}), &[".spec.replicas: 2 -> 3"])]
    #[case::by_name(
        json!({"containers": [{"name": "app", "image": "a:1"}]}),
        json!({"containers": [{"name": "app", "image": "a:2"}]}),
        &[".containers[name=\"app\"].image: a:1 -> a:2"]
    )]
    #[case::added_and_removed(
        json!({"env": [{"name": "A", "value": "1"}]}),
        json!({"env": [{"name": "API_TOKEN", "value": "s3cr3t"}]}),
        &[".env[name=\"A\"].name: A (removed)", ".env[name=\"A\"].value: 1 (removed)",
          ".env[name=\"API_TOKEN\"].name: API_TOKEN (new)", ".env[name=\"API_TOKEN\"].value: *** (new)"]
    )]
    #[case::server_fields(
        json!({"metadata": {"generation": 1, "resourceVersion": "7"}, "status": {"replicas": 1}}),
        json!({"metadata": {"generation": 2}, "status": {}}),
        &[]
    )]
    fn between_lists_what_differs(#[case] before: Value, #[case] after: Value, #[case] expected: &[&str]) {
        let sentences: Vec<String> = between(&before, &after).iter().map(FieldChange::sentence).collect();
        assert_eq!(sentences, expected);
    }
}
