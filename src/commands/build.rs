//! `plat build`: the image alone, built and pushed as a deploy would.

use serde::Serialize;

use crate::error::{Exit, Result};
use crate::image::{self, Attestation, Locking};
use crate::project::{ImageArgs, Project, ProjectArgs, Tools, Wanted};
use crate::settings::Settings;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArgs,
    /// The registry (default: the environment's, else the settings')
    #[arg(long, value_name = "HOST[/PATH]")]
    registry: Option<String>,
    /// Build, and print the reference that a push would give; a Dockerfile's has no digest before
    #[arg(long)]
    no_push: bool,
    /// Ask for newer base images, and write their digests into plat.lock
    #[arg(long)]
    update: bool,
}

/// What `--output json` prints; docs/output.md describes it.
#[derive(Serialize)]
struct Printed {
    image: String,
    /// What went over the line; none where nothing was pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded_bytes: Option<u64>,
    /// What is said of the image beside it; none where plat.yaml does not want that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attestations: Vec<Attestation>,
}

/// # Errors
/// A source that does not build, a registry that does not take it.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let events = ui.events();
    let tools = Tools { settings, events: &events, progress: ui };
    let project = Project::read(&args.project).await?;
    let registry = project.registry(&ImageArgs { image: None, registry: args.registry }, settings)?;
    let platforms = project.platforms(&[])?;
    let locking = if args.update { Locking::Update } else { Locking::Keep };
    let wanted = Wanted { registry: &registry, platforms: &platforms, locking };
    let printed = if args.no_push {
        let built = project.build_image(wanted, &tools).await?;
        Printed { image: built.reference(&registry)?, uploaded_bytes: None, attestations: Vec::new() }
    } else {
        let built = project.build_to_push(wanted, &tools).await?;
        let pushed = image::push(&built, &registry, ui).await?;
        let attestations = project.attest(&built, &pushed, ui).await?;
        Printed { image: pushed.reference, uploaded_bytes: Some(pushed.uploaded_bytes), attestations }
    };
    ui.print(&printed, || printed.image.clone());
    Ok(Exit::Done)
}
