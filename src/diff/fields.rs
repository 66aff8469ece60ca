//! What differs between two answers of the server about one object, field by field.

use serde_json::Value;

use super::change::FieldChange;
use super::list::{Item, aligned};
use super::mask::{MASK, is_secret_data, masked};
use super::merge_keys::{MergeKeys, selector};

/// Fields that the server or a controller writes.
const SERVER_FIELDS: [&str; 6] =
    ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// The Deployment controller's number of the rollout.
const CONTROLLERS_ANNOTATION: &str = "deployment.kubernetes.io/revision";

/// Lists whose order decides something although their items have keys.
const ORDERED: [&str; 2] = ["initContainers", "env"];

/// The differences between two answers of the server about one object, both with its defaults, so that only what is
/// wanted differs. Status is left out.
#[must_use]
pub fn between(before: &Value, after: &Value) -> Vec<FieldChange> {
    let kind = after["kind"].as_str().or(before["kind"].as_str()).unwrap_or_default();
    let mut walk = Walk { kind, keys: MergeKeys::of([before, after]), changes: Vec::new() };
    walk.both(&Place::default(), &wanted_part(before), &wanted_part(after));
    walk.changes
}

fn wanted_part(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|field, _| !SERVER_FIELDS.contains(&field.as_str()));
            let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
            if annotations.is_some_and(|all| all.remove(CONTROLLERS_ANNOTATION).is_some() && all.is_empty()) {
                metadata.remove("annotations");
            }
        }
    }
    object
}

struct Walk<'k> {
    kind: &'k str,
    keys: MergeKeys,
    changes: Vec<FieldChange>,
}

/// Where in an object.
#[derive(Debug, Clone, Default)]
struct Place {
    /// For a reader: `.spec.containers[name="app"].ports`
    path: String,
    /// The names alone: `.spec.containers.ports`
    names: String,
}

impl Place {
    fn field(&self, key: &str) -> Self {
        Self { path: format!("{}.{key}", self.path), names: format!("{}.{key}", self.names) }
    }

    fn item(&self, id: impl std::fmt::Display) -> Self {
        Self { path: format!("{}[{id}]", self.path), names: self.names.clone() }
    }
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Old,
    New,
}

impl Walk<'_> {
    fn both(&mut self, place: &Place, before: &Value, after: &Value) {
        match (before, after) {
            (before, after) if before == after => {}
            (Value::Object(old), Value::Object(new)) => {
                let added = new.keys().filter(|key| !old.contains_key(*key));
                for key in old.keys().chain(added) {
                    self.field(&place.field(key), old.get(key), new.get(key));
                }
            }
            (Value::Array(old), Value::Array(new)) => match self.keys.find(&place.names, old, new) {
                Some(keys) => self.keyed(place, &keys, old, new),
                None => self.aligned(place, old, new),
            },
            _ => self.change(place, Some(before), Some(after)),
        }
    }

    /// A list whose items have keys.
    fn keyed(&mut self, place: &Place, keys: &[String], old: &[Value], new: &[Value]) {
        let ids = |items: &[Value]| items.iter().map(|item| selector(item, keys)).collect::<Vec<String>>();
        let (old_ids, new_ids) = (ids(old), ids(new));
        let both = |ids: &[String], others: &[String]| -> Vec<String> {
            ids.iter().filter(|id| others.contains(id)).cloned().collect()
        };
        let (order, wanted) = (both(&old_ids, &new_ids), both(&new_ids, &old_ids));
        let list = place.names.rsplit('.').next().unwrap_or_default();
        if order != wanted && ORDERED.contains(&list) {
            let order = |ids: &[String]| Some(format!("in the order {}", ids.join(" ")));
            self.changes.push(FieldChange {
                field: place.path.clone(),
                before: order(&old_ids),
                after: order(&new_ids),
            });
        }
        for (id, item) in old_ids.iter().zip(old) {
            match new_ids.iter().position(|other| other == id) {
                Some(at) => self.both(&place.item(id), item, &new[at]),
                None => self.change_of_item(&place.item(id), keys, item, Side::Old),
            }
        }
        for (id, item) in new_ids.iter().zip(new).filter(|(id, _)| !old_ids.contains(id)) {
            self.change_of_item(&place.item(id), keys, item, Side::New);
        }
    }

    /// A list whose items are told apart by what they are and where. An item of both has the index that it has now.
    fn aligned(&mut self, place: &Place, old: &[Value], new: &[Value]) {
        for item in aligned(old, new) {
            match item {
                Item::Both(before, after) => self.both(&place.item(after), &old[before], &new[after]),
                Item::Old(before) => self.change(&place.item(before), Some(&old[before]), None),
                Item::New(after) => self.change(&place.item(after), None, Some(&new[after])),
            }
        }
    }

    /// An item that is on one side only is one change. Its keys are in its path: where one field more is in it, as in an
    /// environment variable, it is that field.
    fn change_of_item(&mut self, place: &Place, keys: &[String], item: &Value, side: Side) {
        let mut rest = item.as_object().into_iter().flatten().filter(|(key, _)| !keys.contains(key));
        let (place, value) = match (rest.next(), rest.next()) {
            (Some((key, value)), None) if !value.is_object() && !value.is_array() => (place.field(key), value),
            _ => (place.clone(), item),
        };
        match side {
            Side::Old => self.change(&place, Some(value), None),
            Side::New => self.change(&place, None, Some(value)),
        }
    }

    /// A field that is on one side only is said by what is in it.
    fn field(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(before), Some(after)) => self.both(place, before, after),
            (before, after) => match before.or(after) {
                Some(Value::Object(fields)) if !fields.is_empty() => {
                    for (key, value) in fields {
                        self.field(&place.field(key), before.map(|_| value), after.map(|_| value));
                    }
                }
                _ => self.change(place, before, after),
            },
        }
    }

    fn change(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        let secret = is_secret_data(self.kind, &place.path);
        let shown = |value: &Value| if secret { MASK.to_owned() } else { masked(&place.path, value) };
        let (before, after) = (before.map(shown), after.map(shown));
        self.changes.push(FieldChange { field: place.path.clone(), before, after });
    }
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
        &[".env[name=\"A\"].value: 1 (removed)", ".env[name=\"API_TOKEN\"].value: *** (new)"]
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
    #[case::a_list_of_values(json!({"args": ["a"]}), json!({"args": ["b"]}), &[".args[0]: a -> b"])]
    #[case::a_value_that_was_inserted(json!({"args": ["a", "b"]}), json!({"args": ["x", "a", "b"]}), &[".args[0]: x (new)"])]
    #[case::a_port_of_an_ingress(
        json!({"kind": "Ingress", "spec": {"rules": [{"host": "a", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "shop", "port": {"number": 80}}}}]}}]}}),
        json!({"kind": "Ingress", "spec": {"rules": [{"host": "a", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "shop", "port": {"number": 8080}}}}]}}]}}),
        &[".spec.rules[0].http.paths[0].backend.service.port.number: 80 -> 8080"]
    )]
    #[case::a_rule_that_was_inserted(
        json!({"spec": {"rules": [{"host": "a", "n": 1}, {"host": "c", "n": 1}]}}),
        json!({"spec": {"rules": [{"host": "a", "n": 1}, {"host": "b", "n": 2}, {"host": "c", "n": 1}]}}),
        &[".spec.rules[1]: {\"host\":\"b\",\"n\":2} (new)"]
    )]
    #[case::a_peer_of_a_network_policy(
        json!({"spec": {"ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80, "protocol": "TCP"}]}]}}),
        json!({"spec": {"ingress": [{"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}],
            "ports": [{"port": 8080, "protocol": "TCP"}]}]}}),
        &[".spec.ingress[0].from[1]: {\"ipBlock\":{\"cidr\":\"10.0.0.0/8\"}} (new)",
          ".spec.ingress[0].ports[port=80,protocol=\"TCP\"]: {\"port\":80,\"protocol\":\"TCP\"} (removed)",
          ".spec.ingress[0].ports[port=8080,protocol=\"TCP\"]: {\"port\":8080,\"protocol\":\"TCP\"} (new)"]
    )]
    #[case::keys_that_the_server_tells(
        json!({"metadata": {"managedFields": [{"fieldsV1": {"f:spec": {"f:listeners": {"k:{\"id\":\"b\"}": {".": {}}}}}}]},
            "spec": {"listeners": [{"id": "a", "n": 1}, {"id": "b", "n": 1}]}}),
        json!({"metadata": {}, "spec": {"listeners": [{"id": "b", "n": 2}, {"id": "a", "n": 1}]}}),
        &[".spec.listeners[id=\"b\"].n: 1 -> 2"]
    )]
    #[case::an_order_that_matters(
        json!({"initContainers": [{"name": "a"}, {"name": "b"}]}),
        json!({"initContainers": [{"name": "b"}, {"name": "a"}]}),
        &[".initContainers: in the order name=\"a\" name=\"b\" -> in the order name=\"b\" name=\"a\""]
    )]
    #[case::a_secret_within_an_item(
        json!({"users": []}),
        json!({"users": [{"login": "app", "password": "hunter2", "url": "https://app:hunter2@x.example"}]}),
        &[".users[0]: {\"login\":\"app\",\"password\":\"***\",\"url\":\"https://app:***@x.example\"} (new)"]
    )]
    #[case::two_items_of_one_name(
        json!({"items": [{"name": "a", "v": 1}, {"name": "a", "v": 2}]}),
        json!({"items": [{"name": "a", "v": 1}, {"name": "a", "v": 3}]}),
        &[".items[1].v: 2 -> 3"]
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
