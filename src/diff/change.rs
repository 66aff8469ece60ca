//! One field before and after, in words. Programs get both values whole; a person gets the part that differs.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use super::adoption::LAST_APPLIED;
use crate::text::escape;

/// Where the annotations of an object are.
const ANNOTATIONS: &str = ".metadata.annotations.";
/// Longest value that is shown whole.
const VALUE: usize = 120;
/// What is shown of it around the difference.
const AROUND: usize = 24;
/// Changed lines of one text that are shown.
const LINES: usize = 40;

/// One field of an object before and after, masked; neither cut nor escaped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    pub field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl FieldChange {
    /// `.spec.replicas: 2 -> 3`, whole and in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.said(self.before.as_deref().map(escape), self.after.as_deref().map(escape))
    }

    /// The same for a person: of long values the part that differs, of a text its first line that does.
    #[must_use]
    pub fn short(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if before != after => {
                let changed = changed_lines(before, after);
                if changed.is_empty() {
                    let (before, after) = apart(&escape(before), &escape(after));
                    return self.said(Some(before), Some(after));
                }
                let lines = if changed.len() == 1 { "line" } else { "lines" };
                format!("{}: {} {lines} changed: {}", self.name(), changed.len(), cut(&changed[0]))
            }
            // The whole manifest, which nobody wants to read again.
            _ if self.is_note_removed() => format!("{}: what kubectl applied last (removed)", self.name()),
            (before, after) => self.said(before.as_deref().map(one_line), after.as_deref().map(one_line)),
        }
    }

    /// The same in a listing: of a text of many lines those that changed.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let changed = match (&self.before, &self.after) {
            (Some(before), Some(after)) => changed_lines(before, after),
            _ => Vec::new(),
        };
        if changed.is_empty() {
            return vec![self.short()];
        }
        let more = changed.len().saturating_sub(LINES);
        let head = format!("{}:", self.name());
        let shown = changed.iter().take(LINES).map(|line| format!("  {}", cut(line)));
        let rest = (more > 0).then(|| format!("  and {more} more lines; all of them with --output json"));
        std::iter::once(head).chain(shown).chain(rest).collect()
    }

    fn name(&self) -> String {
        escape(&self.field)
    }

    fn said(&self, before: Option<String>, after: Option<String>) -> String {
        let name = self.name();
        match (before, after) {
            (Some(_), Some(_)) if self.before == self.after => format!("{name}: changed (value not shown)"),
            (Some(before), Some(after)) => format!("{name}: {before} -> {after}"),
            (None, Some(after)) => format!("{name}: {after} (new)"),
            (Some(before), None) => format!("{name}: {before} (removed)"),
            (None, None) => name,
        }
    }

    /// Whether only a note of plat's or kubectl's own changes. That kubectl's goes with a take-over is news.
    #[must_use]
    pub fn is_provenance(&self) -> bool {
        is_provenance(&self.field) && !self.is_note_removed()
    }

    fn is_note_removed(&self) -> bool {
        self.after.is_none() && self.field.strip_prefix(ANNOTATIONS) == Some(LAST_APPLIED)
    }
}

/// A value in one line, its middle left out where it is long.
#[must_use]
pub fn one_line(text: &str) -> String {
    cut(&escape(text))
}

fn cut(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= VALUE {
        return text.to_owned();
    }
    let half = VALUE / 2;
    let part = |chars: &[char]| chars.iter().collect::<String>();
    format!("{}…{}", part(&chars[..half]), part(&chars[chars.len() - half..]))
}

/// Two long values, shortened so that they still differ: around the part that does.
fn apart(before: &str, after: &str) -> (String, String) {
    let (a, b): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    if a.len() <= VALUE && b.len() <= VALUE {
        return (before.to_owned(), after.to_owned());
    }
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let shown = |chars: &[char]| {
        let (from, to) = (head.saturating_sub(AROUND), (chars.len() - tail + AROUND).min(chars.len()));
        let part = |chars: &[char]| chars.iter().collect::<String>();
        let lead = if from > 0 { "…" } else { "" };
        let end = if to < chars.len() { "…" } else { "" };
        format!("{lead}{}{end}", cut(&part(&chars[from..to])))
    };
    (shown(&a), shown(&b))
}

/// The lines that are only in one of two texts, `- ` and `+ ` before them; none unless one has several lines.
fn changed_lines(before: &str, after: &str) -> Vec<String> {
    if !before.trim_end().contains('\n') && !after.trim_end().contains('\n') {
        return Vec::new();
    }
    let diff = TextDiff::from_lines(before, after);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    changes
        .map(|change| {
            let sign = if change.tag() == ChangeTag::Delete { '-' } else { '+' };
            format!("{sign} {}", escape(change.value().trim_end_matches(['\n', '\r'])))
        })
        .collect()
}

/// Whether this field is only a note of plat's or kubectl's own: where a deploy came from, what it was.
#[must_use]
pub fn is_provenance(field: &str) -> bool {
    field.strip_prefix(ANNOTATIONS).is_some_and(|name| {
        name == LAST_APPLIED
            || name
                .strip_prefix("plat.dev/")
                .is_some_and(|name| ["repository", "commit", "deployer", "rendered", "keep"].contains(&name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_kubectls_note_is_told_and_its_change_is_not() {
        let note = |after: Option<&str>| FieldChange {
            field: format!("{ANNOTATIONS}{LAST_APPLIED}"),
            before: Some("{\"kind\":\"Service\"}\n".to_owned()),
            after: after.map(ToOwned::to_owned),
        };
        assert!(note(Some("{}\n")).is_provenance());
        assert!(!note(None).is_provenance());
        assert_eq!(note(None).lines(), [format!("{ANNOTATIONS}{LAST_APPLIED}: what kubectl applied last (removed)")]);
        assert!(note(None).sentence().contains("Service"), "programs get all of it");
    }

    fn change(before: &str, after: &str) -> FieldChange {
        FieldChange { field: ".data.a".to_owned(), before: Some(before.to_owned()), after: Some(after.to_owned()) }
    }

    #[test]
    fn of_two_long_values_the_difference_is_shown() {
        let long = |middle: &str| format!("{}{middle}{}", "x".repeat(200), "y".repeat(200));
        let change = change(&long("1"), &long("2"));
        assert_eq!(change.short(), format!(".data.a: …{x}1{y}… -> …{x}2{y}…", x = "x".repeat(24), y = "y".repeat(24)));
        assert!(change.sentence().contains(&long("2")), "programs get all of it");
        let all = super::FieldChange { before: None, ..change };
        assert_eq!(all.short().chars().count(), ".data.a:  (new)".len() + 121);
    }

    #[test]
    fn long_values_that_differ_in_all_still_differ() {
        let (a, b) = apart(&"a".repeat(300), &"b".repeat(300));
        assert_ne!(a, b);
        assert_eq!(a.chars().count(), 121);
    }

    #[test]
    fn of_a_text_the_lines_that_changed_are_shown() {
        let change = change("a\nb\nc\n", "a\nB\nc\nd\n");
        assert_eq!(change.lines(), [".data.a:", "  - b", "  + B", "  + d"]);
        assert_eq!(change.short(), ".data.a: 3 lines changed: - b");
        assert_eq!(change.sentence(), ".data.a: a\\nb\\nc\\n -> a\\nB\\nc\\nd\\n");
    }

    #[test]
    fn no_line_break_at_the_end_is_a_change_too() {
        assert_eq!(change("a\nb\n", "a\nb").lines(), [".data.a:", "  - b", "  + b"]);
    }

    #[test]
    fn a_very_long_text_is_cut_and_says_so() {
        let text = |with: &str| (0..100).fold(String::new(), |text, n| format!("{text}{with}{n}\n"));
        let lines = change(&text("a"), &text("b")).lines();
        assert_eq!(lines.len(), LINES + 2);
        assert_eq!(lines.last().expect("a line"), "  and 160 more lines; all of them with --output json");
    }
}
