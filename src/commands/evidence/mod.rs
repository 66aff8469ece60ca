//! `plat evidence`: what failed deploys left to be looked at, on this machine or in the cluster.

mod here;
mod push;
mod pushed;

use super::target::{self, PlaceArgs};
use crate::bundle::Store;
use crate::error::{Exit, Result};
use crate::settings::Settings;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    /// The run whose evidence to show, or the beginning of its id; or the service, set or KIND/NAME whose to list
    /// (default: list all of this machine)
    #[arg(value_name = "RUN|NAME")]
    asked: Option<String>,
    /// Put a summary of the newest one into the cluster, masked, where colleagues see it with `plat evidence NAME`
    #[arg(long)]
    push: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// # Errors
/// When there is no evidence of this run, or it cannot be pushed.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let all = Store::of(settings).list();
    if args.push {
        push::push(&all, args.asked.as_deref(), &args.place, ui).await?;
        return Ok(Exit::Done);
    }
    let Some(asked) = &args.asked else {
        here::list(&all, ui);
        return Ok(Exit::Done);
    };
    let found = here::find(&all, asked)?;
    if found.is_empty() {
        pushed::show(asked, &args.place, ui).await?;
        return Ok(Exit::Done);
    }
    here::show(&found, asked, ui)?;
    if !ui.is_data() {
        pushed::mention(asked, &found, &args.place, ui).await;
    }
    Ok(Exit::Done)
}
