//! Where a value is in an object: by keys, and by what tells the items of a list apart.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::manifests::list_keys;
use crate::rollout::quantity;

/// Stands for what is not there.
pub(super) static NOTHING: Value = Value::Null;

/// The last step of the order of a list whose items are told apart.
pub(super) const ORDER: &str = "(order)";

/// Where the template of the pods is; none for what runs none.
pub(super) fn template(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" | "Job" => Some("/spec/template"),
        "CronJob" => Some("/spec/jobTemplate/spec/template"),
        _ => None,
    }
}

/// The pod's specification; null for what runs none.
pub(super) fn pod<'v>(kind: &str, body: &'v Value) -> &'v Value {
    template(kind).map_or(&NOTHING, |template| at(body, &format!("{template}/spec")))
}

/// The value of a JSON pointer; null where there is none.
pub(super) fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&NOTHING)
}

pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The texts of a map, as labels are.
pub(super) fn texts(value: &Value) -> BTreeMap<&str, &str> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}

/// What tells the items of both lists apart, each item of one list by another value; none where nothing does.
pub(super) fn key_of(list: &str, one: &[Value], other: &[Value]) -> Option<&'static str> {
    let unique = |items: &[Value], key: &str| {
        let mut seen: Vec<String> = items.iter().map(|item| item[key].to_string()).collect();
        seen.sort();
        seen.windows(2).all(|pair| pair[0] != pair[1])
    };
    let has = |items: &[Value], key: &str| items.iter().all(|item| !item[key].is_null());
    // As the merge takes the first of them that an item has.
    let key = list_keys(list)?.iter().find(|key| one.iter().chain(other).any(|item| !item[**key].is_null()))?;
    [one, other].into_iter().all(|items| has(items, key) && unique(items, key)).then_some(*key)
}

/// As a step of a path.
pub(super) fn key_text(item: &Value, key: &str) -> String {
    item[key].as_str().map_or_else(|| item[key].to_string(), ToOwned::to_owned)
}

/// Quantities are the same however they are written.
pub(super) fn is_same(one: &Value, other: &Value, path: &[String]) -> bool {
    const QUANTITIES: [&str; 4] = ["requests", "limits", "sizeLimit", "capacity"];
    if one == other {
        return true;
    }
    let is_quantity = path.iter().rev().take(2).any(|step| QUANTITIES.contains(&step.as_str()));
    let number = |value: &Value| quantity::parse(&key_text(&serde_json::json!({"value": value}), "value"));
    // Both of them are sums of few digits.
    is_quantity && number(one).zip(number(other)).is_some_and(|(one, other)| (one - other).abs() <= one.abs() * 1e-12)
}

/// Every value that has no parts of its own, by its path. The order of a list whose items are told apart is one too.
pub(super) fn leaves(value: &Value, other: &Value) -> BTreeMap<Vec<String>, Value> {
    static EMPTY: LazyLock<Vec<Value>> = LazyLock::new(Vec::new);
    fn walk(value: &Value, other: &Value, path: &mut Vec<String>, found: &mut BTreeMap<Vec<String>, Value>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    path.push(key.clone());
                    walk(value, &other[key], path, found);
                    path.pop();
                }
            }
            Value::Array(list) => {
                let there = other.as_array().unwrap_or(&EMPTY);
                let name = path.last().map(String::as_str).unwrap_or_default();
                let Some(key) = key_of(name, list, there) else {
                    found.insert(path.clone(), value.clone());
                    return;
                };
                for item in list {
                    let same = there.iter().find(|other| other[key] == item[key]).unwrap_or(&NOTHING);
                    path.push(key_text(item, key));
                    walk(item, same, path, found);
                    path.pop();
                }
                let order: Vec<Value> = list.iter().map(|item| item[key].clone()).collect();
                if order.len() > 1 {
                    path.push(ORDER.to_owned());
                    found.insert(path.clone(), Value::Array(order));
                    path.pop();
                }
            }
            _ => {
                found.insert(path.clone(), value.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(value, other, &mut Vec::new(), &mut found);
    found
}

/// `spec.template.spec.containers[web].image`
pub(super) fn written(path: &[String]) -> String {
    let mut list = "";
    let mut parts = Vec::new();
    for step in path {
        if list_keys(list).is_some() {
            parts.push(format!("[{step}]"));
            list = "";
        } else {
            parts.push(format!(".{step}"));
            list = step;
        }
    }
    parts.concat().trim_start_matches('.').to_owned()
}
