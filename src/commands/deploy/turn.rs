//! Whose turn it is: the lock is taken only where there is something to write; whoever deploys the same is followed,
//! whoever deploys something else is waited for. After any wait the plan is made again.

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::attach;
use super::job::Job;
use crate::cluster::apply::Plan;
use crate::cluster::records::{Claim, Holder, Lock, Standing, Taking, lease};
use crate::error::{Error, Kind, Result};
use crate::ui::seconds;

const LOOK: Duration = Duration::from_secs(1);

/// What comes next.
pub enum Turn {
    /// Nobody else writes as long as this is held.
    Mine(Lock),
    /// Nothing is to be written, or nothing can keep two deploys apart here.
    Unlocked,
    /// Something may have changed: plan again.
    Again,
    /// Somebody else has just deployed the same: there is nothing left to write, whatever came after it.
    Followed,
}

/// How long others are waited for, over all rounds.
pub struct Patience {
    until: Instant,
    all: SignedDuration,
}

impl Patience {
    pub fn new(all: SignedDuration) -> Self {
        Self { until: Instant::now() + Duration::try_from(all).unwrap_or_default(), all }
    }
}

/// # Errors
/// Somebody else writes for too long; a deploy of the same that was followed failed; no API server.
pub async fn take(job: &Job<'_>, plan: &Plan, standing: &Standing, patience: &Patience) -> Result<Turn> {
    // Without a name nothing is known again, and so nothing is kept apart.
    let nothing = plan.is_unchanged() && standing.unfinished.is_none() || job.set.name.is_none();
    if let Some(holder) = &standing.holder {
        if holder.doing == DEPLOY && holder.rendered == job.set.rendered() {
            return attach::follow(job, holder, patience).await;
        }
        if !nothing {
            job.show.locked(holder, standing.held_for(), false);
            until_free(job, holder, patience).await?;
            return Ok(Turn::Again);
        }
    }
    if nothing {
        return Ok(Turn::Unlocked);
    }
    claim(job, DEPLOY, standing).await
}

/// What a deploy says that it does.
const DEPLOY: &str = "deploy";

/// The lock as soon as nobody holds it. What is looked at from here on is so too when it is claimed.
///
/// # Errors
/// Somebody else writes for too long; no API server.
pub async fn free(job: &Job<'_>, patience: &Patience) -> Result<Standing> {
    let mut standing = lease::standing(job.cluster, job.name).await?;
    while let Some(holder) = &standing.holder {
        job.show.locked(holder, standing.held_for(), false);
        standing = until_free(job, holder, patience).await?;
    }
    Ok(standing)
}

/// The turn of whoever does not look at what others do; `standing` was read before anything that was decided on.
///
/// # Errors
/// Somebody else writes for too long; no API server.
pub async fn wait(job: &Job<'_>, doing: &'static str, standing: &Standing, patience: &Patience) -> Result<Turn> {
    if standing.holder.is_none() {
        return claim(job, doing, standing).await;
    }
    free(job, patience).await?;
    Ok(Turn::Again)
}

/// Takes the lock that nobody held.
///
/// # Errors
/// No API server.
pub async fn claim(job: &Job<'_>, doing: &'static str, standing: &Standing) -> Result<Turn> {
    let claim = Claim {
        who: job.who.to_owned(),
        run: job.run.id().to_string(),
        doing,
        rendered: job.set.rendered().to_owned(),
    };
    Ok(match standing.take(job.cluster, job.name, &claim).await? {
        Taking::Taken(lock) => Turn::Mine(lock),
        Taking::Changed => Turn::Again,
        Taking::Forbidden => {
            let namespace = &job.cluster.namespace;
            job.ui.warn(&format!("you may not write Leases in {namespace}: nothing keeps two deploys at once apart"));
            Turn::Unlocked
        }
    })
}

/// Waits until this holder is done, or gone; returns what is then.
pub async fn until_free(job: &Job<'_>, holder: &Holder, patience: &Patience) -> Result<Standing> {
    loop {
        let now = lease::standing(job.cluster, job.name).await?;
        if now.holder.as_ref().is_none_or(|present| present.run != holder.run) {
            return Ok(now);
        }
        if Instant::now() >= patience.until {
            return Err(locked(job, holder, now.held_for(), patience.all));
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn locked(job: &Job<'_>, holder: &Holder, held: Option<SignedDuration>, waited: SignedDuration) -> Error {
    let (name, namespace) = (job.name, &job.cluster.namespace);
    let waited = seconds(Duration::try_from(waited).unwrap_or_default());
    let since = held.map(|held| format!(" for {} s", held.as_secs())).unwrap_or_default();
    Error::new(Kind::TimedOut, format!("{} still writes to {name} after {waited} of waiting; nothing was written", holder.who))
        .at(format!("Lease {namespace}/plat-{name}"))
        .detail(format!("{} by {}, held{since}", holder.doing, holder.who))
        .hint(format!("see what goes on there: {}; wait longer with --lock-timeout", job.look()))
        .hint(format!(
            "a plat that was killed loses the lock by itself within 15 s; to break it: kubectl delete lease plat-{name} -n {namespace}"
        ))
        .reason("Locked")
}
