//! Text that came from elsewhere, made safe and useful: escaped, redacted, compared. Pure.

mod redact;

pub use redact::redact;

/// Escapes control characters (terminal sequences included), so that text from a cluster, a log or a registry
/// cannot drive the reader's terminal. Tabs become spaces; a line break is escaped too: split into lines first.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            // Bidirectional controls can make a line read as something else (CVE-2021-42574).
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(c.escape_unicode()),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain text", "plain text")]
    #[case("\u{1b}[2Jgone", "\\u{1b}[2Jgone")]
    #[case("a\tb", "a    b")]
    #[case("a\rb\n", "a\\rb\\n")]
    #[case("admin\u{202e}txt", "admin\\u{202e}txt")]
    fn escape_disarms_control_characters(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(escape(text), expected);
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
