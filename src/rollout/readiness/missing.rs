//! What an object still lacks.

pub(super) enum Missing {
    Nothing,
    Something(String),
    /// The controller gave up, and says why.
    Failed(String),
}

impl From<Option<String>> for Missing {
    fn from(waits_for: Option<String>) -> Self {
        waits_for.map_or(Self::Nothing, Self::Something)
    }
}
