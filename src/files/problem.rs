//! Why a document cannot be used, and where it was written.

use crate::reason::Reason;
use std::fmt;

/// Where something was written: the file as it was named, the document in it and the line, both from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub document: usize,
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} (document {})", self.file, self.line, self.document)
    }
}

/// Why a document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    /// Foreign words in it are already safe to print.
    pub what: String,
    pub hint: Option<String>,
    /// For programs.
    pub reason: Reason,
}
