//! A plat.yaml as people write it: what is short on one line, the rest below each other.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// Characters of a line.
const WIDTH: usize = 120;
/// What is nested deeper is on one line only if it is no longer than this.
const NARROW: usize = 72;

/// Every key on a line of its own; `comment` has what is said behind one.
pub(super) fn document(fields: &Map<String, Value>, comment: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut lines = Vec::new();
    for (key, value) in fields {
        let first = lines.len();
        entry(key, value, 0, &mut lines);
        if let (Some(comment), [line]) = (comment(key), &mut lines[first..]) {
            *line = format!("{line}  # {comment}");
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn entry(key: &str, value: &Value, indent: usize, lines: &mut Vec<String>) {
    let start = format!("{:indent$}{}:", "", scalar(key));
    if let Value::String(text) = value
        && is_block(text)
    {
        return literal(&start, text, indent + 2, lines);
    }
    if let Some(text) = flow(value).filter(|text| fits(text, value, start.len())) {
        return lines.push(format!("{start} {text}"));
    }
    lines.push(start);
    // Items of a list stand below their key without another step to the right.
    block(value, if value.is_array() { indent } else { indent + 2 }, lines);
}

/// A text as it is, each line of it on one.
fn literal(start: &str, text: &str, indent: usize, lines: &mut Vec<String>) {
    lines.push(format!("{start} {}", if text.ends_with('\n') { "|" } else { "|-" }));
    lines
        .extend(text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") }));
}

fn block(value: &Value, indent: usize, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                entry(key, value, indent, lines);
            }
        }
        Value::Array(list) => {
            for item in list {
                let dash = format!("{:indent$}-", "");
                if let Value::String(text) = item
                    && is_block(text)
                {
                    literal(&dash, text, indent + 2, lines);
                } else if let Some(text) = flow(item).filter(|text| fits(text, item, indent + 2)) {
                    lines.push(format!("{dash} {text}"));
                } else {
                    let first = lines.len();
                    block(item, indent + 2, lines);
                    if let Some(line) = lines.get_mut(first) {
                        *line = format!("{dash} {}", line.trim_start());
                    }
                }
            }
        }
        other => lines.push(format!("{:indent$}{}", "", flow(other).unwrap_or_default())),
    }
}

fn fits(text: &str, value: &Value, before: usize) -> bool {
    let length = before + 1 + text.chars().count();
    let is_leaf = !value.is_object() && !value.is_array();
    is_leaf || length <= NARROW || length <= WIDTH && depth(value) <= 2
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// On one line; none where a text of several lines is in it.
pub(super) fn flow(value: &Value) -> Option<String> {
    Some(match value {
        Value::Object(fields) => {
            let pairs = fields.iter().map(|(key, value)| Some(format!("{}: {}", scalar(key), flow(value)?)));
            format!("{{{}}}", pairs.collect::<Option<Vec<_>>>()?.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(flow).collect::<Option<Vec<_>>>()?.join(", ")),
        Value::String(text) if is_block(text) => return None,
        Value::String(text) => scalar(text),
        other => other.to_string(),
    })
}

/// Whether it can stand as it is after `|`.
fn is_block(text: &str) -> bool {
    let end = text.strip_suffix('\n').unwrap_or(text);
    end.contains('\n')
        && !end.ends_with('\n')
        && !text.starts_with(char::is_whitespace)
        && text.chars().all(|c| c == '\n' || !c.is_control() && !is_break(c))
}

fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Without quotes where every reader of YAML takes it for this text.
fn scalar(text: &str) -> String {
    static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
        let word = r"[A-Za-z_/$](?:[A-Za-z0-9_./$@+-]|:[A-Za-z0-9_./$@+-])*";
        Regex::new(&format!(r"^(?:{word}|[0-9]+(?:\.[0-9]+)?(?:m|k|M|G|T|Ki|Mi|Gi|Ti|s|h|%))$"))
            .expect("a literal pattern")
    });
    const WORDS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "_"];
    if PLAIN.is_match(text) && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let quoted = Value::String(text.to_owned()).to_string();
    quoted.chars().map(|c| if is_odd(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

/// What a reader may take for a line break, or drop.
fn is_odd(c: char) -> bool {
    is_break(c) || matches!(c, '\u{7f}'..='\u{9f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("nginx:1.27", "nginx:1.27")]
    #[case("128Mi", "128Mi")]
    #[case("8080", "\"8080\"")]
    #[case("no", "\"no\"")]
    #[case("0.5", "\"0.5\"")]
    #[case("a: b", "\"a: b\"")]
    #[case("a #b", "\"a #b\"")]
    #[case("*", "\"*\"")]
    #[case("", "\"\"")]
    #[case("1e3", "\"1e3\"")]
    #[case("a\u{2028}b", "\"a\\u2028b\"")]
    #[case("$(A)-$B", "\"$(A)-$B\"")]
    fn a_text_is_quoted_where_a_reader_could_take_it_for_something_else(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(scalar(text), expected);
        let read: Value = serde_yaml::from_str(&scalar(text)).expect("YAML");
        assert_eq!(read, json!(text));
    }

    #[test]
    fn what_is_short_is_on_one_line() {
        let value = json!({
            "name": "web",
            "selector": {"app": "web"},
            "files": [{"a": "one\ntwo\n", "b": "one\ntwo"}, {"c": 1}, "one\n two"],
            "long": {"first": "x".repeat(60), "second": ["y".repeat(50)]},
        });
        let text = document(value.as_object().expect("a map"), |key| (key == "name").then_some("its name"));
        let expected = format!(
            "name: web  # its name\nselector: {{app: web}}\nfiles:\n- a: |\n    one\n    two\n  b: |-\n    one\n    two\n- {{c: 1}}\n- |-\n  one\n   two\n\
             long:\n  first: {}\n  second: [{}]\n",
            "x".repeat(60),
            "y".repeat(50)
        );
        assert_eq!(text, expected);
        assert_eq!(serde_yaml::from_str::<Value>(&text).expect("YAML"), value);
    }
}
