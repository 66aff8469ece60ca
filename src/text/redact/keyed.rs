//! A secret that is known by its name: `DB_PASS=…`, `"token": "…"`, `password: |`.

use std::sync::LazyLock;

use regex::Regex;

use super::cookies;
use super::mask::MASK;
use super::names::{NAME, Name};
use super::value::{COLOR, Value, value};
use crate::text::{ascii, ascii_regex};

/// A name that ends like a secret's, its quote, and the sign before the value.
pub(super) static PATTERN: LazyLock<String> = LazyLock::new(|| {
    ascii(&format!(
        r#"(?i)(?P<name>{}|(?:proxy-)?authorization|(?:set-)?cookie)(?P<quote>{COLOR}(?:\\{{0,7}}["'`])?\]?{COLOR})(?P<sign>\s*(?:=>|:=|=|:|%3D)){COLOR}(?P<space>\s*){COLOR}"#,
        *NAME
    ))
});
static KEYED: LazyLock<Regex> = LazyLock::new(|| ascii_regex(&PATTERN));

/// A line whose values are masked, and what that says of the next line.
pub(super) struct Masked {
    pub line: String,
    /// The column of a name whose value follows below, and whether several are meant.
    pub below: Option<(usize, bool)>,
}

pub(super) fn mask(line: &str) -> Masked {
    let mut out = String::with_capacity(line.len());
    let (mut done, mut from, mut below) = (0, 0, None);
    while let Some(found) = KEYED.captures_at(line, from) {
        let part = |group: &str| found.name(group).expect("a group of the pattern");
        let (whole, word) = (found.get(0).expect("the whole match"), part("name"));
        from = word.end().max(from + 1);
        let name = Name::at(line, word.start(), word.end());
        let sign = part("sign").as_str().trim_start();
        let spaced = !part("space").is_empty();
        let is_path = sign == ":" && line[whole.end()..].starts_with(':');
        let is_command = sign == ":" && !spaced && is_task(&line[whole.end()..]);
        let is_comparison = sign == "=" && line[whole.end()..].starts_with('=');
        if is_path || is_command || is_comparison || !is_a_name(line, &name, sign, part("quote").as_str()) {
            continue;
        }
        let at = whole.end();
        if name.is(&["authorization", "proxy-authorization"]) {
            let (end, masked) = cookies::credentials(line, at);
            out.push_str(&line[done..at]);
            out.push_str(&masked);
            (done, from) = (end, end.max(from));
            continue;
        }
        if name.word.to_ascii_lowercase().ends_with("cookie") {
            let (end, masked) = cookies::pairs(line, at);
            out.push_str(&line[done..at]);
            out.push_str(&masked);
            (done, from) = (end, end.max(from));
            continue;
        }
        let begins_line = is_first(&line[..word.start() - name.prefix.len()]) && sign == ":";
        match value(line, at, &name, begins_line, spaced) {
            Value::Text(range) => {
                out.push_str(&line[done..range.start]);
                out.push_str(MASK);
                (done, from) = (range.end, range.end.max(from));
            }
            Value::Below => below = Some((word.start() - name.prefix.len(), name.is_plural())),
            Value::None => {}
        }
    }
    out.push_str(&line[done..]);
    Masked { line: out, below }
}

/// What is done to a secret, as Rails, Rake and npm name their tasks: `bin/rails credentials:edit`.
const TASKS: &[&str] = &["create", "edit", "fetch", "generate", "init", "refresh", "reset", "rotate", "setup", "show"];

fn is_task(value: &str) -> bool {
    let end = value.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(value.len());
    let is_end = |letter: char| letter.is_whitespace() || "`'\").,;".contains(letter);
    TASKS.contains(&&value[..end]) && value[end..].chars().next().is_none_or(is_end)
}

/// Whether nothing but spaces, dashes of a list and a quote are before a name.
fn is_first(before: &str) -> bool {
    before.trim_start_matches([' ', '\t', '-']).trim_matches(['"', '\'']).is_empty()
}

/// Not the end of another word, not the `PASS:` of a test.
fn is_a_name(line: &str, name: &Name, sign: &str, quote: &str) -> bool {
    let stands_alone = name.prefix.is_empty();
    let is_alone = name.is_short() && stands_alone && sign == ":" && quote.is_empty();
    let is_test = is_alone && (name.word == "PASS" || !line.trim_start().starts_with(name.word));
    // The kubelet's words for a name within a Secret: `references non-existent secret key: DB_URL`.
    let is_speaker = sign == ":" && name.is_of_a_pod();
    let is_key_of_secret = name.is(&["secret key"]);
    name.is_whole_word() && !is_test && !is_speaker && !is_key_of_secret && !name.prefix.ends_with("initial-cluster-")
}

/// The name in one field, the value in another: a variable of a container, an attribute of XML.
pub(super) static PAIR: LazyLock<String> = LazyLock::new(|| {
    ascii(&format!(
        r#"(?i)\b(?:name|key|id)\\*["']?\s*[:=]\s*\\*["']?[\w.-]*(?P<name>{})\\*["']?\s*[,;]?\s*\\*["']?value\\*["']?\s*[:=]\s*"#,
        *NAME
    ))
});
/// The same with the value first.
pub(super) static PAIR_TURNED: LazyLock<String> = LazyLock::new(|| {
    ascii(&format!(
        r#"(?i)\bvalue\\*["']?\s*[:=]\s*(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|\\+"[^"\\]*\\+"|[^\s"'\\,;}}]+)\s*[,;]?\s*\\*["']?(?:name|key|id)\\*["']?\s*[:=]\s*\\*["']?[\w.-]*(?P<name>{})(?:["'\\\s,}}]|$)"#,
        *NAME
    ))
});
static PAIRS: LazyLock<Regex> = LazyLock::new(|| ascii_regex(&PAIR));
static PAIRS_TURNED: LazyLock<Regex> = LazyLock::new(|| ascii_regex(&PAIR_TURNED));

pub(super) fn mask_pairs(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    while let Some(found) = PAIRS.captures_at(line, done) {
        let (whole, word) =
            (found.get(0).expect("the whole match"), found.name("name").expect("a group of the pattern"));
        let name = Name::at(line, word.start(), word.end());
        let range = match value(line, whole.end(), &name, false, true) {
            Value::Text(range) if name.is_whole_word() => range,
            _ => whole.end()..whole.end(),
        };
        out.push_str(&line[done..range.start]);
        if !range.is_empty() {
            out.push_str(MASK);
        }
        done = range.end.max(whole.end());
    }
    out.push_str(&line[done..]);
    out
}

pub(super) fn mask_pairs_turned(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    while let Some(found) = PAIRS_TURNED.captures_at(line, done) {
        let (text, word) = (found.name("value").expect("a group"), found.name("name").expect("a group of the pattern"));
        let name = Name::at(line, word.start(), word.end());
        out.push_str(&line[done..text.start()]);
        match value(line, text.start(), &name, false, true) {
            Value::Text(range) if name.is_whole_word() => {
                out.push_str(&line[text.start()..range.start]);
                out.push_str(MASK);
                out.push_str(&line[range.end..text.end()]);
            }
            _ => out.push_str(text.as_str()),
        }
        done = text.end();
    }
    out.push_str(&line[done..]);
    out
}

/// A name alone in its line, as a list of variables has it: `- name: DB_PASSWORD`.
static NAME_ALONE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        format!(r#"(?i)^\s*(?:-\s+)?["']?(?:name|key)["']?\s*:\s*["']?[\w.-]*(?P<name>{})["']?\s*,?\s*$"#, *NAME);
    ascii_regex(&pattern)
});
/// The value of such a name, in the line before or after it.
static VALUE_ALONE: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r#"^\s*(?:-\s+)?["']?(?P<key>value)["']?\s*:\s*"#));

/// Whether this line is only the name of a secret.
pub(super) fn is_name_alone(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    if !lower.contains("name") && !lower.contains("key") {
        return false;
    }
    let Some(found) = NAME_ALONE.captures(line) else { return false };
    let word = found.name("name").expect("a group of the pattern");
    Name::at(line, word.start(), word.end()).is_whole_word()
}

/// `value: …` alone in its line, masked; a block that follows it is told.
pub(super) fn mask_value_alone(line: &str) -> Option<Masked> {
    let found = VALUE_ALONE.captures(line)?;
    let (whole, key) = (found.get(0)?, found.name("key")?);
    let name = Name { prefix: "", word: "password" };
    Some(match value(line, whole.end(), &name, true, true) {
        Value::Text(range) => {
            Masked { line: format!("{}{MASK}{}", &line[..range.start], &line[range.end..]), below: None }
        }
        Value::Below => Masked { line: line.to_owned(), below: Some((key.start(), false)) },
        Value::None => Masked { line: line.to_owned(), below: None },
    })
}
