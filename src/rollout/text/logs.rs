//! Which lines of a log tell why the process ended.

use std::sync::LazyLock;

use regex::Regex;

use super::escape::LINE;
use super::json_log;
use crate::text::{ascii_regex, foreign_line, redact};

/// Lines of a log that are shown: the whole finding must stay on one screen.
const LINES: usize = 8;
/// Of these, the first of a panic and the last before the end always.
const HEAD: usize = 3;
/// Shorter lines are output rather than what a program says again and again.
const SENTENCE: usize = 24;
/// Stands for lines that are left out.
const GAP: &str = "…";

/// How Go, Rust, Python, the JVM, .NET and C++ begin what they say before they die; frames follow.
const CRIES: &[&str] = &[
    "panic:",
    "fatal error:",
    "thread '",
    "Traceback (most recent call last)",
    "Exception in thread",
    "Unhandled exception.",
    "terminate called",
];

/// What a line of a log that tells of a failure says in most frameworks; klog writes `E0102` in front.
static ERROR: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)\b(error|fatal|panic|critical|crit|exception|failed|cannot|can't|unable|denied|refused|invalid|unknown|unrecogni[sz]ed|missing)\b|^[EF]\d{4} |^\s*Caused by: ",
    )
});

/// The lines that decide, redacted and escaped: a panic or traceback with its causes, else errors and the last lines.
pub(in crate::rollout) fn log_tail(text: &str) -> Vec<String> {
    // Redacted as a whole: a private key has many lines.
    let text = redact(text);
    let mut lines = unrepeated(text.lines().filter(|line| !line.trim().is_empty()));
    let cry = lines.iter().rposition(|one| CRIES.iter().any(|cry| one.line.starts_with(cry)));
    // What is said in rounds; a stack has its order.
    if cry.is_none() {
        lines = gathered(lines);
    }
    let plain: Vec<&str> = lines.iter().map(|one| one.line).collect();
    let kept = match cry {
        Some(cry) => of_panic(&plain, cry),
        None => of_errors(&plain),
    };
    let mut shown = Vec::new();
    let mut next = kept.first().copied().unwrap_or_default();
    for index in kept {
        if index > next {
            shown.push(GAP.to_owned());
        }
        next = index + 1;
        shown.extend(lines.get(index).map(Repeated::text));
    }
    shown
}

/// A line that came so often, one after the other.
struct Repeated<'a> {
    /// As it came last.
    line: &'a str,
    times: usize,
    /// Whether only numbers differ: of a clock, of an attempt.
    differ: bool,
}

impl Repeated<'_> {
    fn text(&self) -> String {
        // What a long one says must not be cut for the sake of its other fields.
        let said = (self.line.chars().count() > LINE).then(|| json_log::said(self.line)).flatten();
        let line = match said {
            Some(said) => foreign_line(&said.join(" | "), LINE),
            None => foreign_line(self.line, LINE),
        };
        match (self.times, self.differ) {
            (1, _) => line,
            (n, false) => format!("{line} ({n} times)"),
            (n, true) => format!("{line} (the last of {n} alike)"),
        }
    }
}

/// The same line over and over is one line with a number.
fn unrepeated<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Repeated<'a>> {
    let mut out: Vec<Repeated> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some(last) if last.line == line => last.times += 1,
            Some(last) if are_alike(last.line, line) => {
                *last = Repeated { line, times: last.times + 1, differ: true };
            }
            _ => out.push(Repeated { line, times: 1, differ: false }),
        }
    }
    out
}

/// The same in rounds of several lines: each is where it came last.
fn gathered(lines: Vec<Repeated>) -> Vec<Repeated> {
    let mut out: Vec<Repeated> = Vec::new();
    for one in lines.into_iter().rev() {
        match out.iter_mut().find(|later| later.line == one.line || are_alike(later.line, one.line)) {
            Some(later) => {
                later.times += one.times;
                later.differ |= one.differ || later.line != one.line;
            }
            None => out.push(one),
        }
    }
    out.reverse();
    out
}

/// Whether only their numbers differ. The frames of a stack, which are indented, are a path and not a repetition.
fn are_alike(one: &str, other: &str) -> bool {
    let words = |line| str::split(line, |letter: char| letter.is_ascii_digit()).filter(|part| !part.is_empty());
    !other.starts_with([' ', '\t']) && other.len() >= SENTENCE && words(one).eq(words(other))
}

/// From the panic on; when its frames are many, what began it and what it was caused by.
fn of_panic(lines: &[&str], cry: usize) -> Vec<usize> {
    let all = cry..lines.len();
    if all.len() <= LINES {
        return all.collect();
    }
    let says = |index: &usize| lines.get(*index).copied().unwrap_or_default();
    let causes = all.clone().rev().filter(|index| says(index).trim_start().starts_with("Caused by:")).take(2);
    // Python names the exception behind its frames; whoever started the program may say more after it.
    let is_python = says(&cry).starts_with("Traceback");
    let exception = all.clone().skip(1).find(|index| is_python && !says(index).starts_with([' ', '\t']));
    let raised = exception
        .into_iter()
        .flat_map(|at| (at.saturating_sub(2).max(cry)..=at).chain(at + 1..lines.len()).take(LINES - HEAD));
    let mut kept: Vec<usize> = all.clone().take(HEAD).chain(causes).chain(raised).collect();
    kept.extend(all.filter(|index| !kept.contains(index)).take(LINES.saturating_sub(kept.len())).collect::<Vec<_>>());
    ordered(kept)
}

/// The last lines, and the last ones before them that tell of an error.
fn of_errors(lines: &[&str]) -> Vec<usize> {
    let last = lines.len().saturating_sub(LINES / 2)..lines.len();
    let is_error = |index: &usize| lines.get(*index).is_some_and(|line| ERROR.is_match(line));
    let errors = (0..last.start).rev().filter(is_error).take(LINES / 2);
    let mut kept: Vec<usize> = last.clone().chain(errors).collect();
    let more = (0..last.start).rev().filter(|index| !kept.contains(index)).take(LINES.saturating_sub(kept.len()));
    kept.extend(more.collect::<Vec<_>>());
    ordered(kept)
}

fn ordered(mut kept: Vec<usize>) -> Vec<usize> {
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The kubelet answers 200 with this when it already collected the container.
pub(in crate::rollout) fn is_log(text: &str) -> bool {
    !text.trim().is_empty() && !text.starts_with("unable to retrieve container logs for")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
        (0..count).map(line).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_panic_is_shown_from_its_first_line() {
        let frames = lines(30, |n| format!("\tmain.go:{n}\n"));
        let tail = log_tail(&format!("listening\npanic: no database\n\ngoroutine 1 [running]:\n{frames}"));
        assert_eq!(tail[..3], ["panic: no database", "goroutine 1 [running]:", "    main.go:0"]);
        assert_eq!(tail.len(), LINES);
    }

    #[test]
    fn a_traceback_is_shown_with_the_exception_that_ends_it() {
        let frames = lines(30, |n| format!("  File \"a.py\", line {n}, in f\n    f{n}()\n"));
        let tail =
            log_tail(&format!("start\nTraceback (most recent call last):\n{frames}OperationalError: no database\n"));
        assert_eq!(tail.first().map(String::as_str), Some("Traceback (most recent call last):"));
        assert!(tail.contains(&GAP.to_owned()), "{tail:?}");
        assert_eq!(tail.last().map(String::as_str), Some("OperationalError: no database"));
        // What a server says when its worker has ended.
        let after = lines(9, |n| format!("[ERROR] Worker {n} failed to boot\n"));
        let frames = lines(3, |n| format!("  File \"a.py\", line {n}, in f\n    f{n}()\n"));
        let tail = log_tail(&format!("Traceback (most recent call last):\n{frames}KeyError: 'DB_URL'\n{after}"));
        assert!(tail.contains(&"KeyError: 'DB_URL'".to_owned()), "{tail:?}");
        assert!(tail.contains(&"    f2()".to_owned()), "{tail:?}");
        let tail = log_tail(&format!("Traceback (most recent call last):\nKeyError: 'DB_URL'\n{after}"));
        assert_eq!(tail[1], "KeyError: 'DB_URL'");
    }

    #[test]
    fn a_stack_trace_is_shown_with_its_cause() {
        let frames = lines(30, |n| format!("\tat a.b.C.m{n}(C.java:{n})\n"));
        let tail = log_tail(&format!(
            "Exception in thread \"main\" java.lang.IllegalStateException: no pool\n{frames}Caused by: java.net.UnknownHostException: db\n{frames}"
        ));
        assert!(tail.iter().any(|line| line == "Caused by: java.net.UnknownHostException: db"), "{tail:?}");
        assert!(tail.len() <= LINES + 2, "{tail:?}");
    }

    #[test]
    fn an_error_further_up_is_not_lost_behind_the_last_lines() {
        let text = format!("ERROR relation users does not exist\n{}", lines(40, |n| format!("closing {n}\n")));
        let tail = log_tail(&text);
        assert_eq!(tail[..2], ["ERROR relation users does not exist", GAP]);
        assert_eq!(tail.last().map(String::as_str), Some("closing 39"));
    }

    #[test]
    fn the_last_lines_are_shown_otherwise_with_secrets_masked() {
        let text = lines(20, |n| format!("step {n}\n")) + "opening postgres://app:hunter2@db/shop\n";
        let tail = log_tail(&text);
        assert_eq!(tail.len(), LINES);
        assert_eq!(tail.last().map(String::as_str), Some("opening postgres://app:***@db/shop"));
    }

    #[test]
    fn a_line_that_repeats_is_shown_once() {
        assert_eq!(log_tail(&"waiting for db\n".repeat(50)), ["waiting for db (50 times)"]);
    }

    #[test]
    fn lines_that_differ_in_numbers_only_are_shown_once() {
        let text = lines(9, |n| format!("2026-11-29 01:0{n}:00 connection refused, attempt {n}\n"));
        assert_eq!(log_tail(&text), ["2026-11-29 01:08:00 connection refused, attempt 8 (the last of 9 alike)"]);
        let rounds = lines(5, |n| {
            format!("Server: 10.0.0.1\n** cannot find mydb.shop: NXDOMAIN\nwaiting for mydb, {n} s so far\n")
        });
        assert_eq!(
            log_tail(&rounds),
            [
                "Server: 10.0.0.1 (5 times)",
                "** cannot find mydb.shop: NXDOMAIN (5 times)",
                "waiting for mydb, 4 s so far (the last of 5 alike)"
            ]
        );
        let text = "2026-11-29 01:00:00 connection refused\n2026-11-29 01:00:01 connection reset by db\n";
        assert_eq!(log_tail(text).len(), 2);
    }

    #[test]
    fn a_key_of_many_lines_is_masked() {
        let tail = log_tail("loaded\n-----BEGIN PRIVATE KEY-----\nhunter2\nhunter3\n-----END PRIVATE KEY-----\nno\n");
        assert!(!tail.join("\n").contains("hunter"), "{tail:?}");
    }

    #[test]
    fn what_a_long_line_in_json_says_is_not_cut() {
        let fields = "\"field\":\"value\",".repeat(40);
        let tail = log_tail(&format!(
            "{{{fields}\"message\":\"boot\",\"error.message\":\"no postgres://app:hunter2@db/shop\"}}\n{{\"message\":\"short\"}}\n"
        ));
        assert_eq!(tail, ["boot | no postgres://app:***@db/shop", "{\"message\":\"short\"}"]);
    }

    #[test]
    fn a_collected_container_has_no_log() {
        assert!(!is_log("unable to retrieve container logs for containerd://abc"));
        assert!(!is_log("\n"));
        assert!(is_log("hello"));
    }
}
