//! What becomes of running pods that keep older values of the configuration they read when they start. Pure.

/// As somebody says it with a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Restart {
    /// This deploy restarts them.
    Now,
    /// Each deploy of the set does, from this one on.
    Always,
    /// None does, from this one on, unless it is asked to.
    Never,
}

impl Restart {
    /// As it is kept.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// What a set keeps.
    pub(super) fn remembered(word: &str) -> Option<Self> {
        [Self::Always, Self::Never].into_iter().find(|it| it.word() == word)
    }

    /// Whether it is about later deploys too.
    #[must_use]
    pub fn is_remembered(self) -> bool {
        self != Self::Now
    }
}
