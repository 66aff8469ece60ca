//! Rust.

use super::way::{self, Around, Read, Way};
use crate::detect::pattern::Pattern;

static WAYS: [Way; 2] = [
    Way {
        pattern: Pattern::new("::var", r#"\b(?:env|dotenvy|dotenv)::var(?:_os)?\(\s*"(?P<name>[A-Za-z_]\w*)"#),
        with: &[],
        is_optional: may_be_missing,
    },
    Way { pattern: Pattern::new("env = \"", r#"\benv = "(?P<name>[A-Z]\w*)"#), with: &["clap"], is_optional: is_free },
];

pub fn reads(text: &str) -> Vec<Read> {
    way::all(text.split("#[cfg(test)]").next().unwrap_or(text), &WAYS)
}

fn may_be_missing(around: &Around) -> bool {
    let statement = around.statement();
    let has = |words: &[&str]| words.iter().any(|word| statement.contains(word));
    let is_asked = ["if let Ok(", "if let Some(", "match "].iter().any(|sign| around.before.contains(sign));
    let otherwise = ["unwrap_or", "map_or", ".is_ok()", ".is_some()", ".ok()"];
    is_asked || has(&otherwise) && !has(&["panic!", "ok_or", "expect(", "context("])
}

/// An argument with a default, or whose field may be empty.
fn is_free(around: &Around) -> bool {
    let open = around.text[..around.start].rfind("#[").unwrap_or(around.start);
    let Some(close) = around.after.find(")]") else { return false };
    let attribute = &around.text[open..around.text.len() - around.after.len() + close];
    let field = around.after[close..].trim_start_matches(")]").trim_start().lines().next().unwrap_or_default();
    attribute.contains("default_value") || ["Option<", "Vec<", ": bool"].iter().any(|kind| field.contains(kind))
}
