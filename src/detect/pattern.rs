//! Patterns over source files: a text that is looked for, and around it an expression.

use std::sync::OnceLock;

use regex::{Captures, Regex};

/// Characters behind the needle that one expression may span: a call may be written over some lines.
const WINDOW: usize = 240;
/// Places of one needle in one file that are looked at.
const PLACES: usize = 200;

/// One way in which code says something. Its groups: `port`, `name` (of what holds the port), `host`, `path`, `on` (what
/// a route is added to).
#[derive(Debug)]
pub struct Pattern {
    /// Is in each place that the expression finds: what has it not needs no regular expression.
    needle: &'static str,
    expression: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    #[must_use]
    pub const fn new(needle: &'static str, expression: &'static str) -> Self {
        Self { needle, expression, compiled: OnceLock::new() }
    }

    #[must_use]
    pub fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| Regex::new(self.expression).expect("a literal pattern"))
    }
}

/// Where a pattern was found.
pub struct Place<'t> {
    pub groups: Captures<'t>,
    /// Bytes of the text.
    pub start: usize,
    pub end: usize,
    /// Of the beginning of what was found.
    pub line: usize,
    /// The line up to what was found.
    pub before: &'t str,
    /// What follows it.
    pub after: &'t str,
}

impl<'t> Place<'t> {
    /// `port` of `port := os.Getenv("PORT")`, `port, ok := …`
    #[must_use]
    pub fn assigned_to(&self) -> Option<&'t str> {
        let (name, _) = self.before.split_once('=')?;
        let name = name.trim_end_matches(':').split([',', ':']).next()?.trim();
        name.rsplit(char::is_whitespace).next().filter(|name| !name.is_empty())
    }
}

/// Where a pattern is found in a text.
#[must_use]
pub fn places<'t>(text: &'t str, pattern: &Pattern) -> Vec<Place<'t>> {
    let mut found: Vec<Place<'t>> = Vec::new();
    let mut done = 0;
    for (at, _) in text.match_indices(pattern.needle).take(PLACES) {
        if at < done {
            continue;
        }
        let begin = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let line_begin = begin.max(done);
        if is_comment(&text[begin..at]) {
            continue;
        }
        let window = &text[line_begin..within(text, at + WINDOW)];
        let Some(groups) = pattern.regex().captures(window) else { continue };
        let whole = groups.get(0).expect("the whole match");
        // What begins behind the needle's line belongs to a needle of its own.
        let start = line_begin + whole.start();
        done = line_begin + whole.end();
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        if is_comment(&text[line_start..start]) {
            continue;
        }
        let line = text[..start].matches('\n').count() + 1;
        found.push(Place {
            start,
            end: done,
            line,
            before: &text[line_start..start],
            after: &text[done..within(text, done + WINDOW)],
            groups,
        });
    }
    found
}

/// The place itself, or the next one where a character begins.
fn within(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at.min(text.len())) {
        at += 1;
    }
    at.min(text.len())
}

/// Whether the beginning of a line says that the rest is not code.
#[must_use]
pub fn is_comment(before: &str) -> bool {
    let before = before.trim_start();
    ["//", "#!", "# ", "*", "/*", "<!--"].iter().any(|sign| before.starts_with(sign)) || before == "#"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What follows is cut where a character ends, wherever that is.
    #[test]
    fn any_text_may_follow() {
        for length in 0..4 {
            let text = format!("port(1){}{}", "x".repeat(WINDOW - length), "…".repeat(9));
            assert_eq!(places(&text, &Pattern::new("port(", r"port\(")).len(), 1);
        }
    }
}
