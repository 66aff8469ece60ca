//! `plat render`: the manifests that a deploy would apply, as plain YAML for kubectl.

use serde_json::json;

use crate::cluster::connect;
use crate::cluster::connect::Cluster;
use crate::cluster::connect::ClusterArgs;
use crate::deploy::prepare::{self, FileArgs};
use crate::error::{Exit, Result};
use crate::manifests::{self, Manifest};
use crate::project::{ImageArgs, Project, ProjectArgs, Source, Tools};
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
}

/// # Errors
/// What is wrong with plat.yaml, its files, or the image it needs.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let events = ui.events();
    if args.files.are_given() {
        let manifests = prepare::render(&args.files, &args.cluster, &events, &settings.cache_dir).await?;
        ui.print_document(&list(&manifests), || manifests::to_yaml(&manifests).trim_end().to_owned());
        return Ok(Exit::Done);
    }
    let tools = Tools { settings, events: &events, progress: ui };
    let project = Project::read(&args.project).await?;
    let provenance = project.ask_git().await;
    let namespace = connect::namespace(&args.cluster, project.place()).await?;
    let image = project.image_reference(&args.image, &[], &tools).await?;
    if project.ready_image(&args.image).is_none() {
        ui.hint("the image is built, not pushed: for pods that run, `plat deploy` pushes it");
    }
    let source = Source { image, written: project.written_image(&args.image), provenance };
    let resolved = match reach(&project, &args.cluster, ui).await {
        Some(cluster) => project.resolve(&cluster, source, &tools).await?,
        None => project.resolve_offline(namespace, source, &tools).await?,
    };
    let manifests = resolved.all_manifests();
    ui.print_document(&list(&manifests), || manifests::to_yaml(&manifests).trim_end().to_owned());
    Ok(Exit::Done)
}

/// The cluster, where plat.yaml leaves something to it. Without one, the reader is told what that leaves open.
async fn reach(project: &Project, args: &ClusterArgs, ui: &Ui) -> Option<Cluster> {
    if !project.needs_cluster() {
        return None;
    }
    let reached = connect::connect(args, project.place(), ui.events()).await;
    reached
        .inspect_err(|error| {
            ui.warn(&format!(
                "the cluster was not asked (which Gateway, which version of the Secret, which kinds it has), so a deploy \
                 may render otherwise: {error}"
            ));
        })
        .ok()
}

/// One value that `kubectl apply -f -` takes as well.
fn list(manifests: &[Manifest]) -> serde_json::Value {
    let items: Vec<_> = manifests.iter().map(|manifest| &manifest.body).collect();
    json!({ "apiVersion": "v1", "kind": "List", "items": items })
}
