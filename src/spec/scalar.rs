//! What a plain (unquoted) YAML scalar is.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::ascii_regex;

/// The type that a YAML 1.2 reader gives a plain scalar, or that readers disagree about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    /// YAML 1.1 (kubectl's reader) and YAML 1.2 take it for different things, or it is a number in a notation that
    /// would not reach the program as it is written.
    Ambiguous,
}

static AMBIGUOUS: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(concat!(
        r"^(?i:y|n|yes|no|on|off",
        r"|[-+]?\.inf|\.nan",
        r"|[-+]?0[xob][0-9a-f_]+",
        r"|[-+]?0[0-9_]+",
        r"|[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?)$",
    ))
});
static INTEGER: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"^[-+]?[0-9]+$"));
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"));

pub(super) fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Plain::Boolean,
        _ if AMBIGUOUS.is_match(text) => Plain::Ambiguous,
        _ if INTEGER.is_match(text) => Plain::Integer,
        _ if NUMBER.is_match(text) => Plain::Number,
        _ => Plain::Text,
    }
}

/// The seconds of `1h30m`; none where it is no such text, or beyond counting.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let unit = match after.as_bytes().first()? {
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        rest = &after[1..];
    }
    Some(total)
}

/// The first character that does not reach a pod as it was written, with its line.
///
/// The API server reads a server-side apply as YAML, where JSON has no need to escape these: it refuses what is not
/// printable (YAML 1.2, 5.1), and silently makes a space of the line breaks of YAML 1.1.
#[must_use]
pub fn unsendable(text: &str) -> Option<(usize, char)> {
    let refused = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}');
    let at = text.find(refused)?;
    Some((text[..at].matches('\n').count() + 1, text[at..].chars().next()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("90s", Some(90))]
    #[case("1h30m", Some(5400))]
    #[case("2m1s", Some(121))]
    #[case("5", None)]
    #[case("m", None)]
    #[case("5d", None)]
    #[case("99999999999999999999h", None)]
    fn a_duration_is_its_seconds(#[case] text: &str, #[case] expected: Option<i64>) {
        assert_eq!(seconds(text), expected);
    }

    #[rstest]
    #[case("~", Plain::Null)]
    #[case("true", Plain::Boolean)]
    #[case("8080", Plain::Integer)]
    #[case("-1", Plain::Integer)]
    #[case("0", Plain::Integer)]
    #[case("1.50", Plain::Number)]
    #[case("1e3", Plain::Number)]
    #[case("v1.2", Plain::Text)]
    #[case("1.2.3", Plain::Text)]
    #[case("2026-11-22", Plain::Text)]
    #[case("8080:80", Plain::Text)]
    #[case("-", Plain::Text)]
    #[case("yes", Plain::Ambiguous)]
    #[case("Off", Plain::Ambiguous)]
    #[case("0644", Plain::Ambiguous)]
    #[case("0o644", Plain::Ambiguous)]
    #[case("0x1F", Plain::Ambiguous)]
    #[case("1_000", Plain::Ambiguous)]
    #[case(".inf", Plain::Ambiguous)]
    fn plain_scalars_have_one_meaning_or_are_called_ambiguous(#[case] text: &str, #[case] expected: Plain) {
        assert_eq!(plain(text), expected);
    }
}
