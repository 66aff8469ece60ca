//! Go.

use std::sync::LazyLock;

use regex::Regex;

use super::way::{self, Around, Read, Way};
use crate::detect::pattern::Pattern;

static WAYS: [Way; 3] = [
    Way {
        pattern: Pattern::new(
            "nv(\"",
            r#"\b(?:os\.(?:Getenv|LookupEnv)|(?:[mM]ust|[rR]equire)\w*[eE]nv)\("(?P<name>[A-Za-z_]\w*)"#,
        ),
        with: &[],
        is_optional: may_be_missing,
    },
    Way { pattern: Pattern::new("env:\"", r#"\benv:"(?P<name>[A-Za-z_]\w*)"#), with: &[], is_optional: has_default },
    Way {
        pattern: Pattern::new("envconfig:\"", r#"\benvconfig:"(?P<name>[A-Za-z_]\w*)"#),
        with: &[],
        is_optional: has_default,
    },
];

pub fn reads(text: &str) -> Vec<Read> {
    way::all(text, &WAYS)
}

fn may_be_missing(around: &Around) -> bool {
    static OTHERWISE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"^(?:!=|==\s*"[^"]|;\s*\w+\s*(?:\{|!=\s*""))"#).expect("a literal pattern"));
    static ASKED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[^\n]*\n\s*if (?P<not>!?)(?:ok|exists|found|set|has)\b[^\n]*\n(?P<block>[^}]*)")
            .expect("a literal pattern")
    });
    if around.before.contains("cmp.Or(") || OTHERWISE.is_match(around.behind()) {
        return true;
    }
    let is_looked_up = around.text[around.start..].starts_with("os.LookupEnv");
    let asked = ASKED.captures(around.after).filter(|_| is_looked_up);
    asked.is_some_and(|found| {
        let is_end =
            ["Fatal", "panic(", "Exit(", "rror", "return nil"].iter().any(|word| found["block"].contains(word));
        found["not"].is_empty() || !is_end
    })
}

/// Of a tag, up to its end.
fn has_default(around: &Around) -> bool {
    around.after.split(['`', '\n']).next().is_some_and(|tag| tag.contains("efault"))
}
