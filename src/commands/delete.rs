//! `plat delete`: everything that a deploy made goes, and is gone when plat ends. Volumes stay unless told.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde::Serialize;

use super::deploy::duration;
use super::deploy::job::{self, Job};
use super::deploy::show::Show;
use super::deploy::story;
use super::deploy::turn::{self, Patience, Turn};
use super::pinned;
use super::target::TargetArgs;
use crate::cluster::applyset;
use crate::cluster::applyset::{Found, Member, Set};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Exit, Result};
use crate::rollout::Graces;
use crate::settings::Settings;
use crate::telemetry::Recorder;
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
    /// How long to wait for somebody who deploys it at the moment
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    lock_timeout: SignedDuration,
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
/// No such service, nobody to ask, somebody else who writes for too long, what cannot be deleted.
pub async fn run(args: Args, ui: &Ui, settings: &Settings, run: &Recorder) -> Result<Exit> {
    let (name, cluster) = args.target.reach(ui.events()).await?;
    pinned::check_place(&args.target.project, &cluster, settings, ui).await?;
    let (set, show) = (Set::of_files(Some(name.clone()), Vec::new()), Show::new(ui, &name, "", &cluster));
    let job = Job {
        cluster: &cluster,
        name: &name,
        set: &set,
        image: None,
        commit: None,
        who: &job::who(None),
        graces: Graces::default(),
        bake: None,
        started: Instant::now(),
        ui,
        show: &show,
        run,
        settings,
    };
    let waits = Patience::new(args.lock_timeout);
    // What was agreed to is what is there until the end: nobody wrote since it was looked at.
    let (found, going, staying, lock) = loop {
        let standing = turn::free(&job, &waits).await?;
        let found = applyset::find(&cluster, &name).await?.ok_or_else(|| unknown(&name, &cluster))?;
        let (going, staying) = choose(&cluster, &name, &found, args.volumes).await?;
        list(&going, &staying, ui);
        agree(&args, &name, &cluster, &going, ui).await?;
        match turn::claim(&job, "delete", &standing).await? {
            Turn::Mine(lock) => break (found, going, staying, Some(lock)),
            Turn::Unlocked => break (found, going, staying, None),
            Turn::Again | Turn::Followed => {}
        }
    };
    run.if_interrupted("what was deleted is gone, and the rest is still there; run plat delete again to go on");
    let mut step = ui.step(format!("delete {name}"));
    let patience = Duration::try_from(args.deadline).unwrap_or(Duration::MAX);
    let tell = |left, waits: &[String]| step.tell_tree(&format!("{left} of {} objects are left", going.len()), waits);
    let guard = story::guard(lock.as_ref());
    applyset::remove(&cluster, &guard, &going, patience, tell).await?;
    applyset::forget(&cluster, &guard, &name, &found).await?;
    story::finish(lock).await;
    step.done(&format!("{} objects are gone", going.len()));
    if ui.is_json() {
        let Cluster { namespace, context, .. } = &cluster;
        ui.json(&Ended { service: &name, namespace, context, deleted: &going, kept: &staying });
    }
    Ok(Exit::Done)
}

/// What goes, and what stays with the reason.
async fn choose(cluster: &Cluster, name: &str, found: &Found, volumes: bool) -> Result<(Vec<Member>, Vec<Member>)> {
    let claims = applyset::volumes(cluster, name, found).await?;
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

fn list(going: &[Member], staying: &[Member], ui: &Ui) {
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
    Err(Error::user("not agreed to; nothing was deleted").at(place).hint("delete without the question: --yes"))
}

fn unknown(name: &str, cluster: &Cluster) -> Error {
    Error::user(format!("there is nothing called {name} that plat deployed to namespace {}", cluster.namespace))
        .at(cluster.place())
        .detail(format!("what plat deploys is noted in Secret plat-{name}, and that is not there"))
        .hint("is it in another namespace or cluster? -n, --context, --env")
        .hint(format!("what somebody else deployed: kubectl delete deployment/{name} -n {}", cluster.namespace))
        .reason("NotFound")
}
