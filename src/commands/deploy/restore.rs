//! Restores an earlier revision whole, config included: the same plan, apply and watch as a deploy.

use jiff::Timestamp;
use std::time::Instant;

use super::job::Job;
use super::record::Record;
use super::roll::{self, Rolled};
use crate::cluster::{self, Set, Takes, revisions};
use crate::error::Result;
use crate::history::{Head, Outcome};
use crate::manifests::Manifest;
use crate::telemetry::Recorder;

/// The set of a revision, as it was applied then.
///
/// # Errors
/// When its record is gone or broken.
pub async fn set_of(job: &Job<'_>, number: u64) -> Result<Set> {
    let manifests = revisions::manifests(job.cluster, job.name, number).await?;
    Ok(set(job.name, manifests))
}

/// The note of what was rendered is part of the record and is made again: a service is known by it.
fn set(name: &str, mut manifests: Vec<Manifest>) -> Set {
    let noted = manifests.iter_mut().map(cluster::forget_rendered).filter(|was_noted| *was_noted).count();
    if noted > 0 { Set::of_service(name, manifests) } else { Set::of_files(Some(name.to_owned()), manifests) }
}

/// Brings back what revision `to` was, and notes it as a revision of its own. The lock is held by the caller.
///
/// # Errors
/// Conflicts, refusals, or why it does not become ready.
pub async fn restore(job: &Job<'_>, set: &Set, to: &Head, takes: &Takes) -> Result<Rolled> {
    // Its phases are not those of the deploy that failed.
    let run = Recorder::start("rollback");
    let (image, commit) = (to.image.as_deref(), to.commit.as_deref());
    let job = Job { set, image, commit, started: Instant::now(), run: &run, ..*job };
    let plan = cluster::plan(job.cluster, set, takes, job.ui).await?;
    job.show.plan(&plan);
    let (mut record, rolled) = futures::future::join(Record::begin(&job, Some(to.number)), roll::out(&job, &plan, false)).await;
    match &rolled {
        Ok(_) => record.end(&job, Outcome::Deployed, None).await,
        Err(error) => record.end(&job, Outcome::Failed, error.reason.as_deref()).await,
    }
    rolled
}

/// `revision 3 (commit 0123abcd, by ada@example.com on laptop, 2026-11-23 10:00 UTC)`
pub fn name_of(head: &Head) -> String {
    let line = |text: &String| crate::text::foreign_line(text, 80);
    let when = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let commit = head.commit.as_ref().map(|commit| format!("commit {}", commit.chars().take(12).collect::<String>()));
    let parts = [commit.as_ref().map(line), head.who.as_ref().map(|who| format!("by {}", line(who))), head.at.map(when)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { format!("revision {}", head.number) } else { format!("revision {} ({})", head.number, parts.join(", ")) }
}
