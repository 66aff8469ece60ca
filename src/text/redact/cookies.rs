//! Headers whose value has parts: of cookies the values go, of an authorization everything but its scheme.

use super::pattern::MASK;

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
        _ if text.is_empty() || text.starts_with(MASK) || text.starts_with('{') || text.starts_with('<') => {
            text.to_owned()
        }
        Some((_, rest)) if is_reference(rest) => text.to_owned(),
        Some((scheme, _)) => format!("{scheme} {MASK}"),
        None if is_a_scheme(text) => text.to_owned(),
        None => MASK.to_owned(),
    };
    (end, format!("{}{masked}", &line[at..begin]))
}

fn is_reference(text: &str) -> bool {
    text.starts_with("***") || text.starts_with("${") || text.starts_with("{{") || text.starts_with("$(")
}

/// A word that says how one authorizes, or that nobody does.
fn is_a_scheme(text: &str) -> bool {
    let known = [
        "basic",
        "bearer",
        "digest",
        "negotiate",
        "none",
        "null",
        "nil",
        "true",
        "false",
        "required",
        "node,rbac",
        "rbac",
    ];
    known.contains(&text.to_ascii_lowercase().as_str())
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
