//! How long a deploy waits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Seconds. Each class of failure has a grace; unset ones have the defaults of docs/failures/README.md.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deadline {
    /// The whole rollout (default 5m)
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(min = 1, max = 86400))]
    pub rollout: Option<u32>,
    /// An image that is not found (default 20s)
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(max = 86400))]
    pub image: Option<u32>,
    /// A Secret, `ConfigMap` or key that is missing (default 20s)
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(max = 86400))]
    pub config: Option<u32>,
    /// No node that could ever fit (default 30s)
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(max = 86400))]
    pub unschedulable: Option<u32>,
    /// Pods that admission or quota refuses (default 30s; a third of it where a rule forbids them)
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(max = 86400))]
    pub refused: Option<u32>,
    /// A probe that fails while the program is found to answer elsewhere (default 30s)
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(max = 86400))]
    pub probe: Option<u32>,
}
