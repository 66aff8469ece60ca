//! After a failure: the evidence is saved first, then the previous revision is restored; the error says what is left.

use std::time::Instant;

use serde_json::Value;

use super::evidence::{self, Failure};
use super::record::Record;
use super::release::{Deploy, Release, Session};
use super::restore::{self, Restored};
use super::rollout;
use crate::cluster::apply::{Plan, Step, Takes};
use crate::cluster::applyset::Set;
use crate::cluster::records::WriteGuard;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::manifests::Migration;
use crate::reason::Reason;
use crate::revision::{Head, Outcome, previous};
use crate::telemetry::Recorder;

/// What the user wants to happen to what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The previous revision is restored.
    Restore,
    /// It stays as it is.
    Leave,
}

/// A deploy that failed.
pub struct Failed<'a> {
    pub plan: &'a Plan,
    pub guard: &'a WriteGuard,
    pub on_failure: OnFailure,
}

/// Ends a deploy that failed; returns its error with what became of it.
pub async fn end(deploy: &Deploy<'_>, failed: &Failed<'_>, record: &mut Record, error: Error) -> Error {
    let Failed { plan, guard, on_failure } = *failed;
    let error = match still_ours(deploy, guard, error).await {
        Ok(error) => error,
        Err(end) => return end,
    };
    let error = with_evidence(deploy, plan, deploy.set(), record, error).await;
    record.end(deploy, Outcome::Failed, error.reason.as_ref()).await;
    // Whoever deleted it meant to.
    let is_wanted = on_failure == OnFailure::Restore && error.reason != Some(Reason::Deleted);
    if is_wanted && deploy.set().name.is_some() {
        restore_previous(deploy, failed, record, error).await
    } else {
        left(deploy, error)
    }
}

/// Ends a deploy whose migration failed: nothing else of it was written, so there is nothing to go back from.
pub async fn of_migration(deploy: &Deploy<'_>, plan: &Plan, record: &mut Record, error: Error) -> Error {
    let parts = deploy.release.migration.clone().map(Migration::manifests).unwrap_or_default();
    let parts = Set::of_files(deploy.set().name.clone(), parts);
    let error = with_evidence(deploy, plan, &parts, record, error).await;
    record.end(deploy, Outcome::MigrationFailed, error.reason.as_ref()).await;
    error
}

/// Gives the error back where something can still be done about it; else the run ends with what is in the way.
///
/// # Errors
/// The API server does not answer, or someone else has the lock now.
pub async fn still_ours(deploy: &Deploy<'_>, guard: &WriteGuard, error: Error) -> std::result::Result<Error, Error> {
    if !guard.is_lost() && !deploy.cluster().answers().await {
        return Err(silent(deploy, error));
    }
    match guard.check().await {
        Ok(()) => Ok(error),
        // What failed may be what someone else has written meanwhile.
        Err(lost) if guard.is_lost() => Err(lost),
        Err(_) => Err(silent(deploy, error)),
    }
}

fn silent(deploy: &Deploy<'_>, error: Error) -> Error {
    let (look, again) = (deploy.inspect_command(), deploy.retry_command());
    let back =
        deploy.set().name.as_ref().map(|_| format!(", or {}", deploy.rollback_command(None))).unwrap_or_default();
    error
        .hint("the API server does not answer, so no evidence was gathered and nothing was rolled back")
        .hint(format!("when it is back: {look}; then {again}{back}"))
}

/// Saves what can be seen of `failed`, before anything destroys it; what the API server refused is in the error already.
async fn with_evidence(deploy: &Deploy<'_>, plan: &Plan, failed: &Set, record: &Record, error: Error) -> Error {
    if !matches!(error.kind, Kind::RolloutFailed | Kind::TimedOut) {
        return error;
    }
    let _phase = deploy.recorder().phase("evidence");
    let failure = Failure { set: failed, diff: &plan.diff(), revision: record.number };
    let files = evidence::gather(deploy, &failure, &error).await;
    evidence::keep(deploy.session, &files, error)
}

/// Restores the previous revision.
async fn restore_previous(deploy: &Deploy<'_>, failed: &Failed<'_>, record: &mut Record, error: Error) -> Error {
    let Failed { plan, guard, .. } = *failed;
    let before = record.number.unwrap_or(u64::MAX);
    let Some(target) = previous(&record.heads, before, deploy.set().rendered()).cloned() else {
        return match plan.displaced().next() {
            Some(_) => put_back(deploy, failed, record, error).await,
            None => nothing_before(deploy, plan, error),
        };
    };
    bring_back(deploy, guard, &target, record, error).await
}

/// Restores the revision `to` in the place of the one that failed, which is `record`; returns its error with what became of
/// it.
pub async fn bring_back(
    deploy: &Deploy<'_>,
    guard: &WriteGuard,
    to: &Head,
    record: &mut Record,
    error: Error,
) -> Error {
    let set = match restore::set_of(deploy.cluster(), deploy.name(), to.number).await {
        Ok(set) => set,
        Err(why) => return not_restored(deploy, error, to.number, &why),
    };
    let name = restore::name_of(to);
    let _phase = deploy.recorder().phase("rollback");
    deploy.events().emit(&Event::Rollback { revision: to.number, name: name.clone() });
    deploy.interruption().leaves(format!(
        "{} failed, and its rollback to revision {} is half done; complete it with: {}",
        deploy.name(),
        to.number,
        deploy.rollback_command(Some(to.number))
    ));
    // Its phases are not those of the deploy that failed, and its time begins now.
    let run = Recorder::start("rollback");
    let session = Session { recorder: &run, ..*deploy.session };
    let Release { graces, afterwards, who, .. } = deploy.release;
    let release = restore::release(set, to, *graces, *afterwards, who.clone());
    let again = Deploy::new(&session, deploy.target, &release);
    let ready = match restore::restore(&again, guard, to, &Takes::default()).await {
        Ok(Restored { rolled: Err(why), .. }) | Err(why) if guard.is_lost() => {
            return why.detail(format!("before that: {error}"));
        }
        Ok(Restored { rolled: Ok(rolled), .. }) => rolled.ready,
        Ok(Restored { mut record, rolled: Err(why), .. }) => {
            record.end(&again, Outcome::Failed, why.reason.as_ref()).await;
            return not_restored(deploy, error, to.number, &why);
        }
        Err(why) => return not_restored(deploy, error, to.number, &why),
    };
    record.end(deploy, Outcome::RolledBack, error.reason.as_ref()).await;
    deploy.events().emit(&Event::Restored { revision: to.number, replicas: ready.replicas });
    error.hint(format!("{name} was restored and is ready: fix the cause and deploy again"))
}

/// Puts back what was there before plat: there is no revision of it.
async fn put_back(deploy: &Deploy<'_>, failed: &Failed<'_>, record: &mut Record, error: Error) -> Error {
    let Failed { plan, guard, .. } = *failed;
    let _phase = deploy.recorder().phase("rollback");
    let objects: Vec<String> = plan.displaced().map(Step::describe).collect();
    deploy.interruption().leaves(format!(
        "{} failed, and only a part of what was there before is put back: {}",
        deploy.name(),
        deploy.inspect_command()
    ));
    deploy.events().emit(&Event::PutBack { objects });
    let was_up = plan.displaced().filter_map(|step| step.live.as_ref()).all(was_up);
    let back = async {
        let applied = plan.put_back(deploy.cluster(), guard).await?;
        if !was_up {
            return Ok(());
        }
        let deploy = Deploy { started: Instant::now(), ..*deploy };
        rollout::follow(&deploy, Some(guard), &applied, None, true).await.map(drop)
    };
    match back.await {
        Ok(()) => {
            record.end(deploy, Outcome::RolledBack, error.reason.as_ref()).await;
            error.hint(if was_up {
                "what was there before was put back and is ready: fix the cause and deploy again"
            } else {
                "what was there before was put back; it was not ready either: fix the cause and deploy again"
            })
        }
        Err(why) if guard.is_lost() => why.detail(format!("before that: {error}")),
        Err(why) => {
            let error = error.detail(format!("and what was there before could not be put back: {why}"));
            let error = why.details.iter().fold(error, |error, line| error.detail(format!("  {line}")));
            error.hint(format!("see what runs: {}", deploy.inspect_command()))
        }
    }
}

/// Whether a live object has anything ready: nobody waits for what has never worked.
fn was_up(object: &Value) -> bool {
    let number = |field: &str| object["status"][field].as_u64().unwrap_or_default();
    match object["kind"].as_str() {
        Some("Deployment" | "StatefulSet") => number("readyReplicas") > 0 || object["spec"]["replicas"] == 0,
        Some("DaemonSet") => number("numberReady") > 0 || number("desiredNumberScheduled") == 0,
        _ => true,
    }
}

fn not_restored(deploy: &Deploy<'_>, error: Error, number: u64, why: &Error) -> Error {
    let error = error.detail(format!("and revision {number} could not be restored: {why}"));
    let error = why.details.iter().fold(error, |error, line| error.detail(format!("  {line}")));
    error.hint(format!(
        "try it again: {}; see what runs: {}",
        deploy.rollback_command(Some(number)),
        deploy.inspect_command()
    ))
}

fn nothing_before(deploy: &Deploy<'_>, plan: &Plan, error: Error) -> Error {
    let (name, namespace, look) = (deploy.name(), &deploy.cluster().namespace, deploy.inspect_command());
    if plan.first {
        return error.hint(format!(
            "it is the first deploy, so there is nothing to go back to; what failed is left as it is ({look}): fix it \
             and deploy again, or remove it: plat delete {name} -n {namespace}"
        ));
    }
    error.hint(format!(
        "no earlier revision of {name} that was ready is recorded, so there is nothing to go back to; what failed is left \
         as it is: {look}"
    ))
}

fn left(deploy: &Deploy<'_>, error: Error) -> Error {
    let look = deploy.inspect_command();
    error.hint(match deploy.set().name {
        Some(_) => format!("what failed is left as it is: {look}; to go back: {}", deploy.rollback_command(None)),
        None => format!("what failed is left as it is: {look}; with --set NAME the next failure would be rolled back"),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!({"kind": "Deployment", "spec": {"replicas": 2}, "status": {"readyReplicas": 1}}), true)]
    #[case(json!({"kind": "Deployment", "spec": {"replicas": 2}, "status": {"replicas": 2}}), false)]
    #[case(json!({"kind": "Deployment", "spec": {"replicas": 0}, "status": {}}), true)]
    #[case(json!({"kind": "DaemonSet", "status": {"desiredNumberScheduled": 3, "numberReady": 0}}), false)]
    #[case(json!({"kind": "DaemonSet", "status": {"desiredNumberScheduled": 0, "numberReady": 0}}), true)]
    #[case(json!({"kind": "Service"}), true)]
    fn what_was_up_is_waited_for(#[case] object: Value, #[case] expected: bool) {
        assert_eq!(was_up(&object), expected);
    }
}
