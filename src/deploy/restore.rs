//! Restores an earlier revision whole, config included: the same plan, apply and watch as a deploy.

use futures::future::join;
use jiff::Timestamp;
use serde_json::Value;

use super::record::Record;
use super::release::{Afterwards, Deploy, Release};
use super::rollout::{self, Rewritten, Rolled};
use crate::cluster::apply;
use crate::cluster::apply::{Expected, Plan, Step, Takes};
use crate::cluster::applyset;
use crate::cluster::applyset::{Restart, Set};
use crate::cluster::connect::Cluster;
use crate::cluster::records::{WriteGuard, revisions};
use crate::error::Result;
use crate::event::Event;
use crate::manifests::{BEFORE, Manifest};
use crate::revision::{Head, short_commit};
use crate::rollout::Graces;
use crate::text::foreign_line;

/// The set of a revision, as it was applied then, to be brought back.
///
/// # Errors
/// When its record is gone or broken.
pub async fn set_of(cluster: &Cluster, name: &str, number: u64) -> Result<Set> {
    Ok(set(name, revisions::manifests(cluster, name, number).await?).restored())
}

/// The note of what was rendered is part of the record and is made again: a service is known by it.
fn set(name: &str, mut manifests: Vec<Manifest>) -> Set {
    let noted = manifests.iter_mut().map(applyset::forget_rendered).filter(|was_noted| *was_noted).count();
    if noted > 0 { Set::of_service(name, manifests) } else { Set::of_files(Some(name.to_owned()), manifests) }
}

/// The release that brings a revision back.
#[must_use]
pub fn release(set: Set, revision: &Head, graces: Graces, afterwards: Afterwards, who: String) -> Release {
    let (image, commit) = (revision.image.clone(), revision.commit.clone());
    Release { set, image, commit, migration: None, graces, afterwards, who }
}

/// What became of a restored revision.
pub struct Restored {
    pub plan: Plan,
    /// Where it was noted.
    pub record: Record,
    pub rolled: Result<Rolled>,
}

/// Brings back what revision `to` was, and notes it as a revision of its own; where all is so already, nothing is
/// noted. The lock is held by the caller.
///
/// # Errors
/// Conflicts and refusals: nothing was written then. A lost lock.
pub async fn restore(deploy: &Deploy<'_>, guard: &WriteGuard, to: &Head, takes: &Takes) -> Result<Restored> {
    // Without it pods would keep the configuration of what is gone.
    let takes = Takes { restart: Some(Restart::Now), ..takes.clone() };
    let mut plan = apply::plan(deploy.cluster(), deploy.set(), &takes, Expected::Anything).await?;
    if let Some(migration) = migration_left(&plan) {
        plan.remark(format!("the migration {migration} stays: a rollback undoes none, and runs none"));
    }
    deploy.events().emit(&Event::Plan(plan.event()));
    plan.check_conflicts()?;
    if plan.is_unchanged() {
        let rolled = rollout::out(deploy, guard, &plan, Rewritten::No).await;
        return Ok(Restored { plan, record: Record::default(), rolled });
    }
    let (mut record, rolled) =
        join(Record::begin(deploy, guard, Some(to.number)), rollout::out(deploy, guard, &plan, Rewritten::No)).await;
    if rolled.is_ok() {
        rollout::end(deploy, guard, &plan, &mut record).await?;
    }
    let rolled = rolled.map(|rolled| Rolled { revision: record.number, ..rolled });
    Ok(Restored { plan, record, rolled })
}

/// The migration of what runs now, where that of what is brought back is another one or none.
fn migration_left(plan: &Plan) -> Option<String> {
    let of = |object: &Value| object["metadata"]["annotations"][BEFORE].as_str().map(|name| foreign_line(name, 80));
    let left = |step: &Step| of(step.live.as_ref()?).filter(|name| of(&step.manifest.body).as_ref() != Some(name));
    plan.steps().iter().find_map(left)
}

/// `revision 3 (commit 0123abcd, by ada@example.com on laptop, 2026-11-23 10:00 UTC)`
#[must_use]
pub fn name_of(head: &Head) -> String {
    let line = |text: &String| foreign_line(text, 80);
    let when = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let commit = head.commit.as_ref().map(|commit| format!("commit {}", short_commit(commit)));
    let parts =
        [commit.as_ref().map(line), head.who.as_ref().map(|who| format!("by {}", line(who))), head.at.map(when)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        format!("revision {}", head.number)
    } else {
        format!("revision {} ({})", head.number, parts.join(", "))
    }
}
