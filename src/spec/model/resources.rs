//! What one copy needs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Requests, and the memory limit. There is no CPU limit: it throttles without protecting anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// CPU request, such as `100m` or `0.5` (default 50m)
    #[schemars(extend("type" = ["string", "number"], "format" = "cpu"))]
    pub cpu: Option<String>,
    /// Memory request and limit, such as `128Mi` (default 256Mi)
    #[schemars(extend("type" = ["string", "number"], "format" = "memory"))]
    pub memory: Option<String>,
}
