//! A service that is deployed already: named, or that of plat.yaml.

use crate::cluster::connect;
use crate::cluster::connect::Cluster;
use crate::cluster::connect::ClusterArgs;
use crate::cluster::inspect::Target;
use crate::error::Result;
use crate::event::Events;
use crate::project::{Project, ProjectArgs};

#[derive(Debug, clap::Args)]
pub struct TargetArgs {
    /// The service (default: that of plat.yaml)
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl TargetArgs {
    /// The service or the object of any kind that has pods (`KIND/NAME`), and the cluster it is in.
    ///
    /// # Errors
    /// As [`TargetArgs::reach`]; a kind that has no pods.
    pub async fn reach_pods(&self, events: Events) -> Result<(Target, Cluster)> {
        match &self.name {
            Some(name) if name.contains('/') => {
                let target = Target::parse(name)?;
                let project = match &self.project.environment {
                    Some(_) => Some(Project::read(&self.project).await?),
                    None => None,
                };
                let place = project.as_ref().and_then(Project::place);
                Ok((target, connect::connect(&self.cluster, place, events).await?))
            }
            _ => {
                let (name, cluster) = self.reach(events).await?;
                Ok((Target::service(name), cluster))
            }
        }
    }

    /// The name of the service, and the cluster it is in.
    ///
    /// # Errors
    /// No name and no plat.yaml; a cluster that cannot be reached.
    pub async fn reach(&self, events: Events) -> Result<(String, Cluster)> {
        reach(self.name.as_deref(), &self.project, &self.cluster, events).await
    }
}

/// The same for a command that names the service in another way.
///
/// # Errors
/// As [`TargetArgs::reach`].
pub async fn reach(
    name: Option<&str>,
    project: &ProjectArgs,
    cluster: &ClusterArgs,
    events: Events,
) -> Result<(String, Cluster)> {
    if let Some(name) = name {
        connect::check_name("the service", name)?;
    }
    // A name alone needs no plat.yaml, an environment does.
    if let (Some(name), None) = (name, &project.environment) {
        return Ok((name.to_owned(), connect::connect(cluster, None, events).await?));
    }
    let project = Project::read(project).await?;
    let cluster = connect::connect(cluster, project.place(), events).await?;
    Ok((name.map_or(project.spec.name, str::to_owned), cluster))
}
