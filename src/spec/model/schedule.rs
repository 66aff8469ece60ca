//! When a `cron` runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `schedule: "0 3 * * *"`, or the same with a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Schedule {
    Cron(#[schemars(extend("format" = "cron"))] String),
    In {
        /// Minute, hour, day of the month, month, day of the week
        #[schemars(extend("format" = "cron"))]
        cron: String,
        /// The time zone of `cron`, such as `Europe/Berlin` (default: UTC)
        #[serde(default)]
        #[schemars(extend("format" = "timezone"))]
        timezone: Option<String>,
    },
}

impl Schedule {
    #[must_use]
    pub fn cron(&self) -> &str {
        match self {
            Self::Cron(cron) | Self::In { cron, .. } => cron,
        }
    }

    /// The name in the time zone database, where it is said.
    #[must_use]
    pub fn timezone(&self) -> Option<&str> {
        match self {
            Self::In { timezone, .. } => timezone.as_deref(),
            Self::Cron(_) => None,
        }
    }
}
