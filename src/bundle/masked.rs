//! An object without what is secret in it.

use serde_json::Value;

use crate::text::redact;

/// What stands for a value.
const MASK: &str = "***";

/// The object without what is secret in it: data of a Secret, values of environment variables, what looks like a
/// password anywhere; and without the notes about who wrote what.
#[must_use]
pub fn mask(value: &Value) -> Value {
    let mut masked = value.clone();
    if value["kind"] == "Secret" {
        for key in ["data", "stringData"] {
            for (_, value) in masked.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten() {
                *value = MASK.into();
            }
        }
    }
    mask_within(&mut masked);
    masked
}

fn mask_within(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove("managedFields");
            // A copy of the whole object, as client-side apply keeps it.
            fields.shift_remove("kubectl.kubernetes.io/last-applied-configuration");
            for (key, value) in fields.iter_mut() {
                match value {
                    Value::Array(items) if key == "env" => items.iter_mut().for_each(mask_variable),
                    Value::String(text) => *text = masked_text(key, text),
                    _ => {}
                }
                mask_within(value);
            }
        }
        Value::Array(items) => {
            for item in items {
                if let Value::String(text) = item {
                    *text = redact(text);
                }
                mask_within(item);
            }
        }
        _ => {}
    }
}

fn mask_variable(variable: &mut Value) {
    if let Some(value) = variable.get_mut("value") {
        *value = MASK.into();
    }
}

/// Masked as `key=text` would be.
fn masked_text(key: &str, text: &str) -> String {
    let text = redact(text);
    let pair = redact(&format!("{key}={text}"));
    if pair == format!("{key}={text}") { text } else { MASK.to_owned() }
}
