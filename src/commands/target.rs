//! What a command is about: one grammar for all of them, explained in one place.

use crate::cluster::connect::{self, Cluster, ClusterArgs};
use crate::cluster::inspect::{self, Target};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::project::{Project, ProjectArgs};
use crate::reason::Reason;

/// At the end of the help of each command that takes one.
pub const GRAMMAR: &str = "What is meant by
  shop             a service, a set (deploy -f … --set shop), or else a workload
  deployment/shop  one object, as kubectl names it (sts, ds, cj, job, po, svc)";

#[derive(Debug, clap::Args)]
pub struct TargetArgs {
    /// A service, a set, or KIND/NAME (default: the service of plat.yaml)
    #[arg(value_name = "NAME")]
    target: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Where something is: in an environment of plat.yaml, or as kubectl is told.
#[derive(Debug, clap::Args)]
pub struct PlaceArgs {
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// What has no plat.yaml is named.
fn or_named(mut error: Error) -> Error {
    if error.reason == Some(Reason::NoSpec) {
        error
            .hints
            .insert(0, "name what you mean: a service, a set, or KIND/NAME, as in `plat status shop`".to_owned());
    }
    error
}

/// What is done to all that was deployed together, and whether one of its objects is enough to name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Show,
    RollBack,
    Delete,
}

impl TargetArgs {
    /// What is meant, and the cluster it is in.
    ///
    /// # Errors
    /// As [`PlaceArgs::reach`].
    pub async fn reach(&self, events: Events) -> Result<(Target, Cluster)> {
        self.place.reach(self.target.as_deref(), events).await
    }

    /// The name of the service or set, and the cluster it is in.
    ///
    /// # Errors
    /// As [`PlaceArgs::reach_whole`].
    pub async fn reach_whole(&self, does: Does, events: Events) -> Result<(String, Cluster)> {
        self.place.reach_whole(self.target.as_deref(), does, events).await
    }
}

impl PlaceArgs {
    /// What is meant, and the cluster it is in. What is named needs no plat.yaml, an environment does.
    ///
    /// # Errors
    /// No name and no plat.yaml; a cluster that cannot be reached.
    pub async fn reach(&self, named: Option<&str>, events: Events) -> Result<(Target, Cluster)> {
        if let Some(text) = named {
            let target = Target::parse(text)?;
            return Ok((target, self.connect(events).await?));
        }
        let project = Project::read(&self.project).await.map_err(or_named)?;
        let cluster = connect::connect(&self.cluster, project.place(), events).await?;
        Ok((Target::named(project.spec.name), cluster))
    }

    /// The cluster alone.
    ///
    /// # Errors
    /// An environment without a plat.yaml; a cluster that cannot be reached.
    pub async fn connect(&self, events: Events) -> Result<Cluster> {
        let project = match &self.project.environment {
            Some(_) => Some(Project::read(&self.project).await?),
            None => None,
        };
        connect::connect(&self.cluster, project.as_ref().and_then(Project::place), events).await
    }

    /// The name of the service or set that is meant, and the cluster it is in. One object stands for all that it was deployed
    /// with only where nothing of the others changes unexpectedly.
    ///
    /// # Errors
    /// As [`PlaceArgs::reach`]; an object that plat did not deploy, or that is not all that would change.
    pub async fn reach_whole(&self, named: Option<&str>, does: Does, events: Events) -> Result<(String, Cluster)> {
        let (target, cluster) = self.reach(named, events).await?;
        if target.kind().is_none() {
            return Ok((target.name, cluster));
        }
        let owner = inspect::owner(&cluster, &target).await?;
        let is_enough = match does {
            Does::Show => true,
            Does::RollBack => !owner.is_set,
            Does::Delete => false,
        };
        if is_enough {
            return Ok((owner.name, cluster));
        }
        let what = if owner.is_set { "set" } else { "service" };
        let (object, name, namespace) = (target.argument(), &owner.name, &cluster.namespace);
        let error =
            Error::usage(format!("{object} is one object of the {what} {name}, which is {} whole", does.done()))
                .at(format!("namespace {namespace}, {}", cluster.place()))
                .hint(format!("all of it: plat {} {name} -n {namespace}", does.command()))
                .reason(Reason::Ambiguous);
        let alone = match does {
            Does::Delete => format!("kubectl delete {object} -n {namespace}"),
            Does::Show | Does::RollBack => format!("kubectl rollout undo {object} -n {namespace}"),
        };
        Err(error.hint(format!("this object alone: {alone}")))
    }
}

impl Does {
    fn done(self) -> &'static str {
        match self {
            Self::Show => "shown",
            Self::RollBack => "rolled back",
            Self::Delete => "deleted",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Show => "history",
            Self::RollBack => "rollback",
            Self::Delete => "delete",
        }
    }
}
