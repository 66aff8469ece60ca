//! Text that came from elsewhere, made safe and useful: escaped, redacted, compared. Pure.

use std::time::Duration;

mod escape;
mod pattern;
mod redact;
mod secret;
mod url;

pub use escape::{Colors, escape, harmless, harmless_json, log_line};
pub use pattern::{ascii, ascii_regex};
pub use redact::{Redactor, redact};
pub use secret::is_secret;
pub use url::printable_url;

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
            (likeness >= 0.75).then_some((edits(&word, &lower), lower.len().abs_diff(word.len()), likeness, candidate))
        })
        .min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)))
        .map(|(.., candidate)| candidate)
}

/// Whether the text holds this word: nothing that could be of the same word stands beside it.
#[must_use]
pub fn holds(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let is_alone = |at: usize| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    };
    !word.is_empty() && text.match_indices(word).any(|(at, _)| is_alone(at))
}

/// Words of names whose values are numbers.
const NUMBERS: [&str; 30] = [
    "BATCH",
    "BUFFER",
    "CAPACITY",
    "CONCURRENCY",
    "CONNECTIONS",
    "COUNT",
    "DEPTH",
    "EXPIRY",
    "INTERVAL",
    "LENGTH",
    "LIMIT",
    "MAX",
    "MIN",
    "MS",
    "NUM",
    "POOL",
    "PORT",
    "RATE",
    "RATIO",
    "REPLICAS",
    "RETRIES",
    "SECONDS",
    "SHARDS",
    "SIZE",
    "THREADS",
    "THRESHOLD",
    "TIMEOUT",
    "TTL",
    "WEIGHT",
    "WORKERS",
];

/// Whether the name of a setting asks for a number, and its value is none: `WORKERS=auto`. `30s` and `64MB` are none either,
/// where only a number is read.
#[must_use]
pub fn is_odd_number(name: &str, value: &str) -> bool {
    let name = name.to_uppercase();
    let asks = name.split(['_', '-', '.']).any(|word| NUMBERS.contains(&word));
    asks && value.parse::<f64>().is_err()
}

/// How many letters are wrong, missing, too many or exchanged; capitals do not count.
#[must_use]
pub fn edits(word: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase())
}

/// `a, b or c`
#[must_use]
pub fn either(choices: &[&str]) -> String {
    match choices {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        all => all.concat(),
    }
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
    #[case("WORKERS", "auto", true)]
    #[case("app.pool.size", "10 ", true)]
    #[case("READ_TIMEOUT", "30s", true)]
    #[case("PORT", "8080", false)]
    #[case("REPORT_NAME", "auto", false)]
    fn a_number_is_asked_for_by_its_name(#[case] name: &str, #[case] value: &str, #[case] expected: bool) {
        assert_eq!(is_odd_number(name, value), expected);
    }

    #[rstest]
    #[case("postgres://db:5432/shop", "db", true)]
    #[case("mydb", "db", false)]
    #[case("db-1 db", "db", true)]
    #[case("db-1", "db", false)]
    #[case("db", "", false)]
    #[case("x", "x", true)]
    fn a_word_stands_alone(#[case] text: &str, #[case] word: &str, #[case] expected: bool) {
        assert_eq!(holds(text, word), expected);
    }

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
    #[case("replica", Some("replicas"))]
    #[case("prot", Some("port"))]
    #[case("zzz", None)]
    #[case("v12", Some("v11"))]
    fn nearest_suggests_only_what_is_near(#[case] word: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(word, ["name", "port", "replicas", "v1", "v11"]), expected);
    }
}
