//! A rollback that a person asked for: an earlier revision whole, config included, watched until it is ready.

use std::path::Path;

use jiff::SignedDuration;

use super::lock::{self, Patience, Turn};
use super::on_failure::{self, Failed, OnFailure};
use super::release::{Afterwards, Deploy, Session, Target, who};
use super::restore::{self, Restored};
use super::run::{done, finish, guard};
use crate::cluster::apply::Takes;
use crate::cluster::inspect::names;
use crate::cluster::records::{WriteGuard, lease, revisions};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::project;
use crate::reason::Reason;
use crate::revision::{Head, Outcome, one_back};
use crate::rollout::Graces;
use crate::text::foreign_line;

/// What the user wants.
pub struct RollbackOptions {
    /// None for the good one before the present one.
    pub revision: Option<u64>,
    pub decisions: Takes,
    pub deadline: SignedDuration,
    pub lock_timeout: SignedDuration,
}

/// # Errors
/// No such revision; conflicts; why it does not become ready.
pub async fn rollback(session: &Session<'_>, target: &Target, options: &RollbackOptions) -> Result<()> {
    let patience = Patience::new(options.lock_timeout);
    let who = who(project::deployer(Path::new(".")).await.as_deref());
    loop {
        let standing = lease::standing(&target.cluster, &target.name).await?;
        let revision = choose(target, options.revision).await?;
        let set = restore::set_of(&target.cluster, &target.name, revision.number).await?;
        let graces = Graces { rollout: options.deadline, ..Graces::default() };
        let afterwards = Afterwards::of(None, None, session.settings.after_ready);
        let release = restore::release(set, &revision, graces, afterwards, who.clone());
        let deploy = Deploy::new(session, target, &release);
        let lock = match lock::wait(&deploy, "rollback", &standing, &patience).await? {
            Turn::Mine(lock) => Some(lock),
            Turn::Unlocked => None,
            Turn::Again | Turn::Followed => continue,
        };
        let result = restore(&deploy, &guard(lock.as_ref()), &revision, options).await;
        finish(lock).await;
        return result;
    }
}

async fn restore(deploy: &Deploy<'_>, guard: &WriteGuard, revision: &Head, options: &RollbackOptions) -> Result<()> {
    let number = revision.number;
    deploy.events().emit(&Event::Rollback { revision: number, name: restore::name_of(revision) });
    if let Some(warning) = doubt(revision) {
        deploy.events().warn(warning);
    }
    deploy.interruption().leaves(format!(
        "the rollback of {} to revision {number} is half done and continues in the cluster without plat; complete it with: {}",
        deploy.name(),
        deploy.rollback_command(Some(number))
    ));
    let Restored { plan, mut record, rolled } = restore::restore(deploy, guard, revision, &options.decisions).await?;
    match rolled {
        Ok(rolled) => {
            done(deploy, &plan, &rolled, deploy.inspect_command());
            Ok(())
        }
        Err(error) => {
            let failed = Failed { plan: &plan, guard, on_failure: OnFailure::Leave };
            Err(Box::pin(on_failure::end(deploy, &failed, &mut record, error)).await)
        }
    }
}

/// What is known against a revision that somebody named.
fn doubt(revision: &Head) -> Option<String> {
    let was = match revision.outcome {
        Outcome::Deployed | Outcome::InProgress | Outcome::Superseded => return None,
        Outcome::FailedAfterReady => "did not stay ready",
        Outcome::Failed | Outcome::RolledBack => "did not become ready",
        Outcome::MigrationFailed => "was not written, because its migration failed",
    };
    let why = revision.reason.as_deref().map(|reason| format!(" ({})", foreign_line(reason, 60))).unwrap_or_default();
    Some(format!("revision {} {was}{why} when it was deployed", revision.number))
}

/// The revision that was asked for, else the good one before the present one.
async fn choose(target: &Target, asked: Option<u64>) -> Result<Head> {
    let (name, cluster) = (&target.name, &target.cluster);
    let heads = revisions::heads(cluster, name).await?;
    let found = match asked {
        Some(number) => heads.iter().find(|head| head.number == number),
        None => one_back(&heads),
    };
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let error = match asked {
        Some(number) => Error::user(format!("{name} has no revision {number}")),
        None if heads.is_empty() => Error::user(format!(
            "{name} has no revisions here: `plat deploy` records those of a service and of a set (--set NAME)"
        )),
        None => Error::user(format!(
            "{name} has no earlier revision that was ready and is another than what runs, so there is nothing to go back to"
        )),
    };
    let known = if heads.is_empty() { names::deployed(cluster).await } else { Vec::new() };
    let known = (!known.is_empty()).then(|| format!("deployed there: {}", foreign_line(&known.join(", "), 300)));
    let error = known.into_iter().fold(error, Error::hint);
    Err(error
        .at(format!("namespace {}, {}", cluster.namespace, cluster.place()))
        .hint(format!("see what there is: plat history {name} -n {}", cluster.namespace))
        .reason(Reason::NoRevision))
}
