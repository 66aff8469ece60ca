//! Values as a reader may see them: cut, escaped, and masked where they are or look secret.
//!
//! The rule, as docs/change-safety.md gives it: data of a Secret is never shown, not even its length. Elsewhere a text is
//! masked when the name of its field or environment variable ends in password, passwd, secret, token, api-key,
//! access-key or private-key; and in any text a password of a URL, a bearer token, a JWT, an AWS or GitHub key.

use serde_json::Value;

use crate::text::{foreign_line, redact};

/// Longest value that is shown.
const VALUE: usize = 120;
/// What stands for a value that is not shown.
pub const MASK: &str = "***";

/// Whether this path leads into the data of a Secret.
#[must_use]
pub fn is_secret_data(kind: &str, path: &str) -> bool {
    let is_in = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    kind == "Secret" && (is_in(".data") || is_in(".stringData"))
}

/// The value of a field for a reader. Ask [`is_secret_data`] first.
#[must_use]
pub fn shown(path: &str, value: &Value) -> String {
    let Value::String(text) = value else { return foreign_line(&value.to_string(), VALUE) };
    // Masked as `NAME=value` would be.
    let pair = redact(&format!("{}={text}", name(path)));
    let masked = pair.split_once('=').map_or(MASK, |(_, text)| text);
    // A secret with spaces in it is one secret.
    let whole = masked.starts_with(MASK) && !text.starts_with(MASK);
    foreign_line(if whole { MASK } else { masked }, VALUE)
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
