//! Text that came from elsewhere, made safe and useful: escaped, redacted, compared. Pure.

use std::time::Duration;

mod redact;

pub use redact::{Redactor, redact};

/// Escapes control characters (terminal sequences included), so that text from a cluster, a log or a registry
/// cannot drive the reader's terminal. Tabs become spaces; a line break is escaped too: split into lines first.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            // A CI runner takes these anywhere in a line for its own commands (GitHub Actions, Azure Pipelines).
            '#' if text[at..].starts_with("##[") || text[at..].starts_with("##vso[") => out.extend(c.escape_unicode()),
            '\t' => out.push_str("    "),
            // Bidirectional controls can make a line read as something else (CVE-2021-42574).
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.extend(c.escape_unicode());
            }
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// One line of a program's log for a reader: colours (SGR sequences, ECMA-48) are kept where `color`, else left out;
/// every other control sequence is escaped. Nothing is masked: a log is its reader's own.
#[must_use]
pub fn log_line(line: &str, color: bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut colored = false;
    while let Some(start) = rest.find("\u{1b}[") {
        let sequence = &rest[start + 2..];
        let parameters = sequence.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
        let is_color = sequence.as_bytes().get(parameters) == Some(&b'm');
        let end = start + 2 + if is_color { parameters + 1 } else { 0 };
        out.push_str(&escape(&rest[..if is_color { start } else { end }]));
        if is_color && color {
            out.push_str(&rest[start..end]);
            colored = true;
        }
        rest = &rest[end..];
    }
    out.push_str(&escape(rest));
    if colored {
        out.push_str("\u{1b}[0m");
    }
    out
}

/// One line of foreign text, redacted, escaped and cut to `max` characters.
#[must_use]
pub fn foreign_line(text: &str, max: usize) -> String {
    let line = escape(&redact(text.trim_end()));
    if line.chars().count() <= max {
        return line;
    }
    let mut cut: String = line.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// The candidate that was most likely meant, or none when nothing is near.
///
/// Jaro-Winkler tells what is near at all; among those the fewest edits count, then the same length: for a missing
/// tag `v12` that is `v11`, not `v1`.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let likeness = strsim::jaro_winkler(&word, &lower);
            let edits = strsim::damerau_levenshtein(&word, &lower);
            (likeness >= 0.75).then_some((edits, lower.len().abs_diff(word.len()), likeness, candidate))
        })
        .min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)))
        .map(|(.., candidate)| candidate)
}

/// `1 object`, `2 objects`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `0.04s`, `1.3s`, `72s`: three digits are enough for a reader.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s < 1.0 => format!("{s:.2}s"),
        s if s < 20.0 => format!("{s:.1}s"),
        s => format!("{s:.0}s"),
    }
}

/// `28 ms`, `0.62 s`, `12.3 s`: three digits are enough for a reader.
#[must_use]
pub fn milliseconds(ms: f64) -> String {
    match ms / 1000.0 {
        s if s < 0.1 => format!("{ms:.0} ms"),
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 100.0 => format!("{s:.1} s"),
        s => format!("{s:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0.0, "0 ms")]
    #[case(28.4, "28 ms")]
    #[case(620.0, "0.62 s")]
    #[case(12_345.0, "12.3 s")]
    #[case(125_000.0, "125 s")]
    fn times_have_three_digits(#[case] ms: f64, #[case] expected: &str) {
        assert_eq!(milliseconds(ms), expected);
    }

    #[rstest]
    #[case("plain text", "plain text")]
    #[case("\u{1b}[2Jgone", "\\u{1b}[2Jgone")]
    #[case("a\tb", "a    b")]
    #[case("a\rb\n", "a\\rb\\n")]
    #[case("admin\u{202e}txt", "admin\\u{202e}txt")]
    #[case("\u{9b}31m", "\\u{9b}31m")]
    #[case("x ##[set-output] ##vso[task]", "x \\u{23}#[set-output] \\u{23}#vso[task]")]
    #[case("## a heading", "## a heading")]
    fn escape_disarms_control_characters(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(escape(text), expected);
    }

    #[rstest]
    #[case("plain", true, "plain")]
    #[case("\u{1b}[1;31mred\u{1b}[0m!", true, "\u{1b}[1;31mred\u{1b}[0m!\u{1b}[0m")]
    #[case("\u{1b}[1;31mred\u{1b}[0m!", false, "red!")]
    #[case("\u{1b}[2J\u{1b}[3", true, "\\u{1b}[2J\\u{1b}[3")]
    #[case("\u{1b}]52;c;aGk=\u{7}", true, "\\u{1b}]52;c;aGk=\\u{7}")]
    #[case("\u{1b}[31m\rsafe", true, "\u{1b}[31m\\rsafe\u{1b}[0m")]
    #[case("ünï\u{1b}[mcode", false, "ünïcode")]
    fn a_log_keeps_its_colours_and_nothing_else(#[case] line: &str, #[case] color: bool, #[case] expected: &str) {
        assert_eq!(log_line(line, color), expected);
    }

    #[rstest]
    #[case("replica", Some("replicas"))]
    #[case("prot", Some("port"))]
    #[case("zzz", None)]
    #[case("v12", Some("v11"))]
    fn nearest_suggests_only_what_is_near(#[case] word: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(word, ["name", "port", "replicas", "v1", "v11"]), expected);
    }
}
