//! Whose turn it is: the lock is taken only where there is something to write; whoever deploys the same is followed,
//! whoever deploys something else is waited for. After any wait the plan is made again.

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::release::Deploy;
use crate::cluster::records::{Claim, Holder, Lock, Standing, Taking, lease};
use crate::error::{Error, Kind, Result};
use crate::event::Event;
use crate::reason::Reason;
use crate::text::seconds;

const LOOK: Duration = Duration::from_secs(1);

/// Whether the other deploy is of the same and is followed, or is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    Yes,
    No,
}

/// Says that someone else writes at the moment.
pub fn tell(deploy: &Deploy<'_>, holder: &Holder, standing: &Standing, attached: Attached) {
    let Holder { who, doing, since, .. } = holder;
    deploy.events().emit(&Event::Locked {
        holder: who.clone(),
        doing: doing.clone(),
        since: *since,
        held_seconds: standing.held_for().map(|held| held.as_secs()),
        attached: attached == Attached::Yes,
    });
}

/// What comes next.
pub enum Turn {
    /// Nobody else writes as long as this is held.
    Mine(Lock),
    /// Nothing is to be written, or nothing can keep two deploys apart here.
    Unlocked,
    /// Something may have changed: plan again.
    Again,
    /// Someone else has just deployed the same: there is nothing left to write, whatever came after it.
    Followed,
}

/// How long others are waited for, over all rounds.
pub struct Patience {
    until: Instant,
    all: SignedDuration,
}

impl Patience {
    #[must_use]
    pub fn new(all: SignedDuration) -> Self {
        Self { until: Instant::now() + Duration::try_from(all).unwrap_or_default(), all }
    }
}

/// What a deploy says that it does.
pub const DEPLOY: &str = "deploy";

/// The lock as soon as nobody holds it. What is looked at from here on is so too when it is claimed.
///
/// # Errors
/// Someone else writes for too long; no API server.
pub async fn free(deploy: &Deploy<'_>, patience: &Patience) -> Result<Standing> {
    let mut standing = lease::standing(deploy.cluster(), deploy.name()).await?;
    while let Some(holder) = &standing.holder {
        tell(deploy, holder, &standing, Attached::No);
        standing = until_free(deploy, holder, patience).await?;
    }
    Ok(standing)
}

/// The turn of whoever does not look at what others do; `standing` was read before anything that was decided on.
///
/// # Errors
/// Someone else writes for too long; no API server.
pub async fn wait(deploy: &Deploy<'_>, doing: &'static str, standing: &Standing, patience: &Patience) -> Result<Turn> {
    if standing.holder.is_none() {
        return claim(deploy, doing, standing).await;
    }
    free(deploy, patience).await?;
    Ok(Turn::Again)
}

/// Takes the lock that nobody held.
///
/// # Errors
/// No API server.
pub async fn claim(deploy: &Deploy<'_>, doing: &'static str, standing: &Standing) -> Result<Turn> {
    let claim = Claim {
        who: deploy.release.who.clone(),
        run: deploy.recorder().id().to_string(),
        doing,
        rendered: deploy.set().rendered().to_owned(),
    };
    Ok(match standing.take(deploy.cluster(), deploy.name(), &claim).await? {
        Taking::Taken(lock) => Turn::Mine(lock),
        Taking::Changed => Turn::Again,
        Taking::Forbidden => {
            let namespace = &deploy.cluster().namespace;
            deploy
                .events()
                .warn(format!("not allowed to write Leases in {namespace}; concurrent deploys are not prevented"));
            Turn::Unlocked
        }
    })
}

/// Waits until this holder is done, or gone; returns what is then.
///
/// # Errors
/// It writes for too long; no API server.
pub async fn until_free(deploy: &Deploy<'_>, holder: &Holder, patience: &Patience) -> Result<Standing> {
    loop {
        let now = lease::standing(deploy.cluster(), deploy.name()).await?;
        if now.holder.as_ref().is_none_or(|present| present.run != holder.run) {
            return Ok(now);
        }
        if Instant::now() >= patience.until {
            return Err(locked(deploy, holder, now.held_for(), patience.all));
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn locked(deploy: &Deploy<'_>, holder: &Holder, held: Option<SignedDuration>, waited: SignedDuration) -> Error {
    let (name, namespace) = (deploy.name(), &deploy.cluster().namespace);
    let waited = seconds(Duration::try_from(waited).unwrap_or_default());
    let since = held.map(|held| format!(" for {} s", held.as_secs())).unwrap_or_default();
    Error::new(Kind::TimedOut, format!("{} still writes to {name} after {waited} of waiting; nothing was written", holder.who))
        .at(format!("Lease {namespace}/plat-{name}"))
        .detail(format!("{} by {}, held{since}", holder.doing, holder.who))
        .hint(format!("see what is happening there: {}; wait longer with --lock-timeout", deploy.inspect_command()))
        .hint(format!(
            "a plat that was killed loses the lock by itself within 15 s; to break it: kubectl delete lease plat-{name} -n {namespace}"
        ))
        .reason(Reason::Locked)
}
