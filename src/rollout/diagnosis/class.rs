//! A class of failure.

/// Time is kept by class and not by reason, because Kubernetes' reasons alternate within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rollout) struct Class {
    name: &'static str,
    is_summary: bool,
}

impl Class {
    /// A class whose symptoms name the cause.
    pub const fn cause(name: &'static str) -> Self {
        Self { name, is_summary: false }
    }

    /// Kubernetes' own last word, which only says that there is a cause.
    pub const fn summary(name: &'static str) -> Self {
        Self { name, is_summary: true }
    }

    pub fn is_summary(self) -> bool {
        self.is_summary
    }
}
