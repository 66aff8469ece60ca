//! `plat delete`: everything that a deploy made goes, and is gone when plat ends. Volumes stay unless told.

use jiff::SignedDuration;

use super::duration;
use super::target::{self, Does, TargetArgs};
use crate::cluster::Cluster;
use crate::cluster::applyset::Member;
use crate::deploy::delete::{DeleteOptions, Deletion, Volumes, delete};
use crate::deploy::preflight::identity;
use crate::deploy::release::{Session, Target};
use crate::error::{Error, Exit, Result};
use crate::event::Event;
use crate::ui::{self, Ui};

#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Delete its volumes too, with all that is on them
    #[arg(long)]
    volumes: bool,
    /// How long to wait until everything is gone
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration::positive)]
    deadline: SignedDuration,
    /// How long to wait for someone who deploys it at the moment
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::positive)]
    lock_timeout: SignedDuration,
}

/// # Errors
/// No such service, nobody to ask, someone else who writes for too long, what cannot be deleted.
pub async fn run(args: Args, ui: &Ui, session: &Session<'_>) -> Result<Exit> {
    let (name, cluster) = args.target.reach_whole(Does::Delete, session.events.clone()).await?;
    identity::check_place(&args.target.place.project, &cluster, session.settings).await?;
    let target = Target { cluster, name };
    let options = DeleteOptions {
        volumes: if args.volumes { Volumes::Delete } else { Volumes::Keep },
        deadline: args.deadline,
        lock_timeout: args.lock_timeout,
    };
    let agree = async |deletion: &Deletion| {
        list(deletion, ui);
        if args.yes { Ok(()) } else { agree(&target, deletion, ui).await }
    };
    let Deletion { going, staying } = delete(session, &target, &options, agree).await?;
    let Cluster { namespace, context, .. } = &target.cluster;
    session.events.emit(&Event::Deleted {
        service: target.name.clone(),
        namespace: namespace.clone(),
        context: context.clone(),
        deleted: going.iter().map(Member::leaver).collect(),
        kept: staying.iter().map(Member::leaver).collect(),
    });
    Ok(Exit::Done)
}

fn list(Deletion { going, staying }: &Deletion, ui: &Ui) {
    for member in going {
        ui.note(&format!("- {}", member.describe()));
    }
    for member in staying {
        ui.note(&format!("  {} stays: {}", member.describe(), member.stays.unwrap_or_default()));
    }
}

async fn agree(target: &Target, deletion: &Deletion, ui: &Ui) -> Result<()> {
    let name = &target.name;
    let place = format!("namespace {}, {}", target.cluster.namespace, target.cluster.place());
    if !ui.is_interactive() {
        return Err(Error::usage(format!("refusing to delete {name} without confirmation (no terminal); pass --yes"))
            .at(place)
            .detail("nothing was deleted"));
    }
    let question = format!("delete these {} objects of {name} from {place}?", deletion.going.len());
    if ui::in_background(move || ui::confirm(&question, false)).await? {
        return Ok(());
    }
    Err(Error::user("not agreed to; nothing was deleted").at(place).hint("delete without the question: --yes"))
}
