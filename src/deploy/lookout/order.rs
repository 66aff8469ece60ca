//! What the process that looks on is told: all it needs, through a pipe. Who asks the API server is said by the
//! kubeconfig, as to every command.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::watched::Watched;
use crate::cluster::watch::PodScope;
use crate::manifests::Manifest;
use crate::spec::Guard;
use crate::telemetry::Phase;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub context: String,
    /// Another one under the same name is another cluster.
    pub server: String,
    pub namespace: String,
    /// What the deploy is called.
    pub name: String,
    /// Under which it is recorded; none where it is not.
    pub revision: Option<u64>,
    /// The manifests, where no record has them.
    pub manifests: Vec<Manifest>,
    /// The run that deployed it, and its phases.
    pub run: Uuid,
    pub phases: Vec<Phase>,
    /// What it changed, a line a field, masked.
    pub diff: Vec<String>,
    pub who: String,
    pub guard: Option<Guard>,
    /// How long a rollback may take, in seconds.
    pub deadline: i64,
    /// When it is over, also for a machine that slept meanwhile.
    pub until: Timestamp,
    pub scopes: Vec<PodScope>,
    pub workloads: Vec<Watched>,
}
