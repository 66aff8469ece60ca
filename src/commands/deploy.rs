//! `plat deploy`: build, apply, watch until ready; on failure say why and what to do.

use std::time::Duration;

use jiff::SignedDuration;

use super::{diff, duration};
use crate::cluster::connect::ClusterArgs;
use crate::deploy::decisions::{DecisionArgs, RestartArgs};
use crate::deploy::lookout;
use crate::deploy::namespaces::NewNamespaces;
use crate::deploy::on_failure::OnFailure;
use crate::deploy::prepare::{self, FileArgs, ReleaseOptions};
use crate::deploy::release::Session;
use crate::deploy::{self, Options, Unserved};
use crate::error::{Exit, Result};
use crate::project::{ImageArgs, Project, ProjectArgs};
use crate::settings::Settings;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    decisions: DecisionArgs,
    #[command(flatten)]
    restart: RestartArgs,
    /// Show what would change, as `plat diff` does, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Give up when it is not ready by then (default: plat.yaml's, else 5m)
    #[arg(long, value_name = "DURATION", value_parser = duration::positive)]
    deadline: Option<SignedDuration>,
    /// Wait so long whether it stays up, before the prompt comes back; 0: nobody looks on at all (default: plat.yaml's; else
    /// in CI 3s, and 10s where a container has no readiness probe; elsewhere plat looks on in the background for 60s)
    #[arg(long, value_name = "DURATION", value_parser = duration::or_zero)]
    bake: Option<Duration>,
    /// How long to wait for someone else who deploys the same at the moment
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::positive)]
    lock_timeout: SignedDuration,
    /// Create the namespace when it does not exist; one that an environment of plat.yaml names is created anyway
    #[arg(long)]
    create_namespace: bool,
    #[command(flatten)]
    end: EndArgs,
}

/// What becomes of a deploy that does not end as it should.
#[derive(Debug, clap::Args)]
struct EndArgs {
    /// Fail where it is ready and nobody is served by it, or nothing of it runs: a Service without a ready endpoint, a
    /// `DaemonSet` that no node fits
    #[arg(long)]
    strict: bool,
    /// Leave what failed as it is, instead of restoring the previous revision
    #[arg(long)]
    no_rollback: bool,
}

/// # Errors
/// What is wrong with plat.yaml, the image, the cluster or the rollout.
pub async fn run(args: Args, ui: &Ui, session: &Session<'_>) -> Result<Exit> {
    if args.dry_run {
        return Box::pin(diff::run(args.preview(), ui, session)).await;
    }
    let new_namespaces = if args.create_namespace { NewNamespaces::Allowed } else { NewNamespaces::Ask };
    let options = ReleaseOptions { deadline: args.deadline, bake: args.bake, new_namespaces };
    let prepared = if args.files.are_given() {
        prepare::from_files(session, &args.files, &args.cluster, options).await?
    } else {
        let project = Project::read(&args.project).await?;
        Box::pin(prepare::from_project(session, project, (&args.image, &args.cluster), options)).await?
    };
    let options = Options {
        decisions: args.restart.with(args.decisions.takes()),
        lock_timeout: args.lock_timeout,
        new_namespaces,
        on_failure: if args.end.no_rollback { OnFailure::Leave } else { OnFailure::Restore },
        unserved: if args.end.strict { Unserved::Fails } else { Unserved::Warns },
    };
    deploy::run(session, &prepared, &options).await?;
    Ok(Exit::Done)
}

/// Says what fell after its prompt had come back.
pub fn what_fell(ui: &Ui, settings: &Settings) {
    for fell in lookout::take(settings) {
        ui.warn(&fell);
    }
}

impl Args {
    /// The same for `plat diff`.
    fn preview(self) -> diff::Args {
        let Self { project, image, files, cluster, decisions, restart, .. } = self;
        diff::Args { project, image, files, cluster, decisions, restart, exit_code: false }
    }
}
