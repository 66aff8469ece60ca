//! One wording, and what is said of it.

use crate::rollout::model::Lack;

/// One wording. In its texts `{title}` is the container, `{name}` what the group of that name found.
pub(super) struct Saying {
    pub pattern: &'static str,
    pub what: &'static str,
    pub hint: &'static str,
    pub lack: Lack,
    /// Whether it is about a value that may come from a Secret: those are listed.
    pub of_secrets: bool,
}

pub(super) const fn saying(pattern: &'static str, what: &'static str, hint: &'static str) -> Saying {
    Saying { pattern, what, hint, lack: Lack::Own, of_secrets: false }
}
