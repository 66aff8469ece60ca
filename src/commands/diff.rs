//! `plat diff`: what a deploy would do, asked of the API server. Nothing is built into the cluster, pushed or written.

use serde::Serialize;

use crate::cluster::Cluster;
use crate::cluster::apply::{self, Conflict, Expected, Plan};
use crate::cluster::applyset::Member;
use crate::cluster::connect::{self, ClusterArgs};
use crate::deploy::decisions::{DecisionArgs, RestartArgs};
use crate::deploy::prepare::{self, FileArgs};
use crate::deploy::release::Session;
use crate::diff::{Does, ObjectDiff, Report};
use crate::error::{Exit, Result};
use crate::event::Action;
use crate::project::{ImageArgs, Project, ProjectArgs};
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) project: ProjectArgs,
    #[command(flatten)]
    pub(super) image: ImageArgs,
    #[command(flatten)]
    pub(super) files: FileArgs,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
    #[command(flatten)]
    pub(super) decisions: DecisionArgs,
    #[command(flatten)]
    pub(super) restart: RestartArgs,
    /// End with code 5 when something would change
    #[arg(long)]
    pub(super) exit_code: bool,
}

/// # Errors
/// What is wrong with plat.yaml, the image or the cluster; objects of other tools.
pub async fn run(args: Args, ui: &Ui, session: &Session<'_>) -> Result<Exit> {
    let tools = session.tools();
    let (cluster, set) = if args.files.are_given() {
        let cluster = connect::connect(&args.cluster, None, session.events.clone()).await?;
        let set = prepare::read_set(&cluster, &args.files, &args.cluster, &session.settings.cache_dir).await?;
        (cluster, set)
    } else {
        Box::pin(prepare::preview(&tools, Project::read(&args.project).await?, &args.image, &args.cluster)).await?
    };
    let plan = apply::plan(&cluster, &set, &args.restart.with(args.decisions.takes()), Expected::Anything).await?;
    let report = report(&cluster, &plan);
    let (set, namespace, context) = (set.name.as_deref(), &*cluster.namespace, &*cluster.context);
    let printed = Printed { set, namespace, context, changes: report.has_changes(), report: &report };
    ui.print(&printed, || report.text().trim_end().to_owned());
    Ok(if args.exit_code && report.has_changes() { Exit::Changes } else { Exit::Done })
}

/// What `--output json` prints; docs/output.md describes it.
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
            Action::Track => Does::Track,
            Action::Nothing => Does::Nothing,
        };
        let (live, planned) = (step.live.as_ref(), step.planned.as_ref());
        let adopted = step.adopts.is_some();
        ObjectDiff { adopted, ..ObjectDiff::new(step.describe(), does, live, planned, step.held.clone()) }
    });
    let leavers = || plan.membership.iter().flat_map(|membership| &membership.leavers);
    let mut notes = Vec::new();
    notes.extend(plan.absent_namespaces.iter().map(|absent| {
        let is_written_down = absent.is_written_down(cluster, plan);
        if absent.is_ending {
            let next = if is_written_down {
                "plat deploy waits for its end and makes it anew"
            } else {
                "plat deploy refuses it"
            };
            format!("namespace {} is being deleted; {next}", absent.name)
        } else if is_written_down {
            format!("namespace {} is created first", absent.name)
        } else {
            format!("namespace {} does not exist; plat deploy asks, or needs --create-namespace", absent.name)
        }
    }));
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
        stale: plan.stale.clone(),
        notes,
    }
}
