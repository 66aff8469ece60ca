//! `plat deploy`: build, apply, watch until ready; on failure say why and what to do.

mod attach;
mod bake;
mod before;
mod events;
pub(super) mod failure;
pub(super) mod files;
mod follow;
mod image;
pub(super) mod job;
mod milestones;
mod others;
mod preflight;
pub(super) mod record;
pub(super) mod restore;
mod roll;
mod room;
mod rows;
pub(super) mod show;
mod sight;
mod sources;
pub(super) mod story;
mod track;
pub(super) mod turn;
mod verdict;

use std::time::{Duration, Instant};

use futures::future::{join, join3, try_join3};
use jiff::SignedDuration;

use super::diff;
use super::pinned;
use super::project::{ImageArgs, Project, ProjectArgs};
use super::takes::TakeArgs;
use crate::cluster::apply::Plan;
use crate::cluster::applyset::Set;
use crate::cluster::connect;
use crate::cluster::connect::Cluster;
use crate::cluster::connect::ClusterArgs;
use crate::cluster::records::{Standing, lease};
use crate::error::{Exit, Result};
use crate::manifests;
use crate::rollout::Graces;
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::Ui;
pub use events::VERSION as OUTPUT_VERSION;
use failure::Wishes;
use job::Job;
use show::Show;
use turn::Patience;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    files: files::FileArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    takes: TakeArgs,
    /// Show what would change, as `plat diff` does, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Give up when it is not ready by then (default: plat.yaml's, else 5m)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    deadline: Option<SignedDuration>,
    /// How long it has to stay up after it is ready, 0 for not at all (default: plat.yaml's, else 3s, and 10s where a
    /// container has no readiness probe)
    #[arg(long, value_name = "DURATION", value_parser = bake)]
    bake: Option<Duration>,
    /// How long to wait for somebody else who deploys the same at the moment
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    lock_timeout: SignedDuration,
    /// Leave what failed as it is, instead of restoring the revision before
    #[arg(long)]
    no_rollback: bool,
}

/// # Errors
/// What is wrong with plat.yaml, the image, the cluster or the rollout.
pub async fn run(args: Args, ui: &Ui, settings: &Settings, run: &Recorder) -> Result<Exit> {
    if !args.files.filenames.is_empty() {
        return files::run(args, ui, settings, run).await;
    }
    let mut project = Project::read(&args.project)?;
    if args.dry_run {
        return diff::preview(&project, &args.image, &args.cluster, &args.takes, false, ui, settings).await;
    }
    run.facts(|facts| {
        facts.service = Some(project.spec.name.clone());
        facts.environment = project.environment.as_ref().map(|(name, _)| name.clone());
    });
    let builds = project.ready_image(&args.image).is_none();
    let image = image::choose(&project, &args.image, settings, ui, run);
    let git = async { Ok(project.ask_git().await) };
    let (cluster, image, provenance) = try_join3(reach(&project, &args, builds, settings, ui, run), image, git).await?;
    project.provenance = provenance;
    project.ask(Some(&cluster), settings, ui).await?;
    let name = project.spec.name.as_str();
    run.facts(|facts| {
        facts.namespace = Some(cluster.namespace.clone());
        facts.image_digest = image::digest(&image);
    });
    let show = Show::new(ui, name, &image, &cluster);
    show.place();

    let inputs = project.inputs(cluster.namespace.clone(), image.clone())?;
    let set = Set::of_service(name, manifests::render(&project.spec, &inputs));
    let mut graces = Graces::from(&project.spec.deadline);
    graces.rollout = args.deadline.unwrap_or(graces.rollout);
    let provenance = &project.provenance;
    let job = Job {
        cluster: &cluster,
        name,
        set: &set,
        image: Some(&image),
        commit: provenance.commit.as_deref(),
        who: &job::who(provenance.deployer.as_deref()),
        graces,
        bake: args.bake.or(project.spec.bake.map(|seconds| Duration::from_secs(seconds.into()))),
        started: Instant::now(),
        ui,
        show: &show,
        run,
        settings,
    };
    let patience = Patience::new(args.lock_timeout);
    let wishes = Wishes { rollback: !args.no_rollback, migrated: false };
    let migration = manifests::before(&project.spec, &inputs);
    let plan = async || plan(&job, &project, &args, builds).await;
    if let Some((plan, rolled)) = story::tell(&job, migration, wishes, &patience, plan).await? {
        show.done(&plan, &rolled.ready, rolled.changed, "plat status, plat logs");
    }
    Ok(Exit::Done)
}

/// Connects. While an image is being built there is time for what would otherwise be asked beside the plan.
async fn reach(
    project: &Project,
    args: &Args,
    builds: bool,
    settings: &Settings,
    ui: &Ui,
    run: &Recorder,
) -> Result<Cluster> {
    let cluster = {
        let _phase = run.phase("connect");
        connect::connect(&args.cluster, project.place(), ui.events()).await?
    };
    if builds {
        let _phase = run.phase("preflight");
        let secrets = preflight::secrets(&cluster, &project.spec, ui);
        let same = pinned::check(project, &cluster, settings, ui);
        let (may, same, ()) = join3(preflight::may_deploy(&cluster), same, secrets).await;
        same.and(may)?;
    }
    Ok(cluster)
}

/// Asks what applying would do and who else is at it.
async fn plan(job: &Job<'_>, project: &Project, args: &Args, builds: bool) -> Result<(Plan, Standing)> {
    let _phase = job.run.phase("preflight");
    let (cluster, ui) = (job.cluster, job.ui);
    let asked_before = async {
        if builds {
            return Ok(());
        }
        join(preflight::secrets(cluster, &project.spec, ui), pinned::check(project, cluster, job.settings, ui)).await.1
    };
    let asked = join3(args.takes.plan(cluster, job.set, ui), lease::standing(cluster, job.name), asked_before);
    let (plan, standing, same) = asked.await;
    same?;
    Ok((plan?, standing?))
}

fn bake(text: &str) -> std::result::Result<Duration, String> {
    if text == "0" {
        Ok(Duration::ZERO)
    } else {
        text.parse::<SignedDuration>()
            .ok()
            .and_then(|bake| bake.try_into().ok())
            .ok_or_else(|| "is no duration, such as 30s, or 0".to_owned())
    }
}

pub(super) fn duration(text: &str) -> std::result::Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration > SignedDuration::ZERO => Ok(duration),
        Ok(_) => Err("must be more than nothing, such as 5m or 90s".to_owned()),
        Err(_) => Err("is no duration, such as 5m or 90s".to_owned()),
    }
}
