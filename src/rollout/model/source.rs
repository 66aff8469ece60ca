//! Where a person wrote what runs: a remedy names a field as it stands there.

use super::snapshot::Snapshot;
use crate::manifests::MANAGED_BY;

/// Where a workload's fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rollout) enum Source {
    PlatYaml,
    /// A manifest, or a chart that renders to one.
    Manifest,
}

impl Source {
    /// A field by its name in each, such as "`port` in plat.yaml".
    pub fn field(self, plat_yaml: &str, manifest: &str) -> String {
        match self {
            Self::PlatYaml => format!("`{plat_yaml}` in plat.yaml"),
            Self::Manifest => format!("`{manifest}` in the manifest"),
        }
    }
}

impl Snapshot {
    /// What plat renders says so in a label.
    pub(in crate::rollout) fn source(&self) -> Source {
        let labels = self.workload.metadata().labels.as_ref();
        let by = labels.and_then(|labels| labels.get("app.kubernetes.io/managed-by"));
        if by.is_some_and(|by| by == MANAGED_BY) { Source::PlatYaml } else { Source::Manifest }
    }
}
