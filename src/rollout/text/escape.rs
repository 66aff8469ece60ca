//! Text of the cluster, made safe to print.

use super::events::normalise;
use crate::text::foreign_line;

/// Longest line of evidence, in characters: a containerd pull error fits.
pub(super) const LINE: usize = 400;

/// One line of the cluster's text.
pub(in crate::rollout) fn escape_line(text: &str) -> String {
    foreign_line(&normalise(text), LINE)
}

/// A name or a value from the cluster inside a sentence.
pub(in crate::rollout) fn escape(text: &str) -> String {
    foreign_line(text, 120)
}
