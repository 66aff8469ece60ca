//! `plat diff`: what a deploy would do, asked of the API server. Nothing is built into the cluster, pushed or written.

use futures::future::try_join;
use serde::Serialize;

use super::deploy::files::{self, FileArgs};
use super::pinned;
use super::project::{ImageArgs, Project, ProjectArgs};
use super::takes::TakeArgs;
use crate::cluster::apply;
use crate::cluster::apply::{Action, Conflict, Plan};
use crate::cluster::applyset::{Member, Set};
use crate::cluster::connect;
use crate::cluster::connect::Cluster;
use crate::cluster::connect::ClusterArgs;
use crate::diff::{Does, ObjectDiff, Report};
use crate::error::{Exit, Result};
use crate::manifests;
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
    takes: TakeArgs,
    /// End with code 5 when something would change
    #[arg(long)]
    exit_code: bool,
}

/// # Errors
/// What is wrong with plat.yaml, the image or the cluster; objects of other tools.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    if !args.files.filenames.is_empty() {
        let cluster = connect::connect(&args.cluster, None, ui.events()).await?;
        let asked = args.cluster.namespace.is_some();
        let set = files::read_set(&cluster, &args.files, asked, &settings.cache_dir, ui).await?;
        return show(&cluster, &set, &args.takes, args.exit_code, ui).await;
    }
    let project = Project::read(&args.project)?;
    preview(&project, &args.image, &args.cluster, &args.takes, args.exit_code, ui, settings).await
}

/// The same for `plat deploy --dry-run`.
///
/// # Errors
/// As [`run`].
pub async fn preview(
    project: &Project,
    image: &ImageArgs,
    place: &ClusterArgs,
    takes: &TakeArgs,
    exit_code: bool,
    ui: &Ui,
    settings: &Settings,
) -> Result<Exit> {
    let mut project = project.clone();
    project.provenance = project.ask_git().await;
    let cluster = connect::connect(place, project.place(), ui.events()).await?;
    let same = pinned::check(&project, &cluster, settings, ui);
    let (image, ()) = try_join(project.image_reference(image, settings, ui), same).await?;
    project.ask(Some(&cluster), settings, ui).await?;
    let manifests = manifests::render(&project.spec, &project.inputs(cluster.namespace.clone(), image)?);
    let set = Set::of_service(&project.spec.name, manifests);
    show(&cluster, &set, takes, exit_code, ui).await
}

/// Plans the set and prints what it would do.
///
/// # Errors
/// As [`apply::plan`].
pub async fn show(cluster: &Cluster, set: &Set, takes: &TakeArgs, exit_code: bool, ui: &Ui) -> Result<Exit> {
    let plan = apply::plan(cluster, set, &takes.takes()).await?;
    let report = report(cluster, &plan);
    if ui.is_json() {
        let Cluster { context, namespace, .. } = cluster;
        ui.json(&Printed {
            set: set.name.as_deref(),
            namespace,
            context,
            changes: report.has_changes(),
            report: &report,
        });
    } else {
        ui.data(report.text().trim_end());
    }
    Ok(if exit_code && report.has_changes() { Exit::Changes } else { Exit::Done })
}

/// What `--output json` prints; docs/change-safety.md describes it.
#[derive(Serialize)]
struct Printed<'a> {
    set: Option<&'a str>,
    namespace: &'a str,
    context: &'a str,
    changes: bool,
    #[serde(flatten)]
    report: &'a Report,
}

fn report(cluster: &Cluster, plan: &Plan) -> Report {
    let objects = plan.steps().iter().map(|step| {
        let does = match step.change.action {
            Action::Create => Does::Create,
            Action::Change => Does::Change,
            Action::Nothing => Does::Nothing,
        };
        let (live, planned) = (step.live.as_ref(), step.planned.as_ref());
        let adopted = step.adopts;
        ObjectDiff { adopted, ..ObjectDiff::new(step.describe(), does, live, planned, step.held.clone()) }
    });
    let leavers = || plan.membership.iter().flat_map(|membership| &membership.leavers);
    let mut notes = Vec::new();
    if plan.namespace_missing {
        notes.push(format!("namespace {} is created first", cluster.namespace));
    }
    notes.extend(
        plan.adopted.iter().map(|(object, foreign)| format!("{object} {}: plat adopts it", foreign.sentence())),
    );
    notes.extend(plan.remarks());
    let sentence = |conflict: &Conflict| format!("{}: {}", conflict.object, conflict.sentence());
    Report {
        objects: objects.collect(),
        deleted: leavers().filter(|member| member.stays.is_none()).map(Member::describe).collect(),
        staying: leavers().filter_map(|member| Some((member.describe(), member.stays?.to_owned()))).collect(),
        conflicts: plan.conflicts.iter().map(sentence).collect(),
        notes,
    }
}
