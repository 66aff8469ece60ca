//! How an image is built.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What plat cannot see from the files, or what someone wants otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Build {
    /// What builds it (default: `dockerfile` where there is one beside plat.yaml, else what the files say)
    pub stack: Option<Stack>,
    /// The folder of the program, relative to plat.yaml: of Go's main package, of a workspace's member
    #[schemars(extend("format" = "relative-path"))]
    pub path: Option<String>,
    /// The image that a Node, Python or Java program stands on; `plat.lock` holds its digest (default: the official slim
    /// image of the version that the project names)
    #[schemars(extend("format" = "image"))]
    pub base: Option<String>,
    /// What it is built for, such as `linux/arm64`, or several (default: what the nodes of the cluster are)
    pub platform: Option<Platforms>,
    /// The Dockerfile, relative to plat.yaml
    #[schemars(extend("format" = "relative-path"))]
    pub dockerfile: Option<String>,
    /// The folder that the Dockerfile may copy from, relative to plat.yaml (default: plat.yaml's own)
    #[schemars(extend("format" = "relative-path"))]
    pub context: Option<String>,
    /// The stage of the Dockerfile that is the image (default: its last one)
    pub target: Option<String>,
    /// Values of the Dockerfile's `ARG`s; they stay in the image's history, so none of them is a secret
    #[schemars(extend("additionalProperties" = {"type": ["string", "number", "boolean"]}, "propertyNames" = {"format": "env-name"}))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// Attach to the image in the registry what it is made of (an SBOM) and what it was made from (provenance)
    pub attest: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stack {
    Dockerfile,
    Go,
    Java,
    Node,
    Python,
    Rust,
}

/// `platform: linux/arm64`, or a list, which makes an image index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Platforms {
    One(#[schemars(extend("format" = "platform"))] String),
    Many(
        #[schemars(extend("items" = {"type": "string", "format": "platform"}, "uniqueItems" = true, "minItems" = 1))]
        Vec<String>,
    ),
}

impl Platforms {
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}
