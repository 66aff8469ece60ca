//! The patch that makes one object of another, as `manifests::merge` applies it.

use serde_json::{Map, Value, json};

use super::paths::{is_same, key_of};
use crate::manifests::list_keys;

/// None where there is nothing to change. `by_key`: whether lists of this kind have keys.
pub(super) fn between(from: &Value, to: &Value, by_key: bool) -> Option<Map<String, Value>> {
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return None };
    Differing { by_key }.map(from, to, &mut Vec::new())
}

struct Differing {
    by_key: bool,
}

impl Differing {
    fn map(
        &self,
        from: &Map<String, Value>,
        to: &Map<String, Value>,
        path: &mut Vec<String>,
    ) -> Option<Map<String, Value>> {
        if from.len() > 2 && !to.is_empty() && from.keys().all(|key| !to.contains_key(key)) {
            let replaced = to.iter().map(|(key, value)| (key.clone(), self.fresh(key, value)));
            return Some(std::iter::once(("$patch".to_owned(), json!("replace"))).chain(replaced).collect());
        }
        let mut changes = Map::new();
        for key in from.keys().chain(to.keys().filter(|key| !from.contains_key(*key))) {
            path.push(key.clone());
            match (from.get(key), to.get(key)) {
                (Some(_), None) => {
                    changes.insert(key.clone(), Value::Null);
                }
                (Some(from), Some(to)) if is_same(from, to, path) => {}
                (Some(Value::Object(from)), Some(Value::Object(to))) => {
                    if let Some(below) = self.map(from, to, path) {
                        changes.insert(key.clone(), Value::Object(below));
                    }
                }
                (Some(Value::Array(from)), Some(Value::Array(to))) => self.list(key, (from, to), path, &mut changes),
                (_, Some(to)) => {
                    changes.insert(key.clone(), self.fresh(key, to));
                }
                (None, None) => {}
            }
            path.pop();
        }
        (!changes.is_empty()).then_some(changes)
    }

    fn list(
        &self,
        name: &str,
        (from, to): (&[Value], &[Value]),
        path: &mut Vec<String>,
        changes: &mut Map<String, Value>,
    ) {
        if to.is_empty() {
            changes.insert(name.to_owned(), Value::Null);
            return;
        }
        let Some(key) = key_of(name, from, to).filter(|_| self.by_key) else {
            changes.insert(name.to_owned(), self.fresh(name, &Value::Array(to.to_vec())));
            return;
        };
        let find = |items: &[Value], item: &Value| items.iter().find(|other| other[key] == item[key]).cloned();
        let mut items = Vec::new();
        for item in from.iter().filter(|item| find(to, item).is_none()) {
            items.push(json!({key: item[key], "$patch": "delete"}));
        }
        for item in to {
            let Some(there) = find(from, item) else {
                items.push(self.fresh("", item));
                continue;
            };
            path.push(super::paths::key_text(item, key));
            if let (Value::Object(there), Value::Object(item)) = (&there, item)
                && let Some(below) = self.map(there, item, path)
            {
                let known = std::iter::once((key.to_owned(), item[key].clone()));
                items.push(Value::Object(known.chain(below).collect()));
            }
            path.pop();
        }
        let stays = from.iter().filter(|item| find(to, item).is_some());
        let comes = to.iter().filter(|item| find(from, item).is_none());
        let order: Vec<&Value> = stays.chain(comes).map(|item| &item[key]).collect();
        let is_ordered = order.iter().eq(to.iter().map(|item| &item[key]).collect::<Vec<_>>().iter());
        if !is_ordered {
            let order: Vec<Value> = to.iter().map(|item| json!({key: item[key]})).collect();
            changes.insert(format!("$setElementOrder/{name}"), Value::Array(order));
        }
        if !items.is_empty() {
            changes.insert(name.to_owned(), Value::Array(items));
        }
    }

    /// What is not there yet: where items cannot be told apart, the list is replaced, so that none is taken for another.
    fn fresh(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), self.fresh(key, value))).collect())
            }
            Value::Array(list) if self.by_key && list_keys(name).is_some() => match key_of(name, list, &[]) {
                Some(_) => Value::Array(list.iter().map(|item| self.fresh("", item)).collect()),
                None => {
                    Value::Array(std::iter::once(json!({"$patch": "replace"})).chain(list.iter().cloned()).collect())
                }
            },
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::merged;
    use rstest::rstest;

    fn value(yaml: &str) -> Value {
        serde_yaml::from_str(yaml).expect("YAML")
    }

    #[rstest]
    #[case::nothing("{a: 1}", "{a: 1}", "null")]
    #[case::a_value("{a: 1}", "{a: 2}", "{a: 2}")]
    #[case::gone("{a: 1, b: 2}", "{b: 2}", "{a: null}")]
    #[case::emptied("{a: {b: 1}}", "{a: {}}", "{a: {b: null}}")]
    #[case::quantities("{limits: {cpu: 500m}}", "{limits: {cpu: '0.5'}}", "null")]
    #[case::all_other("{a: {b: 1, c: 2, d: 3}}", "{a: {x: 1}}", "{a: {$patch: replace, x: 1}}")]
    #[case::an_item_more("{env: [{name: A}]}", "{env: [{name: A}, {name: B}]}", "{env: [{name: B}]}")]
    #[case::an_item_less("{env: [{name: A}, {name: B}]}", "{env: [{name: A}]}", "{env: [{name: B, $patch: delete}]}")]
    #[case::an_item_before(
        "{containers: [{name: a, image: x}]}",
        "{containers: [{name: p, image: y}, {name: a, image: x}]}",
        "{containers: [{name: p, image: y}], $setElementOrder/containers: [{name: p}, {name: a}]}"
    )]
    #[case::two_of_one_key(
        "{ports: [{port: 80}]}",
        "{ports: [{port: 53, protocol: TCP}, {port: 53, protocol: UDP}]}",
        "{ports: [{$patch: replace}, {port: 53, protocol: TCP}, {port: 53, protocol: UDP}]}"
    )]
    #[case::a_list_without_keys("{tolerations: [{key: a}]}", "{tolerations: [{key: b}]}", "{tolerations: [{key: b}]}")]
    #[case::another_type("{a: [1]}", "{a: 2}", "{a: 2}")]
    fn a_patch_leads_from_one_to_the_other(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
        let (from, to) = (value(from), value(to));
        let patch = between(&from, &to, true);
        assert_eq!(patch.clone().map_or(Value::Null, Value::Object), value(expected));
        if expected != "{a: 2}" && !expected.contains("null") || expected.contains("{b: null}") {
            let made = patch.map_or(from.clone(), |patch| merged(&from, &patch));
            let same = is_same(&made, &to, &["limits".to_owned()]) || made == from;
            assert!(same || made == to, "{made}");
        }
    }
}
