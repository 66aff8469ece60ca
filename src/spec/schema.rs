//! The JSON Schema of plat.yaml, generated from the types. Editors read it, and [`super::check`] walks it.

use std::sync::LazyLock;

use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

use super::formats;
use super::model::Spec;

static SCHEMA: LazyLock<Value> = LazyLock::new(generate);

/// The schema as a value.
pub(super) fn schema() -> &'static Value {
    &SCHEMA
}

/// Follows a `$ref` into `$defs`.
pub(super) fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        Some(name) => &SCHEMA["$defs"][name],
        None => schema,
    }
}

fn generate() -> Value {
    let mut schema = schemars::schema_for!(Spec);
    Tidy.transform(&mut schema);
    let mut schema = schema.to_value();
    schema["title"] = json!("plat.yaml");
    let overlay = overlay(&schema);
    if let Some(properties) = schema["$defs"]["Environment"]["properties"].as_object_mut() {
        properties.extend(overlay);
    }
    schema
}

/// Makes schemars' schema the one that the walker and editors are after.
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut schemars::Schema) {
        if let Some(object) = schema.as_object_mut() {
            forbid_null(object);
            // An absent map, list or optional field is not a value that anybody would write.
            if object.get("default").is_some_and(|default| !default.is_string()) {
                object.remove("default");
            }
            let known = object.get("format").and_then(Value::as_str).and_then(formats::find);
            match known {
                Some(format) => {
                    object.insert("pattern".to_owned(), json!(format.pattern));
                    // Not in the standard; VS Code and the YAML language server say it instead of the pattern.
                    object.insert("patternErrorMessage".to_owned(), json!(format!("must be {}", format.says)));
                }
                // `uint16` and its kind are no standard formats; the bounds beside them say the same.
                None => drop(object.remove("format")),
            }
            if let Some(names) = object.get_mut("propertyNames").and_then(Value::as_object_mut)
                && let Some(format) = names.get("format").and_then(Value::as_str).and_then(formats::find)
            {
                names.insert("pattern".to_owned(), json!(format.pattern));
            }
        }
        transform_subschemas(self, schema);
    }
}

/// Optional means that the key may be absent, not that `null` is a value.
fn forbid_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [only] = choices.as_mut_slice()
            && let Some(only) = only.as_object_mut().map(std::mem::take)
        {
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

/// The fields of a service that an environment may change: all but `name` and `environments`. Nothing is required
/// in them, since the rest comes from the service.
fn overlay(schema: &Value) -> Map<String, Value> {
    let Some(properties) = schema["properties"].as_object() else { return Map::new() };
    properties
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "name" | "environments"))
        .map(|(key, value)| (key.clone(), inlined(value, schema)))
        .collect()
}

fn inlined(value: &Value, root: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut out = Map::new();
            if let Some(name) = object.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/"))
                && let Value::Object(target) = inlined(&root["$defs"][name], root)
            {
                out.extend(target);
            }
            for (key, value) in object {
                if !matches!(key.as_str(), "$ref" | "required" | "default") {
                    out.insert(key.clone(), inlined(value, root));
                }
            }
            Value::Object(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| inlined(item, root)).collect()),
        other => other.clone(),
    }
}
