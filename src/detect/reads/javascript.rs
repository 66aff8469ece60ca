//! JavaScript and TypeScript.

use std::sync::LazyLock;

use regex::Regex;

use super::way::{self, Around, Read, Way};
use crate::detect::pattern::{Pattern, is_comment};

static WAYS: [Way; 3] = [
    Way {
        pattern: Pattern::new("process.env", r#"\bprocess\.env(?:\?)?(?:\.|\[\s*["'`])(?P<name>[A-Za-z_]\w*)"#),
        with: &[],
        is_optional: may_be_missing,
    },
    Way {
        pattern: Pattern::new(
            "onfigService.get",
            r#"onfigService\.get(?:OrThrow)?(?:<[^>()]*>)?\(\s*["'`](?P<name>[A-Z][A-Z0-9_]*)"#,
        ),
        with: &[],
        is_optional: may_be_missing,
    },
    Way {
        pattern: Pattern::new(": z.", r"^\s*(?P<name>[A-Z][A-Z0-9_]*): z\."),
        with: &["parse(process.env", "Parse(process.env", "createEnv("],
        is_optional: has_default,
    },
];

pub fn reads(text: &str) -> Vec<Read> {
    let mut reads = way::all(text, &WAYS);
    reads.extend(taken_apart(text));
    reads.sort_by_key(|read| read.at);
    reads
}

fn may_be_missing(around: &Around) -> bool {
    static OTHERWISE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^(?:\|\||\?|&&|=[^=>]|[!=]==?\s*(?:["'`][^"'`]|true|false|\d)|,\s*10\s*\)\s*(?:\|\||\?\?))"#)
            .expect("a literal pattern")
    });
    static MISSING: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"^===?\s*(?:undefined|null|''|"")"#).expect("a literal pattern"));
    let before = around.before.trim_end();
    // `!!x` asks, `!x` is what is done where it is missing.
    if before.ends_with('!') && !before.ends_with("!!") {
        return false;
    }
    let behind = around.behind();
    // TypeScript's word that it is there, and not the beginning of `!=`.
    let asserted = behind.strip_prefix('!').filter(|rest| !rest.starts_with('='));
    let behind = asserted.map_or(behind, |rest| rest.trim_start_matches([')', ']', ' ']));
    if MISSING.is_match(behind) {
        return false;
    }
    let is_asked =
        ["if (", "!!", "Boolean(", "delete ", "typeof ", "&& "].iter().any(|sign| around.before.ends_with(sign));
    // The default of a call: `get('A', 'x')`.
    let is_call = around.text[around.start..].starts_with("onfigService");
    let has_second = is_call && around.after.trim_start_matches(['"', '\'', '`']).starts_with(',');
    is_asked || has_second || OTHERWISE.is_match(behind)
}

/// Of a schema: up to the next key.
fn has_default(around: &Around) -> bool {
    let end = around.after.find(",\n").unwrap_or_else(|| around.statement().len());
    [".default(", ".optional(", ".nullish(", ".catch("].iter().any(|sign| around.after[..end].contains(sign))
}

/// `const { A, B: b = 'x' } = process.env`
fn taken_apart(text: &str) -> Vec<Read> {
    let mut reads = Vec::new();
    for (at, _) in text.match_indices("process.env") {
        let Some(before) = text[..at].trim_end().strip_suffix('=') else { continue };
        let Some(inner) = before.trim_end().strip_suffix('}') else { continue };
        let Some(open) = inner.rfind('{') else { continue };
        let mut start = open + 1;
        for part in inner[open + 1..].split(',') {
            let name: String =
                part.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let indent = part.len() - part.trim_start().len();
            let line = text[..start + indent].rfind('\n').map_or(0, |end| end + 1);
            if !name.is_empty() && !is_comment(&text[line..start + indent]) {
                reads.push(Read { name, at: start + indent, is_optional: part.contains('=') });
            }
            start += part.len() + 1;
        }
    }
    reads
}
