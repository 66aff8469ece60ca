//! The service.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::before::Before;
use super::build::Build;
use super::deadline::Deadline;
use super::health::Health;
use super::names::Names;
use super::objects::{Extra, Patches};
use super::replicas::Replicas;
use super::resources::Resources;
use super::route::Route;
use super::schedule::Schedule;
use super::user::User;
use super::volume::Volume;

/// A service. Two lines are enough: `name` and `port`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Spec {
    /// Name of the service and of its objects in Kubernetes
    #[schemars(extend("format" = "name"))]
    pub name: String,
    /// What runs: a `service` answers on `port`, a `worker` has none, a `cron` runs on a `schedule`, a `job` runs once
    /// for each deploy that changes it
    #[serde(default)]
    pub kind: Kind,
    /// The port the container listens on, also in its variable PORT; a service needs one
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// How Kubernetes sees that the service is ready: an HTTP path, `tcp` (the port accepts connections, the default)
    /// or `none`
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "health"))]
    pub health: Option<Health>,
    /// The host name under which it is reached from outside the cluster, such as `shop.example.com`
    #[serde(default)]
    #[schemars(extend("format" = "host"))]
    pub host: Option<String>,
    /// The paths of `host` that belong to this service, each with everything below it (default: all)
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "format": "url-path"}, "uniqueItems" = true))]
    pub paths: Vec<String>,
    /// How `host` is routed: `ingress`, `gateway`, or a map that names what to use (default: an `HTTPRoute` where the
    /// cluster has a Gateway, else an Ingress)
    #[serde(default)]
    pub route: Option<Route>,
    /// When a `cron` runs, such as `"0 3 * * *"`, or `{cron, timezone}`
    #[serde(default)]
    pub schedule: Option<Schedule>,
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
    /// The user that it runs as, by number, such as `1000` or `"1000:1000"` with the group (default: the image's own where
    /// that is a number other than 0, else 10001)
    #[serde(default)]
    #[schemars(extend("type" = ["string", "number"], "format" = "user"))]
    pub user: Option<String>,
    /// Folders of the image that it may write to, each empty in each pod; all else but /tmp is read-only
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "format": "mount-path"}, "uniqueItems" = true))]
    pub writable: Vec<String>,
    /// Environment variables; a number or true/false is passed on as it is written
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": ["string", "number", "boolean"]}, "propertyNames" = {"format": "env-name"}))]
    pub env: BTreeMap<String, String>,
    /// Keys of the Secret that is named as the service; each becomes an environment variable
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "format": "env-name"}, "uniqueItems" = true))]
    pub secrets: Vec<String>,
    /// `secrets`: a deploy after the Secret was changed restarts the pods, so that they read it
    #[serde(default)]
    pub restart_on: Option<RestartOn>,
    /// Text files beside plat.yaml, mounted read-only by their file name in /etc/NAME
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "format": "config-file"}, "uniqueItems" = true))]
    pub config: Vec<String>,
    /// How many copies run (default: 2 of a service, 1 of a worker or with a volume that one node at a time may use),
    /// or `{min, max}` to scale on CPU use
    #[serde(default)]
    pub replicas: Option<Replicas>,
    /// What one copy needs
    #[serde(default)]
    pub resources: Resources,
    /// Folders that may be written to, by name: kept in a claim, or empty in each pod
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"format": "volume-name"}))]
    pub volumes: BTreeMap<String, Volume>,
    /// A migration: a Job that must succeed before anything of a changed service is written
    #[serde(default)]
    pub before: Option<Before>,
    /// How often a failed run of a `job` or `cron` is tried again (default 3)
    #[serde(default)]
    #[schemars(range(max = 100))]
    pub retries: Option<u32>,
    /// How long a run of a `job` or `cron` may take, its retries included (default: 1h of a `cron`, as long as a deploy
    /// waits of a `job`)
    #[serde(default)]
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(min = 1, max = 604_800))]
    pub timeout: Option<u32>,
    /// How long `plat deploy` waits whether what is ready stays up, 0 for not at all (default: in CI 3s, and 10s where a
    /// container has no readiness probe; elsewhere the prompt comes back and plat looks on in the background for 60s)
    #[serde(default)]
    #[schemars(extend("type" = ["integer", "string"], "format" = "duration"), range(max = 86400))]
    pub bake: Option<u32>,
    /// `rollback`: when what is ready breaks while plat looks on in the background, the previous revision is restored
    /// (default: it is only told)
    #[serde(default)]
    pub guard: Option<Guard>,
    /// How long a deploy waits before it gives up
    #[serde(default)]
    pub deadline: Deadline,
    /// The labels that select its pods, instead of plat's own: of a Deployment that was there before plat, which cannot
    /// change them
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": ["string", "number", "boolean"]}, "propertyNames" = {"format": "label-key"}))]
    pub selector: BTreeMap<String, String>,
    /// The names that its parts had before plat, where they are not plat's own
    #[serde(default)]
    pub names: Names,
    /// `none`: nothing is added to what this file says; no probe, security context, policy or account that someone else
    /// has not asked for (default: all of them, as docs/manifests.md lists them)
    #[serde(default)]
    pub defaults: Option<Defaults>,
    /// Changes of rendered objects, by kind (or `Kind/name`), merged as `kubectl patch` does it; `$patch: delete` leaves
    /// the object out
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"format": "patch-key"}))]
    pub patch: Patches,
    /// More objects to apply, and to remove once they are gone from here: manifests, or YAML files beside plat.yaml
    #[serde(default)]
    pub extra: Vec<Extra>,
    /// What differs in an environment, chosen with `--env`: where it is, and any field above but `name`; `null` removes
    /// what the service has
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
    Cron,
    Job,
}

/// What restarts the pods although nothing of them changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RestartOn {
    Secrets,
}

/// What plat adds to what plat.yaml says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Defaults {
    None,
}

/// What is done about a revision that breaks after it was ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    Rollback,
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
    /// The cluster's identity, as `plat deploy` shows it: any other cluster is refused
    #[schemars(extend("format" = "cluster-identity"))]
    pub cluster: Option<String>,
}

impl Spec {
    /// Copies that run when plat.yaml does not say it: a service survives the loss of one; a worker may not expect
    /// a second one beside it, and a volume of one node cannot be shared.
    #[must_use]
    pub fn replicas(&self) -> Replicas {
        self.replicas.unwrap_or(match self.kind {
            Kind::Service if self.adds_defaults() && !self.has_single_node_volume() => Replicas::Fixed(2),
            _ => Replicas::Fixed(1),
        })
    }

    /// How the service is probed; nothing else listens.
    #[must_use]
    pub fn health(&self) -> Health {
        match (self.kind, &self.health) {
            (Kind::Service, Some(health)) => health.clone(),
            (Kind::Service, None) if self.adds_defaults() => Health::Tcp,
            _ => Health::None,
        }
    }

    /// Whether it gets what a production review would ask for, without saying so.
    #[must_use]
    pub fn adds_defaults(&self) -> bool {
        self.defaults != Some(Defaults::None)
    }

    /// Whom it runs as, where plat.yaml says it.
    #[must_use]
    pub fn user(&self) -> Option<User> {
        self.user.as_deref().and_then(|user| user.parse().ok())
    }

    /// Whether it has to end by itself: a `cron` or a `job`.
    #[must_use]
    pub fn ends(&self) -> bool {
        matches!(self.kind, Kind::Cron | Kind::Job)
    }

    /// Whether a pod must have gone before its successor can have its volume.
    #[must_use]
    pub fn has_single_node_volume(&self) -> bool {
        self.volumes.values().any(Volume::is_single_node)
    }

    /// All files that it names under `config`: its own, and those of `before`.
    pub fn config_files(&self) -> impl Iterator<Item = &String> {
        self.config.iter().chain(self.before.iter().flat_map(|before| before.config.iter().flatten()))
    }
}
