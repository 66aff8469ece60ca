//! What a command line says about any release, whatever it is made from.

use std::time::Duration;

use jiff::SignedDuration;

use crate::deploy::namespaces::NewNamespaces;
use crate::rollout::Graces;

#[derive(Debug, Clone, Copy)]
pub struct ReleaseOptions {
    /// Give up when it is not ready by then; none for what the release itself says.
    pub deadline: Option<SignedDuration>,
    /// How long the command waits after it is ready; none for what the release itself says.
    pub bake: Option<Duration>,
    pub new_namespaces: NewNamespaces,
}

impl ReleaseOptions {
    pub(super) fn graces(&self, own: Graces) -> Graces {
        Graces { rollout: self.deadline.unwrap_or(own.rollout), ..own }
    }
}
