//! Text of the cluster, made safe to print.

use super::events::normalise;
use crate::text::foreign_line;

/// Longest line of evidence, in characters: a containerd pull error fits.
pub(super) const LINE: usize = 400;

/// One line of the cluster's text.
pub(super) fn line(text: &str) -> String {
    foreign_line(&normalise(text), LINE)
}

/// A name or a value from the cluster inside a sentence.
pub(super) fn word(text: &str) -> String {
    foreign_line(text, 120)
}
