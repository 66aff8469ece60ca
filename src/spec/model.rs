//! What plat.yaml says. Doc comments are the descriptions that editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service. Two lines are enough: `name` and `port`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of the service and of its objects in Kubernetes: a DNS label of at most 50 characters
    pub name: String,
    /// What runs: a service answers on `port`, a worker has none
    #[serde(default)]
    pub kind: Kind,
    /// The port the container listens on
    #[serde(default)]
    pub port: Option<u16>,
    /// Who answers for it: a team or a person; `plat whoowns` finds it in the cluster
    #[serde(default)]
    pub owner: Option<String>,
    /// A ready image, instead of building one
    #[serde(default)]
    pub image: Option<String>,
    /// How the image is built, where plat cannot see it from the files
    #[serde(default)]
    pub build: Option<Build>,
    /// Replaces the image's entrypoint
    #[serde(default)]
    pub command: Vec<String>,
    /// Replaces the image's arguments
    #[serde(default)]
    pub args: Vec<String>,
    /// Environment variables
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Keys of the Secret that is named as the service; each becomes an environment variable
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Files beside plat.yaml, mounted read-only in /etc/NAME
    #[serde(default)]
    pub config: Vec<String>,
    /// How Kubernetes sees that the service is healthy
    #[serde(default)]
    pub health: Option<Health>,
    /// How many copies run
    #[serde(default)]
    pub replicas: Option<Replicas>,
    /// What one copy needs
    #[serde(default)]
    pub resources: Option<Resources>,
    /// How long a deploy waits before it gives up
    #[serde(default)]
    pub deadline: Deadline,
    /// Overlays by environment name, chosen with `--env`
    #[serde(default)]
    pub environments: BTreeMap<String, Environment>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Service,
    Worker,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Build {
    /// The folder of the main package, relative to plat.yaml
    pub path: Option<String>,
}

/// `health: /healthz` (an HTTP path), `health: tcp` or `health: none`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Health {
    Path(String),
}

/// `replicas: 3`, or `{min: 2, max: 5}` which makes a `HorizontalPodAutoscaler`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Replicas {
    Fixed(u32),
    Range { min: u32, max: u32 },
}

/// Requests, and the memory limit. There is no CPU limit: it throttles without protecting anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// CPU request, such as `100m`
    pub cpu: Option<String>,
    /// Memory request and limit, such as `128Mi`
    pub memory: Option<String>,
}

/// Seconds. Each class of failure has a grace; unset ones have the defaults of docs/deploy.md.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deadline {
    /// The whole rollout (default 300)
    pub rollout: Option<u32>,
    /// An image that is not found (default 20)
    pub image: Option<u32>,
    /// A Secret, `ConfigMap` or key that is missing (default 20)
    pub config: Option<u32>,
    /// No node that could ever fit (default 30)
    pub unschedulable: Option<u32>,
    /// Pods that admission or quota refuses (default 10)
    pub refused: Option<u32>,
}

/// What an environment changes: where it is, and any field of the service.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Environment {
    /// The kubeconfig context
    pub context: Option<String>,
    /// The namespace
    pub namespace: Option<String>,
    /// The registry that images are pushed to
    pub registry: Option<String>,
    /// Fields of the service that differ here
    #[serde(flatten)]
    pub overlay: BTreeMap<String, serde_json::Value>,
}
