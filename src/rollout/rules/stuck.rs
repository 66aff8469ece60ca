//! The workload itself does not go on.

use jiff::SignedDuration;

use super::{Doom, Symptom};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::status::progress_deadline_exceeded;
use crate::rollout::view::View;

/// A deploy may meet the verdict on the one before it, whose cause was mended a moment ago: pods get this long.
const OLD_VERDICT: SignedDuration = SignedDuration::from_secs(30);

/// Somebody paused it: the controller counts the change as observed and makes no pod of it.
pub(super) fn paused(view: &View, _: &Graces) -> Option<Symptom> {
    view.deployment()?.spec.as_ref()?.paused.filter(|paused| *paused)?;
    let (name, namespace) = (word(view.name()), word(view.namespace()));
    Some(symptom(
        view,
        "DeploymentPaused",
        "the Deployment is paused: Kubernetes makes no new pods".to_owned(),
        "spec.paused is true",
        format!("let it go on: kubectl -n {namespace} rollout resume deployment/{name}"),
        Doom::Now,
    ))
}

pub(super) fn deleted(view: &View, _: &Graces) -> Option<Symptom> {
    let since = view.workload.metadata().deletion_timestamp.as_ref()?;
    Some(symptom(
        view,
        "Terminating",
        format!("the {} is being deleted", view.workload.kind()),
        &format!("deletionTimestamp is {}", since.0),
        "deploy again once it is gone".to_owned(),
        Doom::Now,
    ))
}

/// Kubernetes' own verdict, after `progressDeadlineSeconds`.
pub(super) fn progress_deadline(view: &View, _: &Graces) -> Option<Symptom> {
    let message = progress_deadline_exceeded(view.deployment()?)?;
    let (name, namespace) = (word(view.name()), word(view.namespace()));
    Some(symptom(
        view,
        "ProgressDeadlineExceeded",
        "the rollout made no progress within its progressDeadlineSeconds".to_owned(),
        message,
        format!("see what the pods wait for: kubectl -n {namespace} describe pods -l app.kubernetes.io/name={name}"),
        Doom::After(OLD_VERDICT),
    ))
}

fn symptom(view: &View, reason: &str, what: String, evidence: &str, hint: String, doom: Doom) -> Symptom {
    let object = format!("{} {}", view.workload.kind(), word(view.name()));
    let state_text = what.clone();
    let finding = Finding { reason: reason.to_owned(), what, object, evidence: vec![line(evidence)], hint };
    Symptom { finding, state_text, doom, needs_log: None }
}
