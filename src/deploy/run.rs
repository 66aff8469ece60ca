//! The whole deploy, as a story: the plan, whose turn it is, the migration, the record, the rollout, and what becomes of
//! a failure. Objects without a name are written and followed, and no more.

use std::time::{Duration, Instant};

use futures::future::{join, join3};
use jiff::{SignedDuration, Timestamp};

use super::decisions;
use super::deployed::Deployed;
use super::follow::milliseconds;
use super::lock::{Patience, Turn};
use super::lookout;
use super::migration;
use super::namespaces::{self, NewNamespaces};
use super::on_failure::{self, Failed, OnFailure};
use super::preflight::{capacity, images};
use super::prepare::{Checks, Prepared};
use super::record::Record;
use super::release::{Deploy, Session};
use super::rollout::{self, Rewritten, Rolled};
use super::turn;
use crate::cluster::Cluster;
use crate::cluster::apply::{Plan, Takes};
use crate::cluster::records::{Lock, Standing, WriteGuard, lease};
use crate::diagnose::next_run::NextRun;
use crate::diff::Stale;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::event::{Done, Event, Said};
use crate::manifests::WorkloadKind;
use crate::reason::Reason;
use crate::rollout::Workload;

/// What the user wants beside the release itself.
pub struct Options {
    pub decisions: Takes,
    pub lock_timeout: SignedDuration,
    pub on_failure: OnFailure,
    pub new_namespaces: NewNamespaces,
    pub unserved: Unserved,
}

/// What becomes of a set that is ready, and does not serve what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unserved {
    /// Nodes, traffic and replicas may come later, on purpose.
    Warns,
    Fails,
}

/// Deploys a release and tells its end.
///
/// # Errors
/// What cannot be planned; why it does not become ready, and what became of it.
pub async fn run(session: &Session<'_>, prepared: &Prepared, options: &Options) -> Result<()> {
    let deploy = Deploy::new(session, &prepared.target, &prepared.release);
    let Some((plan, rolled)) = until_ready(&deploy, &prepared.checks, options).await? else { return Ok(()) };
    Deployed::of(&deploy).note();
    done(&deploy, &plan, &rolled, ["plat status", "plat logs"].map(|command| deploy.here(command)).join(", "));
    Ok(())
}

/// Plans as often as someone else writes meanwhile, then writes and follows it to its end. None where someone else has
/// deployed the same meanwhile, and something else came after that: it is not overwritten.
async fn until_ready(deploy: &Deploy<'_>, checks: &Checks, options: &Options) -> Result<Option<(Plan, Rolled)>> {
    let patience = Patience::new(options.lock_timeout);
    let mut followed = false;
    let (plan, lock, resumed) = loop {
        let (plan, standing) = plan(deploy, checks, options).await?;
        if namespaces::await_end(deploy, &plan).await? {
            continue;
        }
        namespaces::make(deploy, &plan, options.new_namespaces).await?;
        if followed && !plan.is_unchanged() {
            let (service, namespace) = (deploy.name().to_owned(), deploy.cluster().namespace.clone());
            deploy.events().emit(&Event::Superseded { service, namespace });
            return Ok(None);
        }
        deploy.recorder().facts(|facts| facts.first = Some(plan.first));
        deploy.events().emit(&Event::Plan(plan.event()));
        images::wait(deploy, &plan).await?;
        let room = Box::pin(capacity::warnings(deploy, &plan));
        let (turn, warnings) = join(Box::pin(turn::take(deploy, &plan, &standing, &patience)), room).await;
        let turn = turn?;
        if !matches!(turn, Turn::Again) {
            for warning in warnings {
                deploy.events().warn(warning);
            }
        }
        match turn {
            Turn::Mine(lock) => break (plan, Some(lock), standing.unfinished.is_some()),
            Turn::Unlocked => break (plan, None, false),
            Turn::Again => {}
            Turn::Followed => followed = true,
        }
    };
    let guard = guard(lock.as_ref());
    let written = if plan.is_unchanged() && lock.is_none() {
        Box::pin(rolled(deploy, &guard, &plan, Rewritten::No, options.unserved)).await
    } else {
        let begun = Begun { plan: &plan, guard: &guard, rewritten: Rewritten::when(resumed) };
        Box::pin(write(deploy, &begun, options)).await
    };
    finish(lock).await;
    match written {
        Err(error) if error.kind == ErrorKind::RolloutFailed && plan.writes_nothing() => {
            Err(untouched(deploy, &plan, error))
        }
        written => written.map(|rolled| Some((plan, rolled))),
    }
}

/// Asks what applying would do and who else is writing.
async fn plan(deploy: &Deploy<'_>, checks: &Checks, options: &Options) -> Result<(Plan, Standing)> {
    let _phase = deploy.recorder().phase("preflight");
    let standing = async {
        match &deploy.set().name {
            Some(name) => lease::standing(deploy.cluster(), name).await,
            None => Ok(Standing::default()),
        }
    };
    let planned = decisions::plan(deploy, &options.decisions);
    let (plan, standing, checked) = join3(planned, standing, checks.run(deploy)).await;
    checked?;
    Ok((plan?, standing?))
}

/// It runs: has it looked at, and says so. `next`: what to look at now.
pub fn done(deploy: &Deploy<'_>, plan: &Plan, rolled: &Rolled, next: String) {
    let workload = own_workload(deploy, plan);
    let next_run = workload.as_ref().and_then(|workload| NextRun::of(workload, Timestamp::now()));
    let state = match (&workload, &next_run) {
        (_, Some(_)) => "scheduled",
        (Some(Workload::Job(_)), None) => "complete",
        _ => "ready",
    };
    let Cluster { namespace, context, .. } = deploy.cluster();
    let looks_on = lookout::start(deploy, plan, rolled);
    for but in &rolled.buts {
        deploy.events().warn(format!("ready, but {but}"));
    }
    deploy.events().emit(&Event::Done(Done {
        service: deploy.set().name.clone(),
        namespace: namespace.clone(),
        context: context.clone(),
        image: deploy.release.image.clone(),
        replicas: rolled.ready.replicas,
        first: rolled.first,
        changed: rolled.changed,
        objects: plan.count(),
        next_run: next_run.as_ref().and_then(|next| next.at),
        duration_ms: milliseconds(rolled.ready.at),
        looks_on_seconds: looks_on.map(|looks_on| looks_on.as_secs()),
        but: rolled.buts.iter().cloned().chain(stale(plan)).collect(),
        said: Said { state, next_run: next_run.map(|next| next.text), next },
    }));
}

/// Pods that keep older configuration: the plan has said so.
fn stale(plan: &Plan) -> impl Iterator<Item = String> {
    plan.stale.iter().filter(|stale| !stale.restarts).map(Stale::sentence)
}

/// What runs the service's pods, as it is rendered.
fn own_workload(deploy: &Deploy<'_>, plan: &Plan) -> Option<Workload> {
    // A Job is another one whenever it changes, so its name continues.
    let is_own =
        |name: &str| name.strip_prefix(deploy.name()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let mut own: Vec<Workload> = plan.steps().iter().filter_map(|step| Workload::read(&step.manifest.body)).collect();
    own.retain(|workload| is_own(workload.name()));
    own.into_iter().min_by_key(|workload| workload.name().len())
}

/// What may be written: as long as the lock is held, where there is one.
#[must_use]
pub fn guard(lock: Option<&Lock>) -> WriteGuard {
    lock.map_or_else(|| WriteGuard::unfenced("nothing to write, no name, or not allowed to"), WriteGuard::held)
}

/// What is about to be written.
struct Begun<'a> {
    plan: &'a Plan,
    guard: &'a WriteGuard,
    rewritten: Rewritten,
}

async fn write(deploy: &Deploy<'_>, begun: &Begun<'_>, options: &Options) -> Result<Rolled> {
    let Begun { plan, guard, rewritten } = *begun;
    let on_failure = options.on_failure;
    let mut record = None;
    if let Some(migration) = deploy.release.migration.as_ref().filter(|_| !plan.is_unchanged()) {
        let (mut noted, ran) =
            join(Record::begin(deploy, guard, None), migration::run(deploy, guard, migration, plan)).await;
        if let Err(error) = ran {
            let error = on_failure::still_ours(deploy, guard, error).await?;
            return Err(Box::pin(on_failure::of_migration(deploy, plan, &mut noted, error)).await);
        }
        record = Some(noted);
    }
    let migrated = record.is_some();
    // What came before is not its rollout's time.
    let deploy = &Deploy { started: Instant::now(), ..*deploy };
    deploy.interruption().leaves(half_written(deploy, plan));
    let record = async {
        match record {
            Some(record) => record,
            None => Record::begin(deploy, guard, None).await,
        }
    };
    let rolling = rolled(deploy, guard, plan, rewritten, options.unserved);
    let (mut record, rolled) = join(record, rolling).await;
    match rolled {
        Ok(rolled) => {
            // It may have been deleted since, or be of another kind now.
            let first = rolled.first && !record.has_served();
            deploy.recorder().facts(|facts| facts.first = Some(first));
            rollout::end(deploy, guard, plan, &mut record).await?;
            Ok(Rolled { first, revision: record.number, ..rolled })
        }
        Err(error) => {
            let failed = Failed { plan, guard, on_failure };
            let error = Box::pin(on_failure::end(deploy, &failed, &mut record, error)).await;
            Err(if migrated {
                error.hint("what `before` did (a migration) is not undone, and is never undone")
            } else {
                error
            })
        }
    }
}

/// Rolls it out, and judges what it serves as it was asked to.
async fn rolled(
    deploy: &Deploy<'_>,
    guard: &WriteGuard,
    plan: &Plan,
    rewritten: Rewritten,
    unserved: Unserved,
) -> Result<Rolled> {
    let rolled = rollout::out(deploy, guard, plan, rewritten).await?;
    match (rolled.buts.first(), unserved) {
        (Some(first), Unserved::Fails) => {
            let error =
                Error::new(ErrorKind::RolloutFailed, format!("ready, but {first}")).at(deploy.cluster().place());
            let error = rolled.buts.iter().skip(1).fold(error, |error, but| error.detail(format!("also: {but}")));
            Err(error.hint("without --strict that is a warning").reason(Reason::NotServed))
        }
        _ => Ok(rolled),
    }
}

/// What failed was there before, and this deploy tried nothing anew: the cause may be fixed elsewhere meanwhile.
fn untouched(deploy: &Deploy<'_>, plan: &Plan, error: Error) -> Error {
    let restarts = |kind: &str| WorkloadKind::of_name(kind).is_some_and(|kind| kind.rolls_out);
    let mut workloads = plan.steps().iter().map(|step| &step.manifest).filter(|manifest| restarts(&manifest.kind));
    let workload = workloads.next().map_or_else(
        || "KIND/NAME".to_owned(),
        |manifest| format!("{}/{}", manifest.kind.to_lowercase(), manifest.name),
    );
    error.hint("nothing differs from what is there, so nothing was written and these are the pods of before").hint(
        format!(
            "is the cause fixed elsewhere? Let new pods try: kubectl rollout restart {workload} -n {}",
            deploy.cluster().namespace
        ),
    )
}

/// A lock that cannot be given back soon ends by itself.
pub async fn finish(lock: Option<Lock>) {
    if let Some(lock) = lock {
        let _ = tokio::time::timeout(Duration::from_secs(5), lock.finish()).await;
    }
}

/// What an interruption leaves from the first write on, and how to continue.
fn half_written(deploy: &Deploy<'_>, plan: &Plan) -> String {
    let (name, look, again) = (deploy.name(), deploy.inspect_command(), deploy.retry_command());
    let undo = match deploy.set().name {
        None => String::new(),
        Some(_) if plan.first => format!("; remove it with: plat delete {name} -n {}", deploy.cluster().namespace),
        Some(_) => format!("; go back with: {}", deploy.rollback_command(None)),
    };
    format!(
        "{name} may have been applied, in part or in whole, and the rollout continues in the cluster without plat; see it with: \
         {look}; continue with: {again}{undo}"
    )
}
