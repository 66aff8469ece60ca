//! What an admission rule refuses, as it is said.

use crate::rollout::model::Remedy;

/// One refusal, made ready to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionRefusal {
    /// One sentence without a final full stop.
    pub what: String,
    /// What the rule asks for, a line each.
    pub evidence: Vec<String>,
    pub(in crate::rollout) hint: Remedy,
}

impl AdmissionRefusal {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.hint.text()
    }
}

/// Lines of evidence that still fit on a screen beside everything else.
pub(super) const LINES: usize = 6;

pub(super) fn shortened(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > LINES {
        let more = lines.len() - LINES + 1;
        lines.truncate(LINES - 1);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// A wording of the API server: whoever uses it has `LazyLock` and `Regex` at hand.
macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| $crate::text::ascii_regex($text));
    };
}
pub(super) use pattern;
