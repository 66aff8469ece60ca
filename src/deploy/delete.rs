//! Everything that a deploy made goes, and is gone when plat ends. Volumes stay unless told.

use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use super::lock::{self, Patience, Turn};
use super::release::{Afterwards, Deploy, Release, Session, Target, who};
use super::run::{finish, guard};
use crate::cluster::Cluster;
use crate::cluster::applyset::{self, Found, Member, Set};
use crate::error::{Error, Result};
use crate::project;
use crate::reason::Reason;
use crate::rollout::Graces;

/// What the user wants.
pub struct DeleteOptions {
    pub volumes: Volumes,
    /// How long it may take until everything is gone.
    pub deadline: SignedDuration,
    pub lock_timeout: SignedDuration,
}

/// What becomes of its volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volumes {
    Keep,
    Delete,
}

/// What goes, and what stays with the reason.
pub struct Deletion {
    pub going: Vec<Member>,
    pub staying: Vec<Member>,
}

/// Deletes a service or set. `agree` sees what goes and stays, and ends it with an error where that is not wanted.
///
/// # Errors
/// No such service, someone else who writes for too long, what cannot be deleted.
pub async fn delete(
    session: &Session<'_>,
    target: &Target,
    options: &DeleteOptions,
    agree: impl AsyncFn(&Deletion) -> Result<()>,
) -> Result<Deletion> {
    let (cluster, name) = (&target.cluster, &target.name);
    let release = Release {
        set: Set::of_files(Some(name.clone()), Vec::new()),
        image: None,
        commit: None,
        migration: None,
        graces: Graces::default(),
        afterwards: Afterwards::Nothing,
        who: who(project::deployer(Path::new(".")).await.as_deref()),
    };
    let deploy = Deploy::new(session, target, &release);
    let patience = Patience::new(options.lock_timeout);
    // What was agreed to is what is there until the end: nobody wrote since it was looked at.
    let (found, deletion, lock) = loop {
        let standing = lock::free(&deploy, &patience).await?;
        let found = applyset::find(cluster, name).await?.ok_or_else(|| unknown(target))?;
        let deletion = choose(cluster, name, &found, options.volumes).await?;
        agree(&deletion).await?;
        match lock::claim(&deploy, "delete", &standing).await? {
            Turn::Mine(lock) => break (found, deletion, Some(lock)),
            Turn::Unlocked => break (found, deletion, None),
            Turn::Again | Turn::Followed => {}
        }
    };
    session
        .interruption
        .leaves("what was deleted is gone, and the rest is still there; run plat delete again to continue");
    let mut step = session.progress.step(&format!("delete {name}"));
    let until = Duration::try_from(options.deadline).unwrap_or(Duration::MAX);
    let all = deletion.going.len();
    let tell = |left, waits: &[String]| step.tell_tree(&format!("{left} of {all} objects are left"), waits);
    let guard = guard(lock.as_ref());
    let removed = async {
        applyset::remove(cluster, &guard, &deletion.going, until, tell).await?;
        applyset::forget(cluster, &guard, name, &found).await
    };
    if let Err(error) = removed.await {
        // That someone else has it by now says more than that a request got no answer.
        let lost = guard.check().await.err().filter(|_| guard.is_lost());
        return Err(lost.unwrap_or(error));
    }
    finish(lock).await;
    step.done(&format!("{all} objects are gone"));
    Ok(deletion)
}

async fn choose(cluster: &Cluster, name: &str, found: &Found, volumes: Volumes) -> Result<Deletion> {
    let claims = applyset::volumes(cluster, name, found).await?;
    let is_claim = |member: &Member| claims.iter().any(|claim| claim.describe() == member.describe());
    let others = found.members.iter().filter(|member| !is_claim(member)).cloned();
    let (mut staying, mut going): (Vec<Member>, Vec<Member>) = others.partition(|member| member.stays.is_some());
    match volumes {
        Volumes::Delete => going.extend(claims.into_iter().map(|claim| claim.staying(None))),
        Volumes::Keep => {
            let stays = Some("a volume with its data; --volumes deletes it too");
            staying.extend(claims.into_iter().map(|claim| claim.staying(stays)));
        }
    }
    Ok(Deletion { going, staying })
}

fn unknown(target: &Target) -> Error {
    let (name, cluster) = (&target.name, &target.cluster);
    Error::user(format!("there is no service or set {name} of plat in namespace {}", cluster.namespace))
        .at(cluster.place())
        .detail(format!("each is noted in a Secret, here plat-{name}, and that is not there"))
        .hint("is it in another namespace or cluster? -n, --context, --env")
        .hint(format!(
            "what `plat deploy -f` applied without --set, or someone else: kubectl delete -f FILES -n {}",
            cluster.namespace
        ))
        .reason(Reason::NotFound)
}
