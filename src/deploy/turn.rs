//! Whose turn it is: the lock is taken only where there is something to write; whoever deploys the same is followed,
//! whoever deploys something else is waited for. After any wait the plan is made again.

use super::attach;
use super::lock::{Attached, DEPLOY, Patience, Turn, claim, tell, until_free};
use super::release::Deploy;
use crate::cluster::apply::Plan;
use crate::cluster::records::Standing;
use crate::error::Result;

/// # Errors
/// Someone else writes for too long; a deploy of the same that was followed failed; no API server.
pub async fn take(deploy: &Deploy<'_>, plan: &Plan, standing: &Standing, patience: &Patience) -> Result<Turn> {
    // Without a name nothing is known again, and so nothing is kept apart.
    let nothing = plan.is_unchanged() && standing.unfinished.is_none() || deploy.set().name.is_none();
    if let Some(holder) = &standing.holder {
        let is_same = holder.rendered == deploy.set().rendered() && !plan.restarts_on_request();
        if holder.doing == DEPLOY && is_same {
            return attach::follow(deploy, holder, patience).await;
        }
        if !nothing {
            tell(deploy, holder, standing, Attached::No);
            until_free(deploy, holder, patience).await?;
            return Ok(Turn::Again);
        }
    }
    if nothing {
        return Ok(Turn::Unlocked);
    }
    claim(deploy, DEPLOY, standing).await
}
