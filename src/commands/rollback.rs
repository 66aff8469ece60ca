//! `plat rollback`: an earlier revision whole, config included, watched until it is ready.

use std::time::Instant;

use jiff::SignedDuration;

use super::deploy::duration;
use super::deploy::failure::{self, Wishes};
use super::deploy::job::{self, Job};
use super::deploy::restore::{self, Restored};
use super::deploy::show::Show;
use super::deploy::story;
use super::deploy::turn::{self, Patience, Turn};
use super::pinned;
use super::project::ProjectArgs;
use super::takes::TakeArgs;
use super::target;
use crate::cluster::connect::Cluster;
use crate::cluster::connect::ClusterArgs;
use crate::cluster::records::{lease, revisions};
use crate::error::{Error, Exit, Result};
use crate::history::{Head, one_back};
use crate::rollout::Graces;
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::Ui;

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
    takes: TakeArgs,
    /// Give up when it is not ready by then
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    deadline: SignedDuration,
    /// How long to wait for somebody else who deploys the same at the moment
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    lock_timeout: SignedDuration,
}

/// # Errors
/// No such revision; conflicts; why it does not become ready.
pub async fn run(args: Args, ui: &Ui, settings: &Settings, run: &Recorder) -> Result<Exit> {
    let (name, cluster) = target::reach(args.service.as_deref(), &args.project, &args.cluster, ui.events()).await?;
    pinned::check_place(&args.project, &cluster, settings, ui).await?;
    run.facts(|facts| {
        facts.service = Some(name.clone());
        facts.namespace = Some(cluster.namespace.clone());
    });
    let patience = Patience::new(args.lock_timeout);
    let who = job::who(None);
    loop {
        let standing = lease::standing(&cluster, &name).await?;
        let target = choose(&cluster, &name, args.revision).await?;
        let set = restore::set_of(&cluster, &name, target.number).await?;
        let image = target.image.as_deref();
        let show = Show::new(ui, &name, image.unwrap_or("-"), &cluster);
        let graces = Graces { rollout: args.deadline, ..Graces::default() };
        let job = Job {
            cluster: &cluster,
            name: &name,
            set: &set,
            image,
            commit: target.commit.as_deref(),
            who: &who,
            graces,
            bake: None,
            started: Instant::now(),
            ui,
            show: &show,
            run,
            settings,
        };
        let lock = match turn::wait(&job, "rollback", &standing, &patience).await? {
            Turn::Mine(lock) => Some(lock),
            Turn::Unlocked => None,
            Turn::Again | Turn::Followed => continue,
        };
        let guard = story::guard(lock.as_ref());
        show.rollback(&target, &restore::name_of(&target));
        run.if_interrupted(format!(
            "the rollback of {name} to revision {} is half done and goes on in the cluster without plat; complete it with: {}",
            target.number,
            job.rollback(Some(target.number))
        ));
        let Restored { plan, mut record, rolled } =
            restore::restore(&job, &guard, &target, &args.takes.takes()).await?;
        let result = match rolled {
            Ok(rolled) => {
                show.done(&plan, &rolled.ready, rolled.changed, job.look());
                Ok(Exit::Done)
            }
            Err(error) => {
                let wishes = Wishes { rollback: false, migrated: false };
                Err(Box::pin(failure::end(&job, &guard, &plan, &mut record, wishes, error)).await)
            }
        };
        story::finish(lock).await;
        return result;
    }
}

/// The revision that was asked for, else the good one before the present one.
async fn choose(cluster: &Cluster, name: &str, asked: Option<u64>) -> Result<Head> {
    let heads = revisions::heads(cluster, name).await?;
    let found = match asked {
        Some(number) => heads.iter().find(|head| head.number == number),
        None => one_back(&heads),
    };
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let error = match asked {
        Some(number) => Error::user(format!("{name} has no revision {number}")),
        None if heads.is_empty() => Error::user(format!("{name} has no revisions: plat did not deploy it here yet")),
        None => Error::user(format!(
            "{name} has no earlier revision that was ready and is another than what runs, so there is nothing to go back to"
        )),
    };
    Err(error
        .at(format!("namespace {}, {}", cluster.namespace, cluster.place()))
        .hint(format!("see what there is: plat history {name} -n {}", cluster.namespace))
        .reason("NoRevision"))
}
