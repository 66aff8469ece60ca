//! `plat init`: a plat.yaml for what is there.

mod from;

use crate::cluster::connect::ClusterArgs;
use crate::error::{Error, Exit, Result};
use crate::settings::Settings;
use crate::ui::{self, Ui};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of several workloads the one to make a plat.yaml of, here (default: each in a folder of its name)
    #[arg(value_name = "NAME", requires = "from")]
    name: Option<String>,
    #[command(flatten)]
    from: from::FromArgs,
    /// Write without asking
    #[arg(short, long)]
    yes: bool,
    /// Show what would be written
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// # Errors
/// What cannot be made into a plat.yaml, or is there already.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let Some(source) = args.from.source(args.name.as_deref()) else {
        return Err(Error::usage("nothing says what to make a plat.yaml of")
            .hint("name it: --from FILE, DIR, - or deployment/NAME"));
    };
    let imported = from::imported(source, &args.cluster, &ui.events(), settings).await?;
    let files = from::files(&imported, args.name.is_some());
    from::refuse_occupied(&files)?;
    from::tell(&imported, &files, &args.cluster, ui);
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if ui.is_interactive() && !args.yes && !ui::confirm("write it?", true)? {
        return Ok(Exit::Done);
    }
    from::write(&files)?;
    Ok(Exit::Done)
}
