//! Someone deploys the same at this moment: one deploy is enough, and both see how it ends.

use std::time::Duration;

use super::lock::{self, Attached, Patience, Turn, until_free};
use super::release::Deploy;
use super::rollout;
use crate::cluster::apply;
use crate::cluster::apply::Applied;
use crate::cluster::records::revisions;
use crate::cluster::records::{Holder, lease};
use crate::error::{Error, Kind, Result};
use crate::reason::Reason;
use crate::revision::{Head, Outcome};

const LOOK: Duration = Duration::from_millis(500);

/// Follows the other deploy to its end. Where it was killed, this one goes on.
///
/// # Errors
/// When the other one failed, with the same cause.
pub async fn follow(deploy: &Deploy<'_>, holder: &Holder, patience: &Patience) -> Result<Turn> {
    let standing = lease::standing(deploy.cluster(), deploy.name()).await?;
    lock::tell(deploy, holder, &standing, Attached::Yes);
    deploy
        .interruption()
        .leaves(format!("the deploy of {} continues without this one, which only looked on", holder.who));
    let verdict = match written(deploy, holder).await? {
        Some(applied) => rollout::follow(deploy, None, &[applied], None, true).await.map(drop),
        None => Ok(()),
    };
    let after = until_free(deploy, holder, patience).await?;
    // Whoever has taken it since began something of their own.
    if after.holder.is_none() && after.unfinished.as_deref() == Some(&holder.rendered) {
        deploy.events().note(format!("the deploy of {} was cut off: continuing with it", holder.who));
        return Ok(Turn::Again);
    }
    let heads = revisions::heads(deploy.cluster(), deploy.name()).await.unwrap_or_default();
    let record = heads.into_iter().find(|head| head.run.as_deref() == Some(&holder.run));
    match (verdict, record) {
        (Err(error), record) => Err(what_became(deploy, error, holder, record.as_ref())),
        (Ok(()), Some(record)) if matches!(record.outcome, Outcome::Failed | Outcome::RolledBack) => {
            let reason = record.reason.as_deref().map_or(Reason::RolloutFailed, Reason::from);
            let error = Error::new(Kind::RolloutFailed, format!("the deploy that this one followed failed: {reason}"));
            Err(what_became(deploy, error.reason(reason).at(deploy.cluster().place()), holder, Some(&record)))
        }
        (Ok(()), _) => Ok(Turn::Followed),
    }
}

/// The workload as the other one applied it, which is written last; none when the other one ended before, or where
/// nothing tells which rendering an object is of.
async fn written(deploy: &Deploy<'_>, holder: &Holder) -> Result<Option<Applied>> {
    if !deploy.set().is_service() {
        return Ok(None);
    }
    loop {
        if let Some(applied) = apply::applied(deploy.cluster(), deploy.set()).await? {
            return Ok(Some(applied));
        }
        let now = lease::standing(deploy.cluster(), deploy.name()).await?;
        if now.holder.is_none_or(|present| present.run != holder.run) {
            return Ok(None);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn what_became(deploy: &Deploy<'_>, error: Error, holder: &Holder, record: Option<&Head>) -> Error {
    let about = format!("{} -n {}", deploy.name(), deploy.cluster().namespace);
    let error = error.detail(format!("this was the deploy of {}, which this one followed", holder.who));
    match record.map(|head| head.outcome) {
        Some(Outcome::RolledBack) => error.hint(format!("it was rolled back there; see: plat history {about}")),
        _ => error.hint(format!("see what is left: plat why {about}, plat history {about}")),
    }
}
