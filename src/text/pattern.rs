//! How patterns are written that are part of the program.

use regex::Regex;

/// A pattern that is part of the program, for ASCII alone: see [`ascii`].
///
/// # Panics
/// Where it is none.
#[must_use]
pub fn ascii_regex(literal: &str) -> Regex {
    Regex::new(&ascii(literal)).expect("a literal pattern")
}

/// The pattern with its classes for ASCII alone: what Unicode calls a letter or a space makes it many times larger, and
/// the first use of it slow.
#[must_use]
pub fn ascii(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut within = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let class = match c {
            '\\' => match chars.next() {
                Some('w') => "0-9A-Za-z_",
                Some('s') => r"\x20\t\r\n",
                Some('d') => "0-9",
                Some('b') if !within => {
                    out.push_str(r"(?-u:\b)");
                    continue;
                }
                other => {
                    out.push(c);
                    out.extend(other);
                    continue;
                }
            },
            c => {
                within = c == '[' || (within && c != ']');
                out.push(c);
                continue;
            }
        };
        if within {
            out.push_str(class);
        } else {
            out.extend(["[", class, "]"]);
        }
    }
    out
}
