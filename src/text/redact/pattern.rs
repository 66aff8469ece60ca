//! How the patterns of this folder are written, and what stands for what they find.

use regex::Regex;

/// What stands for a secret.
pub(super) const MASK: &str = "***";

/// A pattern of this folder.
pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a literal pattern")
}

/// The pattern with its classes for ASCII alone: what Unicode calls a letter or a space makes it many times larger, and
/// the first use of it slow.
pub(super) fn ascii(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut within = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let class = match c {
            '\\' => match chars.next() {
                Some('w') => "0-9A-Za-z_",
                Some('s') => r" \t\r\n",
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
