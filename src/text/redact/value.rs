//! Where a secret's value begins and ends in a line, and what only looks like one.

use std::ops::Range;

use super::names::Name;

/// Colours between a name and its value, as they are and as JSON writes them.
pub(super) const COLOR: &str = r"(?:(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\\e)\[[0-9;]*m)*";

/// A value as it stands in a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// This part is the secret, without its quotes.
    Text(Range<usize>),
    /// It follows in the next lines: a block (`|`), or nothing here at all.
    Below,
    /// An object, a reference, a state: nothing to hide.
    None,
}

/// The value that begins at `at`, after the sign between name and value.
pub(super) fn value(line: &str, at: usize, name: &Name, begins_line: bool, spaced: bool) -> Value {
    let rest = &line[at..];
    if rest.trim().is_empty() {
        return if begins_line { Value::Below } else { Value::None };
    }
    if begins_line && is_block(rest) {
        return Value::Below;
    }
    let range = if let Some((open, len)) = opening(rest) {
        let begin = at + len;
        begin..begin + closing(&line[begin..], open)
    } else if rest.starts_with('[') {
        let end = rest.find(']').unwrap_or(rest.len());
        if is_said_of_it(rest[1..end].trim()) {
            return Value::None;
        }
        at + 1..at + end
    } else if rest.starts_with(['{', '<']) {
        return Value::None;
    } else if begins_line && spaced && !name.is(&["auth", "_auth"]) {
        // `password: two words # a comment`
        let text = rest.split(" #").next().unwrap_or(rest).trim_end();
        at..at + text.len()
    } else {
        at..at + bare(line, at)
    };
    if range.is_empty() || is_plain(&line[range.clone()], name) { Value::None } else { Value::Text(range) }
}

/// `|`, `>-`, `|2`: a block scalar of YAML.
fn is_block(rest: &str) -> bool {
    let rest = rest.split(" #").next().unwrap_or(rest).trim();
    rest.starts_with(['|', '>']) && rest[1..].chars().all(|c| matches!(c, '+' | '-' | '1'..='9')) && rest.len() <= 3
}

/// An opening quote with the backslashes before it: `\"` within JSON.
fn opening(rest: &str) -> Option<(&str, usize)> {
    let slashes = rest.bytes().take_while(|byte| *byte == b'\\').count();
    rest[slashes..].starts_with(['"', '\'', '`']).then(|| (&rest[..=slashes], slashes + 1))
}

/// Bytes until the same quote, written the same way; to the end where there is none.
fn closing(rest: &str, open: &str) -> usize {
    let slashes = open.len() - 1;
    let mut from = 0;
    while let Some(found) = rest[from..].find(&open[slashes..]) {
        let at = from + found;
        let before = rest[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if before <= slashes || (open.ends_with('\'') && slashes == 0) {
            return at - before.min(slashes);
        }
        from = at + 1;
    }
    rest.len()
}

/// Bytes of a value without quotes. A sign ends it only where it separates: a password may hold any.
fn bare(line: &str, at: usize) -> usize {
    let (before, rest) = line.split_at(at);
    let is_open = |quote: char| before.matches(quote).count() % 2 == 1;
    for (index, c) in rest.char_indices() {
        let after = &rest[index + c.len_utf8()..];
        let ends = match c {
            c if c.is_whitespace() => true,
            '"' | '\'' | '`' => is_open(c),
            '\\' => after.starts_with(['"', 'n', 'r', 't', 'u']) && before.contains('"'),
            ',' | ';' | '&' => after.is_empty() || after.starts_with(char::is_whitespace) || begins_pair(after),
            ')' => before.contains('('),
            ']' => before.contains('['),
            '}' => before.contains('{'),
            '>' => before.contains('<'),
            '<' => after.starts_with('/'),
            '\u{1b}' => true,
            _ => false,
        };
        if ends {
            return index;
        }
    }
    rest.len()
}

/// Whether another `name=` or `name:` follows.
fn begins_pair(text: &str) -> bool {
    let name = text.trim_start_matches(['"', '\'', ' ']);
    let end = name
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '"')))
        .unwrap_or(name.len());
    end > 0 && name[end..].starts_with(['=', ':'])
}

/// What is said of a secret instead of it, in logs and manifests; the first word of a sentence counts as well.
const STATES: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "nil",
    "none",
    "undefined",
    "<nil>",
    "~",
    "empty",
    "unset",
    "set",
    "present",
    "missing",
    "required",
    "optional",
    "enabled",
    "disabled",
    "invalid",
    "valid",
    "expired",
    "not",
    "is",
    "was",
    "must",
    "cannot",
    "could",
    "can",
    "unable",
    "failed",
    "failure",
    "error",
    "denied",
    "unexpected",
    "illegal",
    "malformed",
    "unknown",
    "unauthorized",
    "found",
    "incorrect",
    "wrong",
    "rejected",
    "revoked",
    "rotated",
    "created",
    "updated",
    "deleted",
    "string",
    "strings",
    "stringarray",
    "bytes",
    "redacted",
    "[redacted]",
    "hidden",
    "masked",
    "omitted",
    "basic",
    "bearer",
    "simple",
    "in",
    "for",
    "of",
    "the",
    "a",
    "an",
    "has",
    "have",
    "will",
    "should",
    "using",
    "used",
    "with",
    "without",
    "from",
    "to",
    "and",
    "or",
    "please",
    "authentication",
    "verification",
];

/// A word of [`STATES`], or a sentence that begins with one.
pub(super) fn is_state(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    STATES.contains(&lower.as_str()) || STATES.contains(&first_word(&lower))
}

/// `'Required'`: what a validator says of the field, in quotes and alone in its list.
fn is_said_of_it(text: &str) -> bool {
    opening(text).is_some_and(|(open, len)| {
        let end = len + closing(&text[len..], open);
        end + open.len() == text.len() && is_state(&text[len..end])
    })
}

fn first_word(text: &str) -> &str {
    text.split([' ', ',', '.', ';', ':', '\t']).next().unwrap_or_default()
}

fn is_plain(text: &str, name: &Name) -> bool {
    let is_masked = text.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '•' | '.' | '#')) || text.starts_with("***");
    let counts = (name.is_plural() && !name.is(&["password"])) || (name.prefix.is_empty() && name.is_short());
    let is_count = counts && first_word(text).chars().all(|c| c.is_ascii_digit());
    is_state(text) || is_masked || is_count || is_reference(text) || is_file(text) || is_object(text, name)
}

/// `$DB_PASS`, `${DB_PASS}`, `$(DB_PASS)`, `{{ .Values.password }}`, `%s`: where the value comes from.
fn is_reference(text: &str) -> bool {
    let wrapped = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
    let variable = text.strip_prefix('$').is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    });
    variable
        || wrapped("${", "}")
        || wrapped("$(", ")")
        || wrapped("{{", "}}")
        || wrapped("<", ">")
        || matches!(text, "%s" | "%v" | "%q" | "%d" | "%w" | "%+v" | "{}" | "?" | "$1")
}

/// A file that holds the secret is not the secret.
fn is_file(text: &str) -> bool {
    let endings = ["key", "pem", "crt", "txt", "json", "yaml", "yml", "token", "conf", "jks", "p12", "env"];
    let is_path = text.starts_with(['/', '~']) || text.starts_with("./");
    let below = ["/run/", "/var/run/", "/etc/", "/secrets/", "/mnt/"];
    is_path
        && (below.iter().any(|root| text.starts_with(root))
            || text.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending)))
}

/// `secret="demo/shop"` names an object of the cluster, as its own programs log it.
fn is_object(text: &str, name: &Name) -> bool {
    let is_name = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
    };
    name.is(&["secret"])
        && text.split_once('/').is_some_and(|(namespace, object)| is_name(namespace) && is_name(object))
}
