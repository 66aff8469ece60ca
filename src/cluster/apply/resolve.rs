//! What becomes of fields that someone else has set: taken, left to the other, or for the user to decide.

use std::sync::Arc;

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::api::{Api, ListParams};
use kube::core::Status;
use serde_json::Value;

use super::adopt;
use super::answer::{Asked, DRY_RUN, Decisions, Missing, Refused};
use super::conflict::{self, Conflict, Takes};
use super::handover::HANDOVER;
use super::keep::{self, Note, noted};
use super::step::RESTARTED_AT;
use crate::cluster::api::{Mode, describe, request};
use crate::cluster::connect::Cluster;
use crate::diff::adoption::Tools;
use crate::diff::{self, PART_OF, adoption, managed};
use crate::error::Result;
use crate::manifests::{MANAGED_BY, Manifest};
use crate::rollout::finalizers;
use crate::text::foreign_line;

/// Fields of one object that are said to stay behind.
const LINGERING: usize = 5;
const REPLICAS: &str = ".spec.replicas";

/// Decides about a refused apply (`status`), and about fields that an earlier deploy left to someone else. Changes the
/// manifest accordingly and asks the server again.
pub(in crate::cluster) async fn decide(
    cluster: &Cluster,
    asked: &mut Asked,
    status: Option<&Status>,
    takes: &Takes,
    set: Option<&str>,
) -> Result<(), Refused> {
    let object = describe(&asked.manifest);
    let live = asked.live.clone().unwrap_or_default();
    let mut noted: Vec<Note> = noted(&live);
    noted.retain(|note| diff::at(&asked.manifest.body, &note.field).is_some() && !takes.takes(&object, &note.field));
    let conflicts =
        status.map(|status| conflict::read(status, &object, &asked.manifest.body, &live)).unwrap_or_default();
    let mut decisions = Decisions::default();
    let mut restarted = Vec::new();
    for conflict in conflicts.into_iter().filter(|conflict| noted.iter().all(|note| note.field != conflict.field)) {
        let manager = conflict.manager.as_deref().unwrap_or_default();
        if manager == HANDOVER {
            // Plat's own, between a fixed number and an autoscaler.
        } else if conflict.field.ends_with(RESTARTED_AT) {
            // The manifest was read from a cluster once. The last restart counts, whoever asked for it.
            let at = |object: &Value| diff::at(object, &conflict.field).and_then(Value::as_str).map(str::to_owned);
            if at(&asked.manifest.body) <= at(&live) {
                restarted.push(conflict.field);
            }
        } else if is_autoscalers(&conflict) {
            match autoscaler(cluster, &asked.manifest, set).await? {
                Autoscaler::Scales => decisions.autoscaler = Some(conflict),
                Autoscaler::Hidden => {
                    decisions.autoscaler = Some(conflict);
                    decisions.autoscaler_hidden = true;
                }
                Autoscaler::Leaves => {}
                Autoscaler::Absent => decisions.taken.push(conflict),
            }
        } else if takes.takes(&object, &conflict.field) {
            decisions.taken.push(conflict);
        } else if takes.keeps(&object, &conflict.field) {
            decisions.kept.push(conflict);
        } else if asked.adopts.is_some_and(|tools| tools.hold(&live, &conflict.field)) && adoption::is_tool(manager) {
            // All that this tool holds becomes plat's.
        } else if conflict.shared && manager.starts_with("kubectl") {
            decisions.shared.push(conflict);
        } else {
            decisions.open.push(conflict);
        }
    }
    let kept: Vec<Note> = noted.into_iter().chain(decisions.kept.iter().map(Note::new)).collect();
    decisions.left = kept.iter().map(|note| note.kept(&object, &asked.manifest.body, &live)).collect();
    decisions.force = status.is_some() && decisions.open.is_empty();
    let replicas = decisions.autoscaler.as_ref().map(|_| REPLICAS.to_owned());
    let others: Vec<String> = replicas.into_iter().chain(restarted).collect();
    let changed = leave(asked, &kept, &others);
    asked.decisions = decisions;
    if changed || status.is_some() {
        // An open conflict is shown as it would be if it were taken; it is not written so.
        again(cluster, asked, status.is_some()).await?;
    }
    Ok(())
}

/// Fields that `kubectl apply` asked for last, this apply does too, and that are gone from the cluster: someone removed
/// them on purpose.
pub(in crate::cluster) fn decide_edits(asked: &mut Asked, takes: &Takes) {
    let (Some(live), Some(planned), Some(Tools::KubectlApply)) = (&asked.live, &asked.planned, asked.adopts) else {
        return;
    };
    let last = live["metadata"]["annotations"][adoption::LAST_APPLIED].as_str();
    let Some(last) = last.and_then(|last| serde_json::from_str::<Value>(last).ok()) else { return };
    let object = describe(&asked.manifest);
    let mut changes = diff::between(live, planned);
    changes.retain(|change| change.before.is_none() && diff::at(&last, &change.field).is_some());
    let gone = conflict::removed(&object, &asked.manifest.body, &changes);
    let (overridden, open) = gone.into_iter().partition(|gone| takes.takes(&object, &gone.field));
    asked.decisions.taken.extend::<Vec<_>>(overridden);
    asked.decisions.open.extend::<Vec<_>>(open);
}

/// Fields of an unchanged rendering that are gone from the cluster: server-side apply sees no conflict there, because
/// what is not there has no owner. Someone removed them on purpose.
pub(in crate::cluster) async fn decide_removals(
    cluster: &Cluster,
    asked: &mut [Asked],
    takes: &Takes,
) -> Result<(), Refused> {
    for asked in asked {
        let (Some(live), Some(planned), true) = (&asked.live, &asked.planned, asked.decisions.is_quiet()) else {
            continue;
        };
        let object = describe(&asked.manifest);
        let removed = conflict::removed(&object, &asked.manifest.body, &diff::between(live, planned));
        let (kept, removed): (Vec<_>, Vec<_>) = removed.into_iter().partition(|gone| takes.keeps(&object, &gone.field));
        let (overridden, open): (Vec<_>, Vec<_>) =
            removed.into_iter().partition(|gone| takes.takes(&object, &gone.field));
        asked.decisions.taken.extend(overridden);
        asked.decisions.open.extend(open);
        if !kept.is_empty() {
            keep_removed(cluster, asked, kept).await?;
        }
    }
    Ok(())
}

/// Leaves fields that are gone from the cluster as they are, for good.
async fn keep_removed(cluster: &Cluster, asked: &mut Asked, removed: Vec<Conflict>) -> Result<(), Refused> {
    let before = asked.live.as_ref().map(noted).unwrap_or_default();
    let new: Vec<Note> = removed.iter().map(Note::new).collect();
    let (object, live) = (describe(&asked.manifest), asked.live.clone().unwrap_or_default());
    let left = new.iter().map(|note| note.kept(&object, &asked.manifest.body, &live));
    asked.decisions.left.extend(left.collect::<Vec<_>>());
    leave(asked, &before.into_iter().chain(new).collect::<Vec<_>>(), &[]);
    asked.decisions.kept.extend(removed);
    again(cluster, asked, asked.decisions.force).await
}

/// Takes fields out of what is applied, and notes those that are `kept` on the object. True when there was something
/// to take out.
fn leave(asked: &mut Asked, kept: &[Note], others: &[String]) -> bool {
    if kept.is_empty() && others.is_empty() {
        return false;
    }
    let manifest = Arc::make_mut(&mut asked.manifest);
    for field in kept.iter().map(|note| &note.field).chain(others) {
        diff::remove(&mut manifest.body, field);
    }
    if !kept.is_empty() {
        keep::note(&mut manifest.body, kept);
    }
    true
}

async fn again(cluster: &Cluster, asked: &mut Asked, take: bool) -> Result<(), Refused> {
    let mode = Mode { take, ..DRY_RUN };
    let answer = match (&asked.live, asked.adopts) {
        (Some(live), Some(tools)) => adopt::dry_run(cluster, &asked.manifest, (live, tools), mode).await,
        _ => request::apply(cluster, &asked.manifest, mode).await.map(|reply| reply.object),
    };
    match answer {
        Ok(object) => asked.planned = Some(object),
        Err(error) => return Err(Refused { manifest: Arc::clone(&asked.manifest), doing: "apply", error }),
    }
    Ok(())
}

/// The horizontal pod autoscaler writes through the subresource `scale`, in the controller manager's name.
fn is_autoscalers(conflict: &Conflict) -> bool {
    conflict.field == REPLICAS && conflict.manager.as_deref() == Some("kube-controller-manager")
}

/// What scales a workload.
enum Autoscaler {
    Scales,
    /// It leaves the cluster with this deploy.
    Leaves,
    Absent,
    /// This user may not look; to assume that there is one changes nothing.
    Hidden,
}

async fn autoscaler(cluster: &Cluster, manifest: &Arc<Manifest>, set: Option<&str>) -> Result<Autoscaler, Refused> {
    let namespace = manifest.namespace.as_deref().unwrap_or(&cluster.namespace);
    let autoscalers = Api::<HorizontalPodAutoscaler>::namespaced(cluster.client.clone(), namespace);
    let autoscalers = match autoscalers.list(&ListParams::default()).await {
        Ok(autoscalers) => autoscalers.items,
        Err(kube::Error::Api(status)) if status.is_forbidden() => return Ok(Autoscaler::Hidden),
        Err(error) => {
            return Err(Refused { manifest: Arc::clone(manifest), doing: "look for the autoscaler of", error });
        }
    };
    let target = |autoscaler: &HorizontalPodAutoscaler| {
        let target = autoscaler.spec.as_ref().map(|spec| &spec.scale_target_ref);
        target.is_some_and(|target| target.kind == manifest.kind && target.name == manifest.name)
    };
    let Some(found) = autoscalers.into_iter().find(target) else { return Ok(Autoscaler::Absent) };
    let of = found.metadata.labels.unwrap_or_default().remove(PART_OF);
    // An autoscaler of this very set would have come without a number of replicas beside it.
    Ok(if of.is_none() || of.as_deref() != set { Autoscaler::Scales } else { Autoscaler::Leaves })
}

/// What the reader should know about one object.
pub(in crate::cluster) fn remarks(asked: &Asked) -> Vec<String> {
    let object = describe(&asked.manifest);
    let mut notes = asked.decisions.notes(&object);
    match asked.missing {
        Some(Missing::Kind) => notes.push(format!("{object}: planned again once its definition is written")),
        Some(Missing::Others) => notes.push(format!("{object}: planned again once what it depends on is written")),
        Some(Missing::End) => {
            let holders = asked.live.as_ref().map(finalizers).unwrap_or_default();
            let held = if holders.is_empty() { String::new() } else { format!(" (held by {})", holders.join("; ")) };
            notes.push(format!("{object} is being deleted{held}: waiting until it is gone, then it is created again"));
        }
        Some(Missing::Namespace | Missing::NamespaceEnd | Missing::DryRun) | None => {}
    }
    if let (Some(live), Some(planned), None) = (&asked.live, &asked.planned, asked.adopts) {
        for (field, manager) in managed::lingering(live, planned, MANAGED_BY).into_iter().take(LINGERING) {
            notes.push(format!("{object}: {field} is no longer asked for but stays, because {manager} holds it too; with --adopt it goes"));
        }
    }
    notes
}

/// What `--take` and `--keep` name without an effect: one line where nothing is contested, as when the same command
/// runs twice.
///
/// # Errors
/// Something is contested, and it is not what was named.
pub(in crate::cluster) fn idle(asked: &[Asked], takes: &Takes) -> Result<Option<String>> {
    let is_known = |named: &str| {
        asked.iter().any(|asked| {
            let object = describe(&asked.manifest);
            let noted = asked.live.as_ref().map(noted).unwrap_or_default();
            let decided = asked.decisions.all().map(|conflict| conflict.field.as_str());
            decided
                .chain(noted.iter().map(|note| note.field.as_str()))
                .any(|field| conflict::is_named(named, &object, field))
        })
    };
    let idle: Vec<(&str, &str)> = takes.named().filter(|(_, named)| !is_known(named)).collect();
    let contested: Vec<&Conflict> = asked.iter().flat_map(|asked| asked.decisions.all()).collect();
    if idle.is_empty() || !contested.is_empty() {
        return conflict::check_named(&idle, &contested).map(|()| None);
    }
    let named: Vec<String> = idle.iter().map(|(flag, field)| format!("{flag} {}", foreign_line(field, 200))).collect();
    Ok(Some(format!("{}: no field is set by someone else, so there is nothing to decide", named.join(", "))))
}
