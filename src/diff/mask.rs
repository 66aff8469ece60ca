//! Values as a reader may see them: masked where they are or look secret.
//!
//! The rule, as docs/change-safety.md gives it: data of a Secret is never shown, not even its length. Elsewhere a text is
//! masked by what its field or environment variable is called, and in any text what looks like a secret.

use serde_json::Value;

use super::change::one_line;
use crate::text::redact;

/// What stands for a value that is not shown.
pub const MASK: &str = "***";

/// Whether this path leads into the data of a Secret.
#[must_use]
pub fn is_secret_data(kind: &str, path: &str) -> bool {
    let is_in = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    kind == "Secret" && (is_in(".data") || is_in(".stringData"))
}

/// The value of a field in one line for a reader, cut where it is long. Ask [`is_secret_data`] first.
#[must_use]
pub fn shown(path: &str, value: &Value) -> String {
    one_line(&masked(path, value))
}

/// The value of a field, whole: a text as it is, anything else as JSON.
pub(super) fn masked(path: &str, value: &Value) -> String {
    match value {
        Value::String(text) => masked_text(name(path), text),
        value => {
            let mut value = value.clone();
            mask_within(name(path), &mut value);
            value.to_string()
        }
    }
}

fn mask_within(name: &str, value: &mut Value) {
    match value {
        Value::String(text) => *text = masked_text(name, text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_within(name, item)),
        Value::Object(fields) => {
            // An environment variable names its value beside it.
            let variable = fields.get("name").and_then(Value::as_str).map(ToOwned::to_owned);
            for (key, value) in fields.iter_mut() {
                let name = variable.as_deref().filter(|_| key == "value").unwrap_or(key);
                mask_within(name, value);
            }
        }
        _ => {}
    }
}

/// Masked as `NAME=value` would be.
fn masked_text(name: &str, text: &str) -> String {
    // Quoted, so that a secret with spaces or commas in it is one secret.
    let quoted = |text: &str| format!("{name}={}", serde_json::Value::from(text));
    if redact(&quoted(text)) == quoted(MASK) && text != MASK { MASK.to_owned() } else { redact(text) }
}

/// What names the value: the environment variable, else the last key of the path.
fn name(path: &str) -> &str {
    if path.rsplit('.').next() == Some("value")
        && let Some((name, _)) = path.rsplit_once("[name=\"").and_then(|(_, rest)| rest.split_once('"'))
    {
        return name;
    }
    path.rsplit(['.', '/']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(".env[name=\"DB_PASSWORD\"].value", json!("hunter2"), "***")]
    #[case(".env[name=\"DB_URL\"].value", json!("postgres://app:hunter2@db/shop"), "postgres://app:***@db/shop")]
    #[case(".env[name=\"PASSWORD\"].value", json!("two words"), "***")]
    #[case(".env[name=\"GREETING\"].value", json!("a=b"), "a=b")]
    #[case(".metadata.annotations.acme.io/token", json!("abc"), "***")]
    #[case(".data.api_key", json!("abc"), "***")]
    #[case(".spec.template.spec.automountServiceAccountToken", json!(false), "false")]
    #[case(".spec.volumes[name=\"a\"].secret.secretName", json!("shop"), "shop")]
    #[case(".spec.replicas", json!(3), "3")]
    #[case(".x", json!("\u{1b}[2J"), "\\u{1b}[2J")]
    fn a_secret_is_known_by_its_name_or_its_shape(#[case] path: &str, #[case] value: Value, #[case] expected: &str) {
        assert_eq!(shown(path, &value), expected);
    }

    #[rstest]
    #[case("Secret", ".data.a", true)]
    #[case("Secret", ".stringData", true)]
    #[case("Secret", ".metadata.name", false)]
    #[case("ConfigMap", ".data.a", false)]
    fn data_of_a_secret_is_known_by_its_place(#[case] kind: &str, #[case] path: &str, #[case] expected: bool) {
        assert_eq!(is_secret_data(kind, path), expected);
    }
}
