//! The fields of plat.yaml as a table, from its JSON Schema.

use std::fmt::Write;

use serde_json::{Map, Value};

/// One row a field, in the order of the types; the fields of an environment that only repeat the service's are one.
pub fn table(schema: &Value) -> String {
    let mut rows = String::from("| field | value | what it means |\n|---|---|---|\n");
    properties(schema, schema, "", &mut rows);
    rows
}

fn properties(root: &Value, schema: &Value, prefix: &str, rows: &mut String) {
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        row(root, field, &format!("{prefix}{key}"), rows);
    }
}

fn row(root: &Value, field: &Value, path: &str, rows: &mut String) {
    let target = resolve(root, field);
    let description = field["description"].as_str().or(target["description"].as_str()).unwrap_or_default();
    let description = description.replace('\n', " ");
    writeln!(rows, "| `{path}` | {} | {description} |", value(root, field)).expect("a String takes all");
    if path == "environments" {
        return environment(root, resolve(root, &target["additionalProperties"]), rows);
    }
    for choice in std::iter::once(target).chain(target["anyOf"].as_array().into_iter().flatten()) {
        properties(root, resolve(root, choice), &format!("{path}."), rows);
    }
    let each = resolve(root, &target["additionalProperties"]);
    properties(root, each, &format!("{path}.NAME."), rows);
}

/// What is an environment's own; the service's fields are merged over the service.
fn environment(root: &Value, schema: &Value, rows: &mut String) {
    let service = root["properties"].as_object().expect("the schema has fields");
    let fields = schema["properties"].as_object().expect("an environment has fields");
    let own: Map<String, Value> =
        fields.iter().filter(|(key, _)| !service.contains_key(*key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    for (key, field) in &own {
        row(root, field, &format!("environments.NAME.{key}"), rows);
    }
    let shared = fields.len() - own.len();
    let left: Vec<&str> = service.keys().map(String::as_str).filter(|key| !fields.contains_key(*key)).collect();
    writeln!(
        rows,
        "| `environments.NAME.*` | | The {shared} fields of the service but {}: maps are merged, everything else is replaced |",
        left.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ")
    )
    .expect("a String takes all");
}

fn value(root: &Value, field: &Value) -> String {
    let schema = resolve(root, field);
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(|choice| value(root, choice)).collect::<Vec<_>>().join(" or ");
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices.iter().filter_map(Value::as_str).map(|c| format!("`{c}`")).collect::<Vec<_>>().join(" or ");
    }
    if let Some(says) = schema["patternErrorMessage"].as_str() {
        return says.trim_start_matches("must be ").to_owned();
    }
    match &schema["type"] {
        Value::String(kind) if kind == "integer" => {
            format!("a whole number from {} to {}", schema["minimum"], schema["maximum"])
        }
        Value::String(kind) if kind == "boolean" => "`true` or `false`".to_owned(),
        Value::String(kind) if kind == "array" => format!("a list; each: {}", value(root, &schema["items"])),
        Value::String(kind) if kind == "object" && schema["properties"].is_object() => "a map".to_owned(),
        Value::String(kind) if kind == "object" => match &schema["propertyNames"]["format"] {
            Value::String(name) => format!("a map; each key: {}", name.replace('-', " ")),
            _ => "a map".to_owned(),
        },
        Value::Array(_) => "a text, a number or true/false".to_owned(),
        _ => "a text".to_owned(),
    }
}

fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        Some(name) => &root["$defs"][name],
        None => schema,
    }
}
