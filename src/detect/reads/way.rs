//! One way to read a variable, and what around it says that it may be missing.

use crate::detect::pattern::{Pattern, Place, places};

/// Characters behind a place in which a name is followed: it is soon judged, or a constant of the file.
const NEAR: usize = 400;
/// The same, for what is done where it is missing.
const BLOCK: usize = 120;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub name: String,
    /// Where it is read, in bytes.
    pub at: usize,
    /// The program has something to take instead, or only asks whether it is there.
    pub is_optional: bool,
}

/// A call whose name says nothing by itself (`config("A")`) only counts in a file that has one of these.
pub struct Way {
    /// Its group: `name`.
    pub pattern: Pattern,
    pub with: &'static [&'static str],
    pub is_optional: fn(&Around) -> bool,
}

/// Where a variable is read.
pub struct Around<'t> {
    pub text: &'t str,
    pub name: &'t str,
    pub start: usize,
    /// The line up to there.
    pub before: &'t str,
    /// What follows the name.
    pub after: &'t str,
    assigned: Option<&'t str>,
}

/// All reads of these ways, in their order.
pub fn all(text: &str, ways: &[Way]) -> Vec<Read> {
    let counts = |way: &&Way| way.with.is_empty() || way.with.iter().any(|sign| text.contains(sign));
    let mut reads: Vec<Read> = ways
        .iter()
        .filter(counts)
        .flat_map(|way| {
            let found = places(text, &way.pattern).into_iter();
            found.filter(|place| !is_behind_code(place.before)).map(|place| read(text, &place, way)).collect::<Vec<_>>()
        })
        .collect();
    reads.sort_by_key(|read| read.at);
    reads
}

fn read(text: &str, place: &Place, way: &Way) -> Read {
    let name = place.groups.name("name").map_or("", |name| name.as_str());
    let is_whole = place.before.trim_end().ends_with('=') && !place.before.trim_end().ends_with("==");
    let assigned = place.assigned_to().filter(|_| is_whole);
    // A character of a literal may reach over the window, and is of no interest.
    let after = &text[place.end..];
    let around = Around { text, name, start: place.start, before: place.before, after, assigned };
    Read { name: name.to_owned(), at: place.start, is_optional: (way.is_optional)(&around) || around.is_handled() }
}

/// Whether a comment begins before this end of a line: `x(); // `, `x = 1  # `.
fn is_behind_code(before: &str) -> bool {
    [" // ", "\t// ", ";// ", "  # ", " /* "].iter().any(|sign| before.contains(sign))
}

impl Around<'_> {
    /// What follows, without what closes the call and its number.
    pub fn behind(&self) -> &str {
        let is_closing = |c: char| "\"'`])".contains(c) || c.is_whitespace();
        self.after.trim_start_matches(is_closing)
    }

    /// Up to the end of the statement.
    pub fn statement(&self) -> &str {
        let end = self.after.char_indices().take(NEAR).find(|(_, c)| *c == ';').map(|(at, _)| at);
        &self.after[..end.unwrap_or_else(|| self.near())]
    }

    fn near(&self) -> usize {
        self.after.char_indices().nth(NEAR).map_or(self.after.len(), |(at, _)| at)
    }

    /// Whether the name that it is put under is asked before it is used, or given another value where it is empty.
    fn is_handled(&self) -> bool {
        let Some(name) = self.assigned else { return false };
        let is_constant = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let after = if is_constant { self.after } else { &self.after[..self.near()] };
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        after.match_indices(name).any(|(at, _)| {
            let (before, rest) = (&after[..at], &after[at + name.len()..]);
            if before.ends_with(is_part) || rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                return false;
            }
            let rest = rest.trim_start_matches([' ', '\t']);
            let is_asked_for = ["!", "not "].iter().any(|sign| before.ends_with(sign))
                || ["== \"\"", "=== undefined", "== null", "=== null", "is None"]
                    .iter()
                    .any(|sign| rest.starts_with(sign));
            if is_asked_for {
                let end = rest.char_indices().nth(BLOCK).map_or(rest.len(), |(at, _)| at);
                return [" = ", " := "].iter().any(|sign| rest[..end].contains(&format!("{name}{sign}")));
            }
            let follows = [
                "||",
                "??",
                "&&",
                "or ",
                "and ",
                "?.",
                "? ",
                "!= \"\"",
                "!= nil",
                "!= null",
                "!== undefined",
                "is not None",
                "?:",
            ];
            let is_condition = ["if (", "if ", "elif "].iter().any(|sign| before.ends_with(sign))
                && [")", ":", "{"].iter().any(|sign| rest.starts_with(sign));
            is_condition || follows.iter().any(|sign| rest.starts_with(sign))
        })
    }
}
