//! A release that is ready to be deployed, and what is still to be checked.

use futures::future::join;

use crate::deploy::preflight::{access, identity};
use crate::deploy::release::{Deploy, Release, Target};
use crate::error::Result;
use crate::event::{Event, Events};
use crate::project::Project;

/// A release that is ready to be deployed.
pub struct Prepared {
    pub target: Target,
    pub release: Release,
    pub checks: Checks,
}

impl Prepared {
    /// Says where it goes and what runs.
    pub(super) fn tell(&self, events: &Events) {
        let Target { cluster, name } = &self.target;
        events.emit(&Event::Place {
            service: name.clone(),
            context: cluster.context.clone(),
            server: cluster.server.clone(),
            namespace: self.release.set.namespaces(&cluster.namespace).join(", "),
            image: self.release.image.clone(),
        });
    }
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
