//! Folders that a program may write to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Where it is mounted
    #[schemars(extend("format" = "mount-path"))]
    pub path: String,
    /// `claim` (the default): kept in a `PersistentVolumeClaim`, also when the service is deleted; `empty`: new and
    /// empty in each pod
    #[serde(default)]
    pub kind: VolumeKind,
    /// How large it is; a `claim` needs it, an `empty` one ends its pod beyond it (default 1Gi)
    #[serde(default)]
    #[schemars(extend("type" = ["string", "number"], "format" = "memory"))]
    pub size: Option<String>,
    /// The storage class of a `claim` (default: the cluster's own default class)
    #[serde(default)]
    #[schemars(extend("format" = "object-name"))]
    pub class: Option<String>,
    /// Who may use a `claim` at once: one node (`ReadWriteOnce`, the default), one pod, or many nodes
    #[serde(default)]
    pub access: Option<Access>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VolumeKind {
    #[default]
    Claim,
    Empty,
}

/// As Kubernetes calls them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Access {
    #[default]
    ReadWriteOnce,
    ReadWriteOncePod,
    ReadWriteMany,
    ReadOnlyMany,
}

impl Volume {
    #[must_use]
    pub fn access(&self) -> Access {
        self.access.unwrap_or_default()
    }

    /// Whether only the pods of one node can have it at a time.
    #[must_use]
    pub fn is_single_node(&self) -> bool {
        self.kind == VolumeKind::Claim && matches!(self.access(), Access::ReadWriteOnce | Access::ReadWriteOncePod)
    }
}

impl Access {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "ReadWriteOnce",
            Self::ReadWriteOncePod => "ReadWriteOncePod",
            Self::ReadWriteMany => "ReadWriteMany",
            Self::ReadOnlyMany => "ReadOnlyMany",
        }
    }
}
