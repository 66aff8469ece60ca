//! `plat delete`: everything that a deploy made goes, and is gone when plat ends. Volumes stay unless told.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;

use super::deploy::duration;
use super::pinned;
use super::target::TargetArgs;
use crate::cluster::{self, Cluster, Found, Member};
use crate::error::{Error, Exit, Result};
use crate::settings::Settings;
use crate::ui::{self, Ui};

#[derive(Debug, clap::Args)]
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
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration)]
    deadline: SignedDuration,
}

/// What `--output json` prints.
#[derive(Serialize)]
struct Ended<'a> {
    service: &'a str,
    namespace: &'a str,
    context: &'a str,
    deleted: &'a [Member],
    kept: &'a [Member],
}

/// # Errors
/// No such service, nobody to ask, what cannot be deleted.
pub async fn run(args: Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let (name, cluster) = args.target.reach().await?;
    pinned::check_place(&args.target.project, &cluster, settings, ui).await?;
    let found = cluster::find_set(&cluster, &name, ui).await?.ok_or_else(|| unknown(&name, &cluster))?;
    let (going, staying) = choose(&cluster, &name, &found, args.volumes, ui).await?;
    show(&going, &staying, ui);
    agree(&args, &name, &cluster, &going, ui).await?;

    let step = ui.step(format!("delete {name}"));
    let patience = Duration::try_from(args.deadline).unwrap_or(Duration::MAX);
    cluster::remove(&cluster, &going, patience, ui).await?;
    cluster::forget(&cluster, &name, &found, ui).await?;
    step.done(&format!("{} objects are gone", going.len()));
    if ui.is_json() {
        let Cluster { namespace, context, .. } = &cluster;
        ui.json(&Ended { service: &name, namespace, context, deleted: &going, kept: &staying });
    }
    Ok(Exit::Done)
}

/// What Ctrl-C leaves behind.
#[must_use]
pub fn left_behind() -> String {
    "what was deleted is gone, and the rest is still there; run plat delete again to go on".to_owned()
}

/// What goes, and what stays with the reason.
async fn choose(
    cluster: &Cluster,
    name: &str,
    found: &Found,
    volumes: bool,
    ui: &Ui,
) -> Result<(Vec<Member>, Vec<Member>)> {
    let claims = cluster::volumes(cluster, name, found, ui).await?;
    let is_claim = |member: &Member| claims.iter().any(|claim| claim.describe() == member.describe());
    let others = found.members.iter().filter(|member| !is_claim(member)).cloned();
    let (mut staying, mut going): (Vec<Member>, Vec<Member>) = others.partition(|member| member.stays.is_some());
    if volumes {
        going.extend(claims.into_iter().map(|claim| claim.staying(None)));
    } else {
        let stays = Some("a volume with its data; --volumes deletes it too");
        staying.extend(claims.into_iter().map(|claim| claim.staying(stays)));
    }
    Ok((going, staying))
}

fn show(going: &[Member], staying: &[Member], ui: &Ui) {
    for member in going {
        ui.note(&format!("- {}", member.describe()));
    }
    for member in staying {
        ui.note(&format!("  {} stays: {}", member.describe(), member.stays.unwrap_or_default()));
    }
}

async fn agree(args: &Args, name: &str, cluster: &Cluster, going: &[Member], ui: &Ui) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    let place = format!("namespace {}, {}", cluster.namespace, cluster.place());
    if !ui.is_interactive() {
        return Err(Error::usage(format!("nobody is here to agree to the deletion of {name}; nothing was deleted"))
            .at(place)
            .hint("agree beforehand: --yes"));
    }
    let question = format!("delete these {} objects of {name} from {place}?", going.len());
    if ui::in_background(move || ui::confirm(&question, false)).await? {
        return Ok(());
    }
    Err(Error::user("not agreed to; nothing was deleted").at(place).hint("nothing else to do"))
}

fn unknown(name: &str, cluster: &Cluster) -> Error {
    Error::user(format!("there is nothing called {name} that plat deployed to namespace {}", cluster.namespace))
        .at(cluster.place())
        .detail(format!("what plat deploys is noted in Secret plat-{name}, and that is not there"))
        .hint("is it in another namespace or cluster? -n, --context, --env")
        .hint(format!("what somebody else deployed: kubectl delete deployment/{name} -n {}", cluster.namespace))
        .reason("NotFound")
}
