//! `plat rollback`: an earlier revision whole, config included, watched until it is ready.

use jiff::SignedDuration;

use super::{duration, target};
use crate::cluster::connect::ClusterArgs;
use crate::deploy::decisions::DecisionArgs;
use crate::deploy::preflight::identity;
use crate::deploy::release::{Session, Target};
use crate::deploy::rollback::{RollbackOptions, rollback};
use crate::error::{Exit, Result};
use crate::project::ProjectArgs;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The revision to restore, as `plat history` numbers them (default: the good one before the present one)
    #[arg(value_name = "REVISION")]
    revision: Option<u64>,
    /// The service, or the set of `plat deploy -f --set` (default: the service of plat.yaml)
    #[arg(long, value_name = "NAME", visible_alias = "set")]
    service: Option<String>,
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    decisions: DecisionArgs,
    /// Give up when it is not ready by then
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::positive)]
    deadline: SignedDuration,
    /// How long to wait for someone else who deploys the same at the moment
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::positive)]
    lock_timeout: SignedDuration,
}

/// # Errors
/// No such revision; conflicts; why it does not become ready.
pub async fn run(args: Args, session: &Session<'_>) -> Result<Exit> {
    let events = session.events.clone();
    let (name, cluster) = target::reach(args.service.as_deref(), &args.project, &args.cluster, events).await?;
    identity::check_place(&args.project, &cluster, session.settings).await?;
    session.recorder.facts(|facts| {
        facts.service = Some(name.clone());
        facts.namespace = Some(cluster.namespace.clone());
    });
    let options = RollbackOptions {
        revision: args.revision,
        decisions: args.decisions.takes(),
        deadline: args.deadline,
        lock_timeout: args.lock_timeout,
    };
    rollback(session, &Target { cluster, name }, &options).await?;
    Ok(Exit::Done)
}
