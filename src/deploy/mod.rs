//! The deploy itself: a release against a target, from preflight to the recorded end.
//!
//! ```text
//! prepare        plat.yaml or plain manifests -> a Release
//! release        what is deployed where, and who is told: Target, Release, Session
//! run            the whole deploy, as a story: lock, migration, rollout, record, failure
//! preflight      what can be known before anything is written: access, capacity, which cluster
//! decisions      what the user decides about fields and objects of others
//! deployed       which sets were deployed from here as they are
//! turn           whose turn it is; lock: taking and waiting for it; attach: an equal deploy in flight is followed
//! namespaces     one that is not there
//! migration      the Job of `before`, run first
//! rollout        writes a set and follows it: the part that a deploy and a rollback have in common
//! pushed_again   a tag that moved, and nodes that keep what they have
//! follow         until all of it is ready, one of it has failed, or the deadline is over
//! tracked        one workload of the set that is followed; non_workloads: what else has a status
//! visibility     how much of the rollout can be seen at the moment
//! clock          the time that graces run on
//! milestones     how long scheduling, pulling and starting took
//! bake           whether what is ready stays up, in the foreground; falls: the rule that decides it
//! lookout        the same in the background, by a process of its own
//! verdict        the end of a rollout that did not become ready, as an error
//! on_failure     evidence first, then the previous revision is restored
//! evidence       what can be seen of a failure, gathered and saved
//! restore        an earlier revision whole; rollback: because a person asked for it
//! delete         all that a deploy made goes
//! record         what is noted in the cluster about this deploy
//! ```

mod attach;
mod bake;
mod clock;
pub mod decisions;
pub mod delete;
mod deployed;
mod evidence;
mod falls;
mod follow;
pub mod lock;
pub mod lookout;
mod migration;
mod milestones;
pub mod namespaces;
mod non_workloads;
pub mod on_failure;
pub mod preflight;
pub mod prepare;
mod pushed_again;
mod record;
pub mod release;
pub mod restore;
pub mod rollback;
mod rollout;
mod run;
mod tracked;
mod turn;
mod verdict;
mod visibility;

pub use run::{Options, Unserved, run};
