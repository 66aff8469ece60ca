//! A service -> the text of its plat.yaml.

use serde_json::{Value, json};

use super::paths;
use super::service::{Line, Service, Unknown, Unset};
use crate::located::Problem;
use crate::spec::{self, order};

/// What an editor checks a plat.yaml against, in the folder that was looked at.
pub const SCHEMA: &str = ".plat/plat.schema.json";
/// Stands for a port that is not known while the rest of the file is checked.
const SOME_PORT: &str = "port: 8080";

/// As few lines as are needed; what is not known is a comment that says why.
#[must_use]
pub fn text(service: &Service) -> String {
    let depth = paths::folder(&service.file).split('/').filter(|part| !part.is_empty()).count();
    let mut parts: Vec<(&str, String)> = service.lines.iter().map(|line| (line.field, written(line))).collect();
    let unknown = |unknown: &Unknown| (unknown.field, format!("# {}: ?  # {}\n", unknown.field, unknown.why));
    parts.extend(service.unknown.iter().map(unknown));
    let (secrets, plain): (Vec<&Unset>, Vec<&Unset>) = service.unset.iter().partition(|unset| unset.secret);
    if !plain.is_empty() {
        parts.push(("env", unset_env(service, &plain)));
    }
    if !secrets.is_empty() {
        parts.push(("secrets", unset_secrets(service, &secrets)));
    }
    parts.sort_by_key(|(field, _)| order(field));
    let text: String = parts.into_iter().map(|(_, text)| text).collect();
    format!("# yaml-language-server: $schema={}{SCHEMA}\n{text}", "../".repeat(depth))
}

fn written(line: &Line) -> String {
    match &line.value {
        Value::Object(map) if line.field == "env" => {
            let entries = map.iter().map(|(name, value)| format!("  {name}: {}\n", flow(value)));
            ["env:\n".to_owned()].into_iter().chain(entries).collect()
        }
        value => {
            let comment = line.comment.as_ref().map(|comment| format!("  # {comment}")).unwrap_or_default();
            format!("{}: {}{comment}\n", line.field, flow(value))
        }
    }
}

/// What is to be said below `env:`, a line each.
fn unset_env(service: &Service, unset: &[&Unset]) -> String {
    let head = if service.line("env").is_some() { "" } else { "# env:\n" };
    let line = |unset: &&Unset| {
        let (name, place) = (&unset.name, unset.evidence.place());
        match &unset.value {
            Some(value) => {
                format!("#   {name}: {}  # only compose knows this host; see {place}\n", flow(&json!(value)))
            }
            None => format!("#   {name}: ?  # nothing here sets it; see {place}\n"),
        }
    };
    let lines = unset.iter().map(line);
    [head.to_owned()].into_iter().chain(lines).collect()
}

/// The line of `secrets` as it would be with them.
fn unset_secrets(service: &Service, unset: &[&Unset]) -> String {
    let known = service.line("secrets").and_then(|line| line.value.as_array().cloned()).unwrap_or_default();
    let names = known.iter().filter_map(Value::as_str).chain(unset.iter().map(|unset| unset.name.as_str()));
    let places: Vec<String> = unset.iter().map(|unset| unset.evidence.place()).collect();
    let them = if places.len() == 1 { "it" } else { "them" };
    let (names, places) = (names.collect::<Vec<_>>().join(", "), places.join(", "));
    format!("# secrets: [{names}]  # nothing here sets {them}; see {places}\n")
}

/// The line of the file that waits for an answer, from 1.
#[must_use]
pub fn line_of(text: &str, unknown: &Unknown) -> Option<usize> {
    text.lines().position(|line| line.starts_with(&format!("# {}: ?", unknown.field))).map(|at| at + 1)
}

/// That plat reads what was written here, but for what is not known.
///
/// # Errors
/// What it does not read: a bug.
pub fn check(text: &str, file: &str) -> Result<(), Vec<Problem>> {
    let whole = text.replace("# port: ?", &format!("{SOME_PORT} "));
    spec::parse(&whole, file).map(|_| ())
}

/// YAML in one line.
#[must_use]
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// Plain where every YAML reads the same text, else in quotes, which JSON and YAML share.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-@+".contains(c));
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_memory = ["Ki", "Mi", "Gi"].contains(&&text[number.len()..]) && number.chars().all(|c| c.is_ascii_digit());
    let is_word =
        ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    // `repo:tag` is a text in flow and block alike: no space follows the colon.
    let is_reference = || {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && !text.ends_with(':')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-@:".contains(c))
    };
    if (is_plain || is_memory || is_reference()) && !is_word {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("node", "node")]
    #[case("app.main:app", "app.main:app")]
    #[case("$(PORT)", "\"$(PORT)\"")]
    #[case("--host", "\"--host\"")]
    #[case("0.0.0.0", "\"0.0.0.0\"")]
    #[case("yes", "\"yes\"")]
    #[case("", "\"\"")]
    #[case("a: b", "\"a: b\"")]
    fn a_text_is_quoted_where_it_must_be(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(scalar(text), expected);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(words in prop::collection::vec("[ -~]{0,12}", 1..4)) {
            let text = format!("name: x\nport: 80\ncommand: {}\n", flow(&serde_json::json!(words)));
            let read = spec::parse(&text, "").map(|spec| spec.command).map_err(|problems| format!("{text}{problems:?}"));
            prop_assert_eq!(read, Ok(words));
        }
    }
}
