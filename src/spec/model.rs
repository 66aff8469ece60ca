//! What plat.yaml says. Doc comments are the descriptions that editors and docs/plat-yaml.md show; the schema
//! attributes are the only place where a field's shape is declared.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service. Two lines are enough: `name` and `port`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of the service and of its objects in Kubernetes
    #[schemars(extend("format" = "name"))]
    pub name: String,
    /// What runs: a `service` answers on `port`, a `worker` has none
    #[serde(default)]
    pub kind: Kind,
    /// The port the container listens on; a service needs one
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// Who answers for it: a team or a person; `plat whoowns` finds it in the cluster
    #[serde(default)]
    #[schemars(extend("format" = "line"))]
    pub owner: Option<String>,
    /// A ready image, instead of building one
    #[serde(default)]
    #[schemars(extend("format" = "image"))]
    pub image: Option<String>,
    /// How the image is built, where plat cannot see it from the files
    #[serde(default)]
    pub build: Option<Build>,
    /// Replaces the image's entrypoint
    #[serde(default)]
    #[schemars(extend("items" = {"type": ["string", "number", "boolean"]}))]
    pub command: Vec<String>,
    /// Replaces the image's arguments
    #[serde(default)]
    #[schemars(extend("items" = {"type": ["string", "number", "boolean"]}))]
    pub args: Vec<String>,
    /// Environment variables; a number or true/false is passed on as it is written
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": ["string", "number", "boolean"]}, "propertyNames" = {"format": "env-name"}))]
    pub env: BTreeMap<String, String>,
    /// Keys of the Secret that is named as the service; each becomes an environment variable
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "format": "env-name"}, "uniqueItems" = true))]
    pub secrets: Vec<String>,
    /// Text files beside plat.yaml, mounted read-only by their file name in /etc/NAME
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "format": "config-file"}, "uniqueItems" = true))]
    pub config: Vec<String>,
    /// How Kubernetes sees that the service is ready: an HTTP path, `tcp` (the port accepts connections, the default)
    /// or `none`
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "health"))]
    pub health: Option<Health>,
    /// How many copies run (default: 2 of a service, 1 of a worker), or `{min, max}` to scale on CPU use
    #[serde(default)]
    pub replicas: Option<Replicas>,
    /// What one copy needs
    #[serde(default)]
    pub resources: Resources,
    /// How long a deploy waits before it gives up, in seconds
    #[serde(default)]
    pub deadline: Deadline,
    /// What differs in an environment, chosen with `--env`: where it is, and any field above but `name`
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"format": "environment-name"}))]
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
    #[schemars(extend("format" = "relative-path"))]
    pub path: Option<String>,
}

/// `health: /healthz` (an HTTP path), `health: tcp` or `health: none`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub enum Health {
    Path(String),
    Tcp,
    None,
}

impl From<String> for Health {
    fn from(text: String) -> Self {
        match text.as_str() {
            "tcp" => Self::Tcp,
            "none" => Self::None,
            _ => Self::Path(text),
        }
    }
}

impl From<Health> for String {
    fn from(health: Health) -> Self {
        match health {
            Health::Path(path) => path,
            Health::Tcp => "tcp".to_owned(),
            Health::None => "none".to_owned(),
        }
    }
}

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

/// Seconds. Each class of failure has a grace; unset ones have the defaults of docs/deploy.md.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deadline {
    /// The whole rollout (default 300)
    #[schemars(range(min = 1, max = 86400))]
    pub rollout: Option<u32>,
    /// An image that is not found (default 20)
    #[schemars(range(max = 86400))]
    pub image: Option<u32>,
    /// A Secret, `ConfigMap` or key that is missing (default 20)
    #[schemars(range(max = 86400))]
    pub config: Option<u32>,
    /// No node that could ever fit (default 30)
    #[schemars(range(max = 86400))]
    pub unschedulable: Option<u32>,
    /// Pods that admission or quota refuses (default 10)
    #[schemars(range(max = 86400))]
    pub refused: Option<u32>,
}

/// Where an environment is. The fields of the service that it changes are merged before the typed values are made,
/// so they are not repeated here; the schema lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Environment {
    /// The kubeconfig context
    #[schemars(extend("format" = "line"))]
    pub context: Option<String>,
    /// The namespace
    #[schemars(extend("format" = "namespace"))]
    pub namespace: Option<String>,
    /// The registry that images are pushed to, such as `registry.example.com/shop`
    #[schemars(extend("format" = "registry"))]
    pub registry: Option<String>,
}

impl Spec {
    /// Copies that run when plat.yaml does not say it: a service survives the loss of one; a worker may not expect
    /// a second one beside it.
    #[must_use]
    pub fn replicas(&self) -> Replicas {
        self.replicas.unwrap_or(match self.kind {
            Kind::Service => Replicas::Fixed(2),
            Kind::Worker => Replicas::Fixed(1),
        })
    }

    /// How the service is probed; a worker has nothing to probe.
    #[must_use]
    pub fn health(&self) -> Health {
        match (self.kind, &self.health) {
            (Kind::Service, Some(health)) => health.clone(),
            (Kind::Service, None) => Health::Tcp,
            (Kind::Worker, _) => Health::None,
        }
    }
}
