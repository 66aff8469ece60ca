//! What must have succeeded before the service changes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::objects::Patches;
use super::resources::Resources;

/// A migration. It runs once for each revision; a rollback never undoes it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Before {
    /// Replaces the image's entrypoint
    #[schemars(extend("items" = {"type": ["string", "number", "boolean"]}))]
    pub command: Vec<String>,
    /// Replaces the image's arguments
    #[schemars(extend("items" = {"type": ["string", "number", "boolean"]}))]
    pub args: Vec<String>,
    /// Its image (default: the service's)
    #[schemars(extend("format" = "image"))]
    pub image: Option<String>,
    /// Its environment variables, instead of the service's
    #[schemars(extend("additionalProperties" = {"type": ["string", "number", "boolean"]}, "propertyNames" = {"format": "env-name"}))]
    pub env: Option<BTreeMap<String, String>>,
    /// Its keys of the service's Secret, instead of the service's
    #[schemars(extend("items" = {"type": "string", "format": "env-name"}, "uniqueItems" = true))]
    pub secrets: Option<Vec<String>>,
    /// Its files in /etc/NAME, instead of the service's
    #[schemars(extend("items" = {"type": "string", "format": "config-file"}, "uniqueItems" = true))]
    pub config: Option<Vec<String>>,
    /// What it needs (default: as the service)
    pub resources: Option<Resources>,
    /// How often it is tried again when it fails (default 3)
    #[schemars(range(max = 100))]
    pub retries: Option<u32>,
    /// How long it may take, its retries included (default 10m)
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(min = 1, max = 86400))]
    pub timeout: Option<u32>,
    /// Changes of its Job, `ServiceAccount`, `NetworkPolicy` or `ConfigMap`, as `patch` of the service
    #[schemars(extend("propertyNames" = {"format": "patch-key"}))]
    pub patch: Patches,
}
