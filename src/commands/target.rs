//! A service that is deployed already: named, or that of plat.yaml.

use super::project::{Project, ProjectArgs};
use crate::cli::ClusterArgs;
use crate::cluster::{self, Cluster};
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub struct TargetArgs {
    /// The service (default: that of plat.yaml)
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
}

impl TargetArgs {
    /// The name of the service, and the cluster it is in.
    ///
    /// # Errors
    /// No name and no plat.yaml; a cluster that cannot be reached.
    pub async fn reach(&self) -> Result<(String, Cluster)> {
        if let Some(name) = &self.name {
            cluster::check_name("the service", name)?;
        }
        // A name alone needs no plat.yaml, an environment does.
        if let (Some(name), None) = (&self.name, &self.project.environment) {
            return Ok((name.clone(), cluster::connect(&self.cluster, None).await?));
        }
        let project = Project::read(&self.project)?;
        let cluster = cluster::connect(&self.cluster, project.place()).await?;
        Ok((self.name.clone().unwrap_or(project.spec.name), cluster))
    }
}
