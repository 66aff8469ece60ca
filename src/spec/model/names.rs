//! Names that were there before plat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What others refer to by name keeps it; what is not named here is called as the service, and its port `http`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Names {
    /// The container
    #[schemars(extend("format" = "label"))]
    pub container: Option<String>,
    /// The port, in the container and in the Service; empty where it had none, and is known by its number
    #[schemars(extend("format" = "port-name"))]
    pub port: Option<String>,
    /// The Service
    #[schemars(extend("format" = "label"))]
    pub service: Option<String>,
    /// The `ServiceAccount`
    #[schemars(extend("format" = "object-name"))]
    pub account: Option<String>,
}
