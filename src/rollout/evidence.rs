//! Text of the cluster and of logs, chosen and made safe to print.

use super::events::normalise;
use crate::text::foreign_line;

/// Longest line of evidence, in characters: a containerd pull error fits.
const LINE: usize = 400;
/// Lines of a log that are shown: the whole finding must stay on one screen.
const LOG_LINES: usize = 8;

/// One line of the cluster's text.
pub(super) fn line(text: &str) -> String {
    foreign_line(&normalise(text), LINE)
}

/// A name or a value from the cluster inside a sentence.
pub(super) fn word(text: &str) -> String {
    foreign_line(text, 120)
}

/// The lines of a log that tell why the process ended: from the last panic or traceback on, else the last ones.
pub(super) fn log_tail(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let cry = lines.iter().rposition(|line| CRIES.iter().any(|cry| line.starts_with(cry)));
    let start = cry.unwrap_or(lines.len().saturating_sub(LOG_LINES));
    lines.iter().skip(start).take(LOG_LINES).map(|line| foreign_line(line, LINE)).collect()
}

/// How Go, Rust, Python and the JVM begin what they say before they die; frames follow.
const CRIES: &[&str] =
    &["panic:", "fatal error:", "thread '", "Traceback (most recent call last)", "Exception in thread"];

/// The kubelet answers 200 with this when it already collected the container.
pub(super) fn is_log(text: &str) -> bool {
    !text.trim().is_empty() && !text.starts_with("unable to retrieve container logs for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_shown_from_its_first_line() {
        let frames = "\tmain.go:7\n".repeat(30);
        let tail = log_tail(&format!("listening\npanic: no database\n\ngoroutine 1 [running]:\n{frames}"));
        assert_eq!(tail[..2], ["panic: no database", "goroutine 1 [running]:"]);
        assert_eq!(tail.len(), LOG_LINES);
    }

    #[test]
    fn the_last_lines_are_shown_otherwise_with_secrets_masked() {
        let text = "trying\n".repeat(20) + "cannot open postgres://app:hunter2@db/shop\n";
        let tail = log_tail(&text);
        assert_eq!(tail.len(), LOG_LINES);
        assert_eq!(tail.last().map(String::as_str), Some("cannot open postgres://app:***@db/shop"));
    }

    #[test]
    fn a_collected_container_has_no_log() {
        assert!(!is_log("unable to retrieve container logs for containerd://abc"));
        assert!(!is_log("\n"));
        assert!(is_log("hello"));
    }
}
