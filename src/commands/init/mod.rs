//! `plat init`: a plat.yaml for what is there.

mod from;

use crate::cluster::connect::ClusterArgs;
use crate::error::{Error, Exit, Result};
use crate::settings::Settings;
use crate::ui::{self, Ui};

#[derive(Debug, clap::Args)]
pub struct Args {
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
    let Some(source) = args.from.source() else {
        return Err(Error::usage("nothing says what to make a plat.yaml of")
            .hint("name it: --from FILE, DIR, - or deployment/NAME"));
    };
    let imported = from::imported(source, &args.cluster, &ui.events(), settings).await?;
    let files = from::files(&imported);
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
