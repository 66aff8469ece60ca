//! `plat deploy -f`: manifests of any kind through the same engine, and with a name through the same story.

use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::{try_join, try_join3};
use serde_json::json;

use super::super::{diff, project};
use super::Args;
use super::failure::Wishes;
use super::job::{self, Job};
use super::show::Show;
use super::sources::{self, Source};
use super::story;
use super::turn::Patience;
use crate::cluster::api;
use crate::cluster::apply::{Action, Plan};
use crate::cluster::applyset::Set;
use crate::cluster::connect;
use crate::cluster::connect::Cluster;
use crate::cluster::records::{Standing, lease};
use crate::error::{Error, Exit, Result};
use crate::files::{self, Document, Kinds, Namespaces, Problem};
use crate::manifests::{Manifest, Provenance};
use crate::rollout::Graces;
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::{Ui, seconds};

#[derive(Debug, Clone, Default, clap::Args)]
pub struct FileArgs {
    /// Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin
    #[arg(short = 'f', long = "filename", value_name = "PATH", help_heading = "Manifest options",
          conflicts_with_all = ["environment", "file", "image", "registry"])]
    pub filenames: Vec<String>,
    /// Search the folders in a folder too
    #[arg(short = 'R', long, requires = "filenames", help_heading = "Manifest options")]
    pub recursive: bool,
    /// Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is
    /// removed after success
    #[arg(long, value_name = "NAME", requires = "filenames", help_heading = "Manifest options")]
    pub set: Option<String>,
}

/// # Errors
/// A manifest that cannot be used, what the cluster refuses, a rollout that fails.
pub async fn run(args: Args, ui: &Ui, settings: &Settings, run: &Recorder) -> Result<Exit> {
    if let Some(name) = &args.files.set {
        connect::check_name("the set", name)?;
    }
    let connect = async {
        let _phase = run.phase("connect");
        connect::connect(&args.cluster, None, ui.events()).await
    };
    let git = async {
        // Only what has a name is recorded.
        let named = args.files.set.is_some();
        Ok(if named { project::provenance_of(Path::new(".")).await } else { Provenance::default() })
    };
    let sources = sources::read(&args.files.filenames, args.files.recursive);
    let (cluster, sources, provenance) = try_join3(connect, sources, git).await?;
    run.facts(|facts| {
        facts.service.clone_from(&args.files.set);
        facts.namespace = Some(cluster.namespace.clone());
    });
    let asked = args.cluster.namespace.is_some();
    let manifests = manifests(&cluster, sources, asked, &settings.cache_dir, ui).await?;
    let count = manifests.len();
    let label = args.files.set.clone().unwrap_or_else(|| objects(count));
    let show = Show::new(ui, &label, "", &cluster);
    show.place();

    let set = Set::of_files(args.files.set.clone(), manifests);
    if args.dry_run {
        return diff::show(&cluster, &set, &args.takes, false, ui).await;
    }
    let graces = Graces { rollout: args.deadline.unwrap_or(Graces::default().rollout), ..Graces::default() };
    let job = Job {
        cluster: &cluster,
        name: &label,
        set: &set,
        image: None,
        commit: provenance.commit.as_deref(),
        who: &job::who(provenance.deployer.as_deref()),
        graces,
        bake: args.bake,
        started: Instant::now(),
        ui,
        show: &show,
        run,
        settings,
    };
    let wishes = Wishes { rollback: !args.no_rollback, migrated: false };
    let patience = Patience::new(args.lock_timeout);
    if let Some((plan, _)) = story::tell(&job, None, wishes, &patience, async || plan(&job, &args).await).await? {
        done(&cluster, &plan, &args, ui, run);
    }
    Ok(Exit::Done)
}

/// The same manifests, for who only looks at them.
///
/// # Errors
/// A manifest that cannot be used.
pub async fn read_set(cluster: &Cluster, args: &FileArgs, asked: bool, cache: &Path, ui: &Ui) -> Result<Set> {
    if let Some(name) = &args.set {
        connect::check_name("the set", name)?;
    }
    let sources = sources::read(&args.filenames, args.recursive).await?;
    let manifests = manifests(cluster, sources, asked, cache, ui).await?;
    Ok(Set::of_files(args.set.clone(), manifests))
}

/// Reads the texts, and asks the cluster about kinds that are neither built in nor defined by the manifests.
async fn manifests(
    cluster: &Cluster,
    sources: Vec<Source>,
    asked: bool,
    cache: &Path,
    ui: &Ui,
) -> Result<Vec<Manifest>> {
    let mut documents = Vec::new();
    for Source { name, text } in sources {
        documents.extend(files::read(&name, &text).map_err(unusable)?);
    }
    let (documents, hooks) = files::without_hooks(documents);
    if !hooks.left_out.is_empty() {
        ui.note(&format!("left out, as hooks that are no part of an installation: {}", hooks.left_out.join(", ")));
    }
    if !hooks.applied.is_empty() {
        ui.note(&format!(
            "applied with all others, not at their own moment as Helm would: {}",
            hooks.applied.join(", ")
        ));
    }
    if documents.is_empty() {
        return Err(Error::user("there are no manifests in what -f names").reason("NoManifests"));
    }
    let kinds = kinds(cluster, &documents, cache).await?;
    let namespaces = Namespaces { default: &cluster.namespace, asked };
    files::manifests(documents, &kinds, namespaces).map_err(unusable)
}

/// The kinds of all documents: built in, defined by one of them, remembered, or asked for, whichever comes first.
pub(in crate::commands) async fn kinds(cluster: &Cluster, documents: &[Document], cache: &Path) -> Result<Kinds> {
    let mut kinds = Kinds::defined(documents);
    if files::unknown(documents, &kinds).is_none() {
        return Ok(kinds);
    }
    kinds.add(api::remembered(cluster, cache).unwrap_or_default());
    if files::unknown(documents, &kinds).is_none() {
        return Ok(kinds);
    }
    let mut kinds = Kinds::defined(documents);
    kinds.add(api::discover(cluster, cache).await?);
    let Some(unknown) = files::unknown(documents, &kinds) else { return Ok(kinds) };
    let word = |text: &str| crate::text::foreign_line(text, 100);
    let (api_version, kind) = (word(&unknown.api_version), word(&unknown.kind));
    let error = Error::user(format!("the cluster knows no kind {kind} in {api_version}"))
        .at(unknown.place)
        .reason("UnknownKind")
        .detail(cluster.place());
    let error = match kinds.nearest(&unknown.api_version, &unknown.kind) {
        Some(near) => error.hint(format!("the nearest that it knows is {}", word(&near))),
        None => error,
    };
    Err(match unknown.api_version.split_once('/') {
        Some((group, _)) if group.contains('.') => {
            let group = word(group);
            error.hint(format!(
                "a CustomResourceDefinition of group {group} brings it: install it, or add it to the manifests"
            ))
        }
        _ => error.hint("check the spelling of apiVersion and kind: kubectl api-resources"),
    })
}

pub(in crate::commands) fn unusable(problem: Problem) -> Error {
    let error = Error::user(problem.what).at(problem.place).reason(problem.reason);
    match problem.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Asks what applying would do and who else is at it.
async fn plan(job: &Job<'_>, args: &Args) -> Result<(Plan, Standing)> {
    let _phase = job.run.phase("preflight");
    let standing = async {
        match &job.set.name {
            Some(name) => lease::standing(job.cluster, name).await,
            None => Ok(Standing::default()),
        }
    };
    try_join(args.takes.plan(job.cluster, job.set, job.ui), standing).await
}

fn done(cluster: &Cluster, plan: &Plan, args: &Args, ui: &Ui, run: &Recorder) {
    let took = Duration::from_secs_f64(run.elapsed_ms() / 1000.0);
    let count = |action: Action| plan.changes().filter(|change| change.action == action).count();
    let (created, changed, same) = (count(Action::Create), count(Action::Change), count(Action::Nothing));
    if ui.is_json() {
        ui.json(&json!({
            "event": "done",
            "version": super::OUTPUT_VERSION,
            "service": args.files.set,
            "namespace": cluster.namespace,
            "context": cluster.context,
            "created": created,
            "changed": changed,
            "unchanged": same,
            "duration_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }));
        return;
    }
    let what = if plan.is_unchanged() { "unchanged and ready" } else { "applied and ready" };
    ui.note(&format!("{} {what}, {}", objects(created + changed + same), seconds(took)));
}

fn objects(count: usize) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}
