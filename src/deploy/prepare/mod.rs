//! From what a person wrote to a Release and the Target that it goes to.
//!
//! ```text
//! project  plat.yaml -> a Release, its image built and pushed
//! files    plain manifests -> a Release
//! sources  files, folders, kustomizations and stdin as texts
//! options  what a command line says about any release
//! ```

mod files;
mod options;
mod project;
mod sources;

pub use files::{FileArgs, from_files, read_set};
pub use options::ReleaseOptions;
pub use project::{from_project, preview};

use futures::future::join;

use super::preflight::{access, identity};
use super::release::{Deploy, Release, Target};
use crate::error::Result;
use crate::project::Project;

/// A release that is ready to be deployed.
pub struct Prepared {
    pub target: Target,
    pub release: Release,
    pub checks: Checks,
}

/// The checks of a project's place and Secret.
pub enum Checks {
    /// There are none, or there was time for them while an image was built.
    Done,
    /// They run beside the plan.
    BesideThePlan(Box<Project>),
}

impl Checks {
    /// # Errors
    /// It is another cluster than the one that the environment is pinned to.
    pub async fn run(&self, deploy: &Deploy<'_>) -> Result<()> {
        let Self::BesideThePlan(project) = self else { return Ok(()) };
        let cluster = deploy.cluster();
        let same = identity::check(project, cluster, deploy.session.settings);
        join(access::secrets(cluster, &project.spec), same).await.1
    }
}
