//! One thing that is wrong in a text, with where it is and what to do.

use std::fmt;

use crate::text::escape;

/// The part of the text that is meant. Lines and columns start at 1 and count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub line: usize,
    pub column: usize,
    /// Characters to underline on that line; at least 1.
    pub length: usize,
}

/// What a check found, before it has seen the text again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub span: Span,
    pub message: String,
    pub hint: Option<String>,
}

impl Finding {
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// One problem, ready to be shown. Its text is already escaped for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
    /// The line of the file, and under it the caret.
    pub excerpt: Vec<String>,
    pub hint: Option<String>,
}

/// Characters of a long line that are shown around the problem.
const EXCERPT_WIDTH: usize = 100;

impl Problem {
    #[must_use]
    pub fn new(finding: Finding, text: &str, file: &str) -> Self {
        let Finding { span, message, hint } = finding;
        Self {
            file: file.to_owned(),
            line: span.line,
            column: span.column,
            message: escape(&message),
            excerpt: excerpt(text, span),
            hint: hint.map(|hint| escape(&hint)),
        }
    }
}

/// The line, and a caret under what is meant.
#[must_use]
pub fn excerpt(text: &str, span: Span) -> Vec<String> {
    let Some(line) = text.lines().nth(span.line - 1) else { return Vec::new() };
    let before = line.chars().take(span.column - 1).count();
    // Keeps the problem in view on a very long line.
    let skipped = before.saturating_sub(EXCERPT_WIDTH / 2);
    let shown = |from: usize, count: usize| escape(&line.chars().skip(from).take(count).collect::<String>());
    let cut = if skipped > 0 { "…" } else { "" };
    let lead = format!("{cut}{}", shown(skipped, before - skipped));
    let rest = shown(before, EXCERPT_WIDTH - (before - skipped));
    let marked = shown(before, span.length.min(EXCERPT_WIDTH - (before - skipped)));
    let number = span.line.to_string();
    let (gutter, lead_width, width) = (number.len(), lead.chars().count(), marked.chars().count().max(1));
    vec![
        format!("{number} | {lead}{rest}").trim_end().to_owned(),
        format!("{:gutter$} | {:lead_width$}{}", "", "", "^".repeat(width)),
    ]
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        for line in &self.excerpt {
            write!(f, "\n{line}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}
