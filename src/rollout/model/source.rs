//! Where a person wrote what runs: a remedy names a field as it stands there.

use super::snapshot::Snapshot;

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
    pub(in crate::rollout) fn source(&self) -> Source {
        if self.workload.is_of_plat() { Source::PlatYaml } else { Source::Manifest }
    }
}
