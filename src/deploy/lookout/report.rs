//! What becomes of a revision that fell after it was ready: its evidence is saved, the record says so, the next plat on
//! this machine does, and where plat.yaml wants it the previous revision is restored. Whoever deploys meanwhile has the
//! right of way: then nothing is written.

use std::time::Duration;

use jiff::SignedDuration;

use super::notice::{self, Notice};
use super::order::Order;
use super::watched::Watched;
use crate::cluster::Cluster;
use crate::cluster::applyset::Set;
use crate::cluster::inspect::{self, Seen};
use crate::cluster::records::{Standing, lease, revisions};
use crate::deploy::evidence::{self, Failure};
use crate::deploy::lock::{self, Turn};
use crate::deploy::on_failure;
use crate::deploy::record::Record;
use crate::deploy::release::{Afterwards, Deploy, Release, Session, Target};
use crate::deploy::restore;
use crate::deploy::run::{finish, guard};
use crate::deploy::verdict;
use crate::diagnose::judge::{Judged, judge};
use crate::error::{Error, Kind, Result};
use crate::event::Events;
use crate::interruption::Interruption;
use crate::progress::Silent;
use crate::questions::Nobody;
use crate::reason::Reason;
use crate::revision::{Head, Outcome, previous};
use crate::rollout::{Graces, Verdict};
use crate::settings::Settings;
use crate::spec::Guard;
use crate::telemetry::Recorder;

/// What a lookout that only records says that it does.
const LOOKOUT: &str = "lookout";
/// A container that was just started anew is well for a moment.
const AGAIN: Duration = Duration::from_secs(1);
const LOOKS: usize = 10;

/// # Errors
/// An API server that does not answer or refuses it.
pub async fn fell(order: &Order, settings: &Settings, cluster: Cluster, fallen: &Watched) -> Result<()> {
    let recorder = Recorder::again("deploy", order.run, order.phases.clone());
    let (events, interruption) = (Events::unread(), Interruption::default());
    let session = Session {
        events: &events,
        progress: &Silent,
        questions: &Nobody,
        recorder: &recorder,
        interruption: &interruption,
        settings,
    };
    let target = Target { cluster, name: order.name.clone() };
    if let Some(number) = order.revision {
        return recorded(order, number, (&session, &target), fallen).await;
    }
    let set = Set::of_files(None, order.manifests.clone());
    let (image, commit, afterwards) = (None, None, Afterwards::Nothing);
    let (graces, who) = (Graces::default(), order.who.clone());
    let release = Release { set, image, commit, migration: None, graces, afterwards, who };
    let deploy = Deploy::new(&session, &target, &release);
    let error = cause(&target.cluster, fallen).await;
    let failure = Failure { set: deploy.set(), diff: &order.diff, revision: None };
    let files = evidence::gather(&deploy, &failure, &error).await;
    let error = evidence::keep(deploy.session, &files, error);
    notice::leave(settings, &Notice::of(order, fallen, &error));
    Ok(())
}

async fn recorded(
    order: &Order,
    number: u64,
    (session, target): (&Session<'_>, &Target),
    fallen: &Watched,
) -> Result<()> {
    let cluster = &target.cluster;
    // The lock is bound to this moment: whoever writes from here on keeps it from being taken.
    let standing = lease::standing(cluster, &order.name).await?;
    let heads = revisions::heads(cluster, &order.name).await?;
    let Some(own) = ours(&standing, &heads, number) else { return Ok(()) };
    let set = restore::set_of(cluster, &order.name, number).await?;
    let graces = Graces { rollout: SignedDuration::from_secs(order.deadline), ..Graces::default() };
    let release = restore::release(set, own, graces, Afterwards::Nothing, order.who.clone());
    let deploy = Deploy::new(session, target, &release);
    let error = cause(cluster, fallen).await;
    let failure = Failure { set: deploy.set(), diff: &order.diff, revision: Some(number) };
    let files = evidence::gather(&deploy, &failure, &error).await;
    let before = previous(&heads, number, &own.rendered).filter(|_| order.guard == Some(Guard::Rollback)).cloned();
    let lock = match lock::claim(&deploy, if before.is_some() { "rollback" } else { LOOKOUT }, &standing).await? {
        Turn::Mine(lock) => Some(lock),
        Turn::Unlocked => None,
        Turn::Again | Turn::Followed => return Ok(()),
    };
    let guard = guard(lock.as_ref());
    let error = evidence::keep(deploy.session, &files, error);
    let mut record = Record::again(heads, number, &guard);
    record.end(&deploy, Outcome::FailedAfterReady, error.reason.as_ref()).await;
    if !guard.is_lost() {
        let mut notice = Notice::of(order, fallen, &error);
        notice::leave(session.settings, &notice);
        if let Some(before) = before {
            // A person who wants it again is told by the error; nobody reads it here.
            drop(Box::pin(on_failure::bring_back(&deploy, &guard, &before, &mut record, error)).await);
            notice.restored(before.number, record.outcome() == Some(Outcome::RolledBack));
            notice::leave(session.settings, &notice);
        }
    }
    finish(lock).await;
    Ok(())
}

/// The revision that is looked at, where it is still the newest and nobody writes.
fn ours<'h>(standing: &Standing, heads: &'h [Head], number: u64) -> Option<&'h Head> {
    let is_free = standing.holder.is_none() && standing.unfinished.is_none();
    let newest = heads.iter().max_by_key(|head| head.number).filter(|_| is_free)?;
    (newest.number == number && newest.outcome == Outcome::Deployed).then_some(newest)
}

/// Whether a deploy that follows it would give up now.
pub async fn is_given_up(cluster: &Cluster, fallen: &Watched) -> bool {
    judged(cluster, fallen).await.is_some_and(|judged| judged.assessment.verdict == Verdict::Failed)
}

/// Why it fell, in the words of a failed deploy.
async fn cause(cluster: &Cluster, fallen: &Watched) -> Error {
    let ended = format!("{} {}", fallen.name, verdict::fell(fallen.probed));
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(AGAIN).await;
        }
        let Some(judged) = judged(cluster, fallen).await else { continue };
        if !judged.assessment.findings.is_empty() {
            return verdict::caused(Kind::RolloutFailed, &ended, judged.workload(), &judged.assessment);
        }
    }
    let place = format!("{} {}/{}", fallen.kind, fallen.namespace, fallen.name);
    Error::new(Kind::RolloutFailed, ended).at(place).reason(Reason::NotReady)
}

async fn judged(cluster: &Cluster, fallen: &Watched) -> Option<Judged> {
    let cluster = Cluster { namespace: fallen.namespace.clone(), ..cluster.clone() };
    let of = inspect::Target::parse(&format!("{}/{}", fallen.kind, fallen.name)).ok()?;
    match inspect::look(&cluster, &of).await {
        Ok(Seen::One(looked)) => Some(judge(&cluster, looked.snapshot).await),
        _ => None,
    }
}
