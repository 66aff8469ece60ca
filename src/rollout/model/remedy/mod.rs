//! What to do about a cause.

#[cfg(test)]
pub(in crate::rollout) mod orders;

use super::evidence::Evidence;

/// What to do next. Advice to change something names what was seen that makes it right: without that it cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rollout) struct Remedy {
    text: String,
    /// Whether it orders a change.
    changes: bool,
}

impl Remedy {
    /// A change, whose precondition was seen.
    pub fn given(_: &impl Evidence, text: impl Into<String>) -> Self {
        Self { text: text.into(), changes: true }
    }

    /// Where to look, whom to ask, what is waited for: nothing is changed, so nothing has to be known.
    pub fn look(text: impl Into<String>) -> Self {
        Self { text: text.into(), changes: false }
    }

    /// With another one after it, where there is one.
    #[must_use]
    pub fn and(self, more: Option<Self>) -> Self {
        let Some(more) = more else { return self };
        Self { text: format!("{}; {}", self.text, more.text), changes: self.changes || more.changes }
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}
