//! `plat deploy`: build, apply, watch until ready; on failure say why and what to do.

mod bake;
mod events;
mod files;
mod follow;
mod image;
mod milestones;
mod others;
mod preflight;
mod rows;
mod show;
mod sources;
mod track;
mod verdict;

use std::time::Instant;

use futures::future::{join, try_join3};
use jiff::SignedDuration;

use super::project::{ImageArgs, Project, ProjectArgs};
use crate::cli::ClusterArgs;
use crate::cluster::{self, Applied, Cluster, Plan, Set, Takes, Watch};
use crate::error::{Exit, Result};
use crate::manifests;
use crate::rollout::{Graces, Object};
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::Ui;
use follow::Rollout;
use show::Show;

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
    /// Set back fields that somebody changed without plat, instead of showing them
    #[arg(long)]
    take: bool,
    /// Give up when it is not ready by then (default: plat.yaml's, else 5m)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    deadline: Option<SignedDuration>,
}

/// # Errors
/// What is wrong with plat.yaml, the image, the cluster or the rollout.
pub async fn run(args: Args, ui: &Ui, settings: &Settings, run: &Recorder) -> Result<Exit> {
    if !args.files.filenames.is_empty() {
        return files::run(args, ui, settings, run).await;
    }
    let mut project = Project::read(&args.project)?;
    run.facts(|facts| {
        facts.service = Some(project.spec.name.clone());
        facts.environment = project.environment.as_ref().map(|(name, _)| name.clone());
    });
    let builds = project.ready_image(&args.image).is_none();
    let image = image::choose(&project, &args.image, settings, ui, run);
    let git = async { Ok(project.ask_git().await) };
    let (cluster, image, provenance) = try_join3(reach(&project, &args, builds, ui, run), image, git).await?;
    project.provenance = provenance;
    project.ask(Some(&cluster), ui).await?;
    let name = project.spec.name.as_str();
    run.facts(|facts| {
        facts.namespace = Some(cluster.namespace.clone());
        facts.image_digest = image::digest(&image);
    });
    let show = Show::new(ui, name, &image, &cluster);
    show.place();

    let manifests = manifests::render(&project.spec, &project.inputs(cluster.namespace.clone(), image.clone()));
    let set = Set::of_service(name, manifests);
    let plan = plan(&cluster, &project, &set, &args, builds, ui, run).await?;
    run.facts(|facts| facts.first = Some(plan.first));
    show.plan(&plan);

    let started = Instant::now();
    let (watch, applied) = apply(&cluster, &plan, name, ui, run).await?;
    let changed = replaces_pods(&plan, &applied);
    run.facts(|facts| facts.changed = Some(changed));
    if let Some(ready) = follow::settled(&applied, run.elapsed_ms()) {
        show.done(&plan, &ready, changed);
        return Ok(Exit::Done);
    }
    let undo = if plan.first { "stop it with: kubectl delete" } else { "go back with: kubectl rollout undo" };
    run.if_interrupted(format!(
        "{name} was applied and its rollout goes on in the cluster without plat; see it with: plat status, {undo} \
         deployment/{name} -n {}",
        cluster.namespace
    ));
    let watch = watch.unwrap_or_else(|| Watch::start(&cluster, applied.iter().map(|applied| &*applied.manifest)));
    let mut graces = Graces::from(&project.spec.deadline);
    graces.rollout = args.deadline.unwrap_or(graces.rollout);
    let rollout = Rollout { cluster: &cluster, name, applied: &applied, graces, started };
    let ready = rollout.follow(watch, &show, run).await.map_err(|failure| failure.error)?;
    show.done(&plan, &ready, changed);
    Ok(Exit::Done)
}

/// Connects. While an image is being built there is time for what would otherwise be asked beside the plan.
async fn reach(project: &Project, args: &Args, builds: bool, ui: &Ui, run: &Recorder) -> Result<Cluster> {
    let cluster = {
        let _phase = run.phase("connect");
        cluster::connect(&args.cluster, project.place()).await?
    };
    if builds {
        let _phase = run.phase("preflight");
        let secrets = preflight::secrets(&cluster, &project.spec, ui);
        join(preflight::may_deploy(&cluster), secrets).await.0?;
    }
    Ok(cluster)
}

/// Asks what applying would do, and creates the namespace where it is missing.
async fn plan(
    cluster: &Cluster,
    project: &Project,
    set: &Set,
    args: &Args,
    builds: bool,
    ui: &Ui,
    run: &Recorder,
) -> Result<Plan> {
    let _phase = run.phase("preflight");
    let secrets = async {
        if !builds {
            preflight::secrets(cluster, &project.spec, ui).await;
        }
    };
    let takes = Takes { all: args.take };
    let (plan, ()) = join(cluster::plan(cluster, set, &takes, ui), secrets).await;
    let plan = plan?;
    if plan.namespace_missing {
        let namespace = &cluster.namespace;
        cluster::create_namespace(cluster).await?;
        ui.note(&format!("created namespace {namespace}"));
        run.if_interrupted(format!("namespace {namespace} was created and is empty; nothing else was changed"));
    }
    Ok(plan)
}

/// Writes what differs. The watches are opened at the same time, so that nothing of the rollout is missed.
async fn apply(
    cluster: &Cluster,
    plan: &Plan,
    name: &str,
    ui: &Ui,
    run: &Recorder,
) -> Result<(Option<Watch>, Vec<Applied>)> {
    if let Some(applied) = plan.unchanged() {
        return Ok((None, applied));
    }
    run.if_interrupted(format!(
        "some objects of {name} may have been written; deploy again to complete it, or see it with: plat status"
    ));
    let _phase = run.phase("apply");
    let watch = Watch::start(cluster, plan.steps().iter().map(|step| &*step.manifest));
    let applied = plan.apply(cluster, ui).await?;
    Ok((Some(watch), applied))
}

/// Whether pods run something else than before: scaling and a new commit leave them alone.
fn replaces_pods(plan: &Plan, applied: &[Applied]) -> bool {
    applied.iter().filter_map(|applied| Object::read(&applied.object)).any(|after| {
        let before = plan.before(after.kind(), after.name()).and_then(Object::read);
        !plan.is_unchanged() && before.is_none_or(|before| before.template() != after.template())
    })
}

pub(super) fn duration(text: &str) -> std::result::Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration > SignedDuration::ZERO => Ok(duration),
        Ok(_) => Err("must be more than nothing, such as 5m or 90s".to_owned()),
        Err(_) => Err("is no duration, such as 5m or 90s".to_owned()),
    }
}
