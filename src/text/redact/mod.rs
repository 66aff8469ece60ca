//! Secrets in foreign text, masked.
//!
//! ```text
//! names    what a secret is called
//! keyed    name and value: `DB_PASS=…`, `"name": "DB_PASS", "value": "…"`
//! value    where a value ends, and what only looks like one
//! cookies  headers whose value has parts
//! rules    where secrets stand: URLs, flags, elements; one line each
//! shapes   what tokens look like; one line each
//! mask     what stands for a secret
//! ```
//!
//! A new form of secret is one line of `rules`, `shapes` or `names` and one of `cases.yaml`, which lists what is masked
//! and what stays. One set of patterns passes over each line; only those that it finds are looked at again.

mod cookies;
mod keyed;
mod mask;
mod names;
mod rules;
mod shapes;
#[cfg(test)]
mod tests;
mod value;

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexSet, RegexSetBuilder};

use mask::MASK;
use rules::RULES;

use crate::text::ascii_regex;

/// All patterns: the rules in their order, then names with values.
static ALL: OnceLock<RegexSet> = OnceLock::new();

fn all() -> &'static RegexSet {
    ALL.get_or_init(|| {
        let keyed = [&*keyed::PATTERN, &*keyed::PAIR, &*keyed::PAIR_TURNED];
        let patterns = RULES.iter().map(|rule| &rule.pattern).chain(keyed);
        RegexSetBuilder::new(patterns).size_limit(64 << 20).dfa_size_limit(16 << 20).build().expect("literal patterns")
    })
}

/// One of these is in every line that a pattern finds, but for tokens, which are long.
const SIGNS: [&str; 36] = [
    "://",
    "invalid port",
    "port could",
    "pass",
    "pwd",
    "pw",
    "secret",
    "token",
    "cred",
    "key",
    "auth",
    "cookie",
    "bearer",
    "basic",
    "negotiate",
    "digest",
    "sig",
    "jwt",
    "identified",
    "@",
    "%40",
    "hooks",
    "webhook",
    "mysql",
    "mariadb",
    "7z",
    "login",
    "mongo",
    "cqlsh",
    "redis-cli",
    "keydb-cli",
    "valkey-cli",
    "ldap",
    "smbclient",
    "curl",
    "wget",
];

/// Whether a look tells that no pattern can find anything: to make them all takes 10 ms, and most runs need none.
fn is_harmless(line: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '$');
    let is_long =
        |run: &str| run.len() >= 16 && run.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '_');
    let lower = line.to_ascii_lowercase();
    !SIGNS.iter().any(|sign| lower.contains(sign)) && !line.split(|c| !is_token(c)).any(is_long)
}

/// PEM (RFC 7468): everything between the lines, also where the line breaks are written as `\n`.
static PEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)(-----BEGIN [A-Z0-9 ]*(?:KEY|KEY BLOCK)-----).*?(-----END [A-Z0-9 ]*-----|\z)")
        .expect("a literal pattern")
});

/// Masks secrets before text is shown or kept: passwords in URLs, credentials of HTTP, values by their names, private
/// keys, and tokens that are known by their shape. Of a private key that begins before the text, whole lines are masked
/// too.
#[must_use]
pub fn redact(text: &str) -> String {
    let text = if text.contains("-----BEGIN ") { PEM.replace_all(text, "$1***$2") } else { Cow::Borrowed(text) };
    let mut redactor = Redactor::default();
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let body = line.trim_end_matches(['\n', '\r']);
        out.push_str(&redactor.masked(body, lines.peek().copied()));
        out.push_str(&line[body.len()..]);
    }
    out
}

/// Masks a text that comes line by line, with the same result but for a value that stands before its name.
#[derive(Debug, Default)]
pub struct Redactor {
    within: Within,
}

/// What the lines before say of this one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Within {
    #[default]
    Text,
    /// Between the lines of a private key.
    Key,
    /// Below a name at this column: a block of text, or a list where several values are meant.
    Below { column: usize, several: bool },
    /// After the name of a secret, whose value is the next line.
    Variable,
}

impl Redactor {
    /// The line without its secrets.
    pub fn line(&mut self, line: &str) -> String {
        self.masked(line, None)
    }

    fn masked(&mut self, line: &str, next: Option<&str>) -> String {
        match std::mem::take(&mut self.within) {
            Within::Key => {
                if !line.contains("-----END ") {
                    self.within = Within::Key;
                    return MASK.to_owned();
                }
            }
            Within::Below { column, several } => {
                if let Some(masked) = below(line, column, several) {
                    self.within = Within::Below { column, several };
                    return masked;
                }
            }
            Within::Variable => {
                if let Some(masked) = keyed::mask_value_alone(line) {
                    return self.follow(masked);
                }
            }
            Within::Text => {}
        }
        if is_body_of_a_key(line) {
            return line.replacen(line.trim(), MASK, 1);
        }
        if next.is_some_and(keyed::is_name_alone)
            && let Some(masked) = keyed::mask_value_alone(line)
        {
            return self.follow(masked);
        }
        if keyed::is_name_alone(line) {
            self.within = Within::Variable;
            return line.to_owned();
        }
        if line.contains("-----BEGIN ") && PEM.is_match(line) && !line.contains("-----END ") {
            self.within = Within::Key;
            return line.to_owned();
        }
        if ALL.get().is_none() && is_harmless(line) {
            return line.to_owned();
        }
        let found = all().matches(line);
        if !found.matched_any() {
            return line.to_owned();
        }
        let rules = RULES.iter().enumerate().filter(|(index, _)| found.matched(*index));
        let line = rules.fold(Cow::Borrowed(line), |line, (_, rule)| Cow::Owned(rule.apply(&line)));
        let of_keys = |nth: usize| found.matched(RULES.len() + nth);
        let line = if of_keys(1) { Cow::Owned(keyed::mask_pairs(&line)) } else { line };
        let line = if of_keys(2) { Cow::Owned(keyed::mask_pairs_turned(&line)) } else { line };
        let masked =
            if of_keys(0) { keyed::mask(&line) } else { keyed::Masked { line: line.into_owned(), below: None } };
        self.follow(masked)
    }

    fn follow(&mut self, masked: keyed::Masked) -> String {
        if let Some((column, several)) = masked.below {
            self.within = Within::Below { column, several };
        }
        masked.line
    }
}

/// `key:` with or without a value.
static FIELD: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r#"^["']?[A-Za-z0-9_./-]+["']?:(?:\s|$)"#));

/// A line below the name of a secret, masked; none when it no longer belongs to it.
fn below(line: &str, column: usize, several: bool) -> Option<String> {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.len() - text.len();
    if text.is_empty() {
        return Some(line.to_owned());
    }
    let item = text.strip_prefix("- ").filter(|_| several);
    let inside = indent > column || (item.is_some() && indent >= column);
    let value = item.unwrap_or(text).trim_end();
    if !inside || FIELD.is_match(value) || (text.starts_with("- ") && item.is_none()) {
        return None;
    }
    Some(format!("{}{MASK}", &line[..line.len() - item.unwrap_or(text).len()]))
}

/// PEM breaks its lines at 64 characters, MIME at 76. A digest is as long, but has no capital letters.
fn is_body_of_a_key(line: &str) -> bool {
    let line = line.trim();
    let has = |of: fn(&char) -> bool| line.chars().any(|c| of(&c));
    matches!(line.len(), 64 | 76)
        && line.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}
