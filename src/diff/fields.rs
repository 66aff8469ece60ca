//! What differs between two answers of the server about one object, field by field.

use serde::Serialize;
use serde_json::Value;

use super::mask::{MASK, is_secret_data, shown};
use crate::text::foreign_line;

/// One field of an object before and after, as a reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    pub field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl FieldChange {
    /// `.spec.replicas: 2 -> 3`
    #[must_use]
    pub fn sentence(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if before == after => format!("{}: changed (value not shown)", self.field),
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

/// Whether this field is only a note of plat's or kubectl's own: where a deploy came from, what it was.
#[must_use]
pub fn is_provenance(field: &str) -> bool {
    let annotation = field.strip_prefix(".metadata.annotations.");
    annotation.is_some_and(|name| {
        name == "kubectl.kubernetes.io/last-applied-configuration"
            || name
                .strip_prefix("plat.dev/")
                .is_some_and(|name| ["repository", "commit", "deployer", "rendered", "keep"].contains(&name))
    })
}

/// Fields that the server or a controller writes.
const SERVER_FIELDS: [&str; 6] =
    ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// Lists whose items are told apart by other keys than `name` (`x-kubernetes-list-map-keys` of the API).
const KEYED: [(&str, &[&str]); 6] = [
    ("ports", &["containerPort", "protocol"]),
    ("ports", &["port", "protocol"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("hostAliases", &["ip"]),
];

/// The differences between two answers of the server about one object, both with its defaults, so that only what is
/// wanted differs. Status is left out.
#[must_use]
pub fn between(before: &Value, after: &Value) -> Vec<FieldChange> {
    let kind = after["kind"].as_str().or(before["kind"].as_str()).unwrap_or_default();
    let mut walk = Walk { kind, changes: Vec::new() };
    walk.both("", "", &wanted_part(before), &wanted_part(after));
    walk.changes
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

struct Walk<'k> {
    kind: &'k str,
    changes: Vec<FieldChange>,
}

impl Walk<'_> {
    /// `key`: the last key of the path, which tells how a list's items are told apart.
    fn both(&mut self, path: &str, key: &str, before: &Value, after: &Value) {
        match (before, after) {
            (Value::Object(old), Value::Object(new)) => {
                let added = new.keys().filter(|key| !old.contains_key(*key));
                for key in old.keys().chain(added) {
                    self.pair(&format!("{path}.{key}"), key, old.get(key), new.get(key));
                }
            }
            (Value::Array(old), Value::Array(new)) => match keys_of(key, old, new) {
                Some(keys) => self.items(path, keys, old, new),
                None if old != new => self.change(path, Some(before), Some(after)),
                None => {}
            },
            (old, new) if old != new => self.change(path, Some(old), Some(new)),
            _ => {}
        }
    }

    fn items(&mut self, path: &str, keys: &[&str], old: &[Value], new: &[Value]) {
        let find = |items: &[Value], id: &str| items.iter().find(|item| selector(item, keys) == id).cloned();
        let mut ids: Vec<String> = old.iter().map(|item| selector(item, keys)).collect();
        let added: Vec<String> = new.iter().map(|item| selector(item, keys)).filter(|id| !ids.contains(id)).collect();
        ids.extend(added);
        for id in ids {
            self.pair(&format!("{path}[{id}]"), "", find(old, &id).as_ref(), find(new, &id).as_ref());
        }
    }

    fn pair(&mut self, path: &str, key: &str, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(before), Some(after)) => self.both(path, key, before, after),
            (before, after) => self.leaves(path, before, after),
        }
    }

    /// A part that is on one side only, said by its leaves: `env[name="A"]` alone would hide the value.
    fn leaves(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>) {
        match before.or(after) {
            Some(Value::Object(fields)) if !fields.is_empty() => {
                for (key, value) in fields {
                    self.leaves(&format!("{path}.{key}"), before.map(|_| value), after.map(|_| value));
                }
            }
            _ => self.change(path, before, after),
        }
    }

    fn change(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>) {
        let secret = is_secret_data(self.kind, path);
        let shown = |value: &Value| if secret { MASK.to_owned() } else { shown(path, value) };
        self.changes.push(FieldChange {
            field: foreign_line(path, 200),
            before: before.map(shown),
            after: after.map(shown),
        });
    }
}

/// What tells the items of both lists apart, each item of one list by another value.
fn keys_of(list: &str, old: &[Value], new: &[Value]) -> Option<&'static [&'static str]> {
    let special = KEYED.into_iter().filter(|(name, _)| *name == list).map(|(_, keys)| keys);
    let unique = |items: &[Value], keys: &[&str]| {
        let mut ids: Vec<String> = items.iter().map(|item| selector(item, keys)).collect();
        ids.sort();
        ids.windows(2).all(|two| two[0] != two[1])
    };
    let all = || old.iter().chain(new);
    special.chain([&["name"] as &[&str]]).find(|keys| {
        all().next().is_some()
            && all().all(|item| item.get(keys[0]).is_some_and(|value| value.is_string() || value.is_number()))
            && unique(old, keys)
            && unique(new, keys)
    })
}

/// `containerPort=8080,protocol="TCP"`
fn selector(item: &Value, keys: &[&str]) -> String {
    let pairs = keys.iter().filter_map(|key| item.get(*key).map(|value| format!("{key}={value}")));
    pairs.collect::<Vec<_>>().join(",")
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
    #[case::masked_on_both_sides(
        json!({"env": [{"name": "API_TOKEN", "value": "one"}]}),
        json!({"env": [{"name": "API_TOKEN", "value": "two"}]}),
        &[".env[name=\"API_TOKEN\"].value: changed (value not shown)"]
    )]
    #[case::secret_data(
        json!({"kind": "Secret", "data": {"a": "b25l", "b": "eA=="}}),
        json!({"kind": "Secret", "data": {"a": "dHdv", "c": "eA=="}}),
        &[".data.a: changed (value not shown)", ".data.b: *** (removed)", ".data.c: *** (new)"]
    )]
    #[case::ports_by_their_keys(
        json!({"ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 81, "protocol": "TCP"}]}),
        json!({"ports": [{"containerPort": 81, "protocol": "TCP", "name": "x"},
                         {"containerPort": 80, "protocol": "TCP"}]}),
        &[".ports[containerPort=81,protocol=\"TCP\"].name: x (new)"]
    )]
    #[case::a_list_of_values(json!({"args": ["a"]}), json!({"args": ["b"]}), &[".args: [\"a\"] -> [\"b\"]"])]
    #[case::two_items_of_one_name(
        json!({"items": [{"name": "a", "v": 1}, {"name": "a", "v": 2}]}),
        json!({"items": [{"name": "a", "v": 1}, {"name": "a", "v": 3}]}),
        &[".items: [{\"name\":\"a\",\"v\":1},{\"name\":\"a\",\"v\":2}] -> [{\"name\":\"a\",\"v\":1},{\"name\":\"a\",\"v\":3}]"]
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
