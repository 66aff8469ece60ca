//! Objects of Kubernetes in plat.yaml: changes of the rendered ones, and more of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Changes of rendered objects by kind, or by kind and name.
pub type Patches = BTreeMap<String, Map<String, Value>>;

/// `k8s/role.yaml`, or the manifest itself.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Extra {
    File(#[schemars(extend("format" = "yaml-file"))] String),
    Object(Map<String, Value>),
}
