//! How many copies run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `replicas: 3`, or `{min: 2, max: 5}` which makes a `HorizontalPodAutoscaler`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Replicas {
    Fixed(#[schemars(range(max = 1000))] u32),
    Range {
        /// Copies that always run
        #[schemars(range(min = 1, max = 1000))]
        min: u32,
        /// Copies at most; the same as `min` means a fixed number
        #[schemars(range(min = 1, max = 1000))]
        max: u32,
    },
}

impl Replicas {
    /// Copies that always run.
    #[must_use]
    pub fn min(self) -> u32 {
        match self {
            Self::Fixed(n) => n,
            Self::Range { min, .. } => min,
        }
    }

    /// Copies at most.
    #[must_use]
    pub fn max(self) -> u32 {
        match self {
            Self::Fixed(n) => n,
            Self::Range { max, .. } => max,
        }
    }
}
