//! Headers whose value has parts: of cookies the values go, of an authorization everything but its scheme.

use super::mask::MASK;
use super::value::is_state;

/// Attributes of `Set-Cookie` (RFC 6265): no secrets.
const ATTRIBUTES: &[&str] = &["path", "domain", "expires", "max-age", "samesite", "priority", "version"];

/// Where the header ends that begins at `at`: with its quote, its bracket or the line.
fn end(line: &str, at: usize) -> (usize, usize) {
    let (before, rest) = line.split_at(at);
    let lead = rest.len() - rest.trim_start_matches(['[', ' ', '\\', '"', '\'', '`']).len();
    let opened = &rest[..lead];
    let quote =
        ['"', '\'', '`'].into_iter().find(|quote| opened.contains(*quote) || before.matches(*quote).count() % 2 == 1);
    let body = &rest[lead..];
    let len = match quote {
        Some(quote) => body.find(quote).map_or(body.len(), |end| body[..end].trim_end_matches('\\').len()),
        None if opened.contains('[') || before.contains("map[") => body.find(']').unwrap_or(body.len()),
        None => body.find("\\r\\n").or_else(|| body.find("\\n")).unwrap_or(body.trim_end().len()),
    };
    (at + lead, at + lead + len)
}

/// `Basic dXNlcjpwYXNz` -> `Basic ***`
pub(super) fn credentials(line: &str, at: usize) -> (usize, String) {
    let (begin, end) = end(line, at);
    let text = &line[begin..end];
    let scheme = text.split_once(' ').filter(|(scheme, rest)| {
        !rest.trim().is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    });
    let masked = match scheme {
        _ if text.is_empty() || text.starts_with(MASK) || text.starts_with(['{', '<']) => text.to_owned(),
        Some((_, rest)) if is_reference(rest) => text.to_owned(),
        Some((scheme, rest)) if is_a_scheme(scheme) || looks_random(rest) => format!("{scheme} {MASK}"),
        // A sentence: `authorization failed: no basic auth credentials`.
        Some(_) => text.to_owned(),
        None if is_a_scheme(text) || is_state(text) => text.to_owned(),
        None => MASK.to_owned(),
    };
    (end, format!("{}{masked}", &line[at..begin]))
}

fn is_reference(text: &str) -> bool {
    text.starts_with("***") || text.starts_with("${") || text.starts_with("{{") || text.starts_with("$(")
}

/// A word that says how one authorizes (RFC 9110), or how a server checks it.
fn is_a_scheme(text: &str) -> bool {
    let known = [
        "basic",
        "bearer",
        "digest",
        "negotiate",
        "ntlm",
        "hawk",
        "token",
        "apikey",
        "api-key",
        "key",
        "hoba",
        "mutual",
        "oauth",
        "dpop",
        "gnap",
        "sharedkey",
        "jwt",
        "node,rbac",
        "rbac",
    ];
    let lower = text.to_ascii_lowercase();
    known.contains(&lower.as_str()) || lower.contains("hmac") || lower.starts_with("scram-")
}

/// Whether the first word is no word of a language.
fn looks_random(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.chars().any(|c| c.is_ascii_digit() || c == '=') || word.chars().skip(1).any(|c| c.is_ascii_uppercase())
}

/// `a=1; b=2; Path=/` -> `a=***; b=***; Path=/`
pub(super) fn pairs(line: &str, at: usize) -> (usize, String) {
    let (begin, end) = end(line, at);
    let masked: Vec<String> = line[begin..end].split(';').map(pair).collect();
    (end, format!("{}{}", &line[at..begin], masked.join(";")))
}

fn pair(text: &str) -> String {
    match text.split_once('=') {
        Some((name, value))
            if !value.is_empty() && !ATTRIBUTES.contains(&name.trim().to_ascii_lowercase().as_str()) =>
        {
            format!("{name}={MASK}")
        }
        _ => text.to_owned(),
    }
}
