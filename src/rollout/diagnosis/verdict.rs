//! What the diagnoses mean for the rollout, and which of them are said.

use jiff::Timestamp;

use super::judge::Diagnosis;
use crate::reason::Reason;
use crate::rollout::model::{Cause, Certainty, Finding, Status, Verdict};
use crate::rollout::view::PodView;

/// Failed only when every pod has a proven symptom or the rollout itself cannot continue: one bad pod of many is shown. The update
/// of a `StatefulSet` cannot continue past a pod of the previous revision, however well the new ones are.
pub(in crate::rollout) fn verdict(
    status: Status,
    pods: &[PodView],
    diagnoses: &[Diagnosis],
    now: Timestamp,
) -> Verdict {
    let of_rollout = || diagnoses.iter().filter(|diagnosis| diagnosis.subject.is_rollout());
    let proven = |pod: &PodView| of_pod(diagnoses, pod).any(|diagnosis| diagnosis.proven);
    let is_blocked = pods.iter().any(|pod| pod.outdated && proven(pod));
    if is_blocked || of_rollout().any(|diagnosis| diagnosis.proven) || (!pods.is_empty() && pods.iter().all(proven)) {
        return Verdict::Failed;
    }
    if status == Status::Current {
        return Verdict::Ready;
    }
    let due_of = |pod: &PodView| of_pod(diagnoses, pod).filter_map(|diagnosis| diagnosis.due).min();
    let pods_due = pods.iter().map(due_of).collect::<Option<Vec<_>>>().and_then(|dues| dues.into_iter().max());
    let rollout_due = of_rollout().filter_map(|diagnosis| diagnosis.due).min();
    let blocked_due = pods.iter().filter(|pod| pod.outdated).filter_map(due_of).min();
    let gives_up_at = [pods_due, rollout_due, blocked_due].into_iter().flatten().min().map(|due| due.max(now));
    Verdict::Wait { gives_up_at }
}

/// When the evidence for a failed verdict was complete: for the rollout's own cause, or for the last of the pods.
pub(in crate::rollout) fn conclusive_at(pods: &[PodView], diagnoses: &[Diagnosis]) -> Option<Timestamp> {
    let proven = |diagnosis: &Diagnosis| diagnosis.due.filter(|_| diagnosis.proven);
    let of_rollout = diagnoses.iter().filter(|diagnosis| diagnosis.subject.is_rollout()).filter_map(proven).min();
    let first_of = |pod: &PodView| of_pod(diagnoses, pod).filter_map(proven).min();
    let of_pods = || pods.iter().map(first_of).collect::<Option<Vec<_>>>()?.into_iter().max();
    of_rollout.or_else(|| pods.iter().filter(|pod| pod.outdated).find_map(first_of)).or_else(of_pods)
}

fn of_pod<'a>(diagnoses: &'a [Diagnosis], pod: &PodView) -> impl Iterator<Item = &'a Diagnosis> {
    let uid = pod.uid();
    diagnoses.iter().filter(move |diagnosis| diagnosis.subject.is_in_pod(uid))
}

/// Each cause once, however many pods have it: what decided first, then what most pods have.
pub(in crate::rollout) fn findings(diagnoses: &[Diagnosis], verdict: Verdict) -> Vec<Finding> {
    let mut causes: Vec<(&Diagnosis, usize)> = shown(diagnoses)
        .map(|first| {
            let of_pods = diagnoses.iter().filter(|other| same_cause(first, other) && !other.subject.is_rollout());
            (first, of_pods.count().saturating_sub(1))
        })
        .collect();
    let proven = |diagnosis: &Diagnosis| diagnosis.proven && !diagnosis.class.is_summary();
    if verdict == Verdict::Failed && causes.iter().any(|(diagnosis, _)| proven(diagnosis)) {
        // That Kubernetes' patience is over says nothing beside a cause.
        let is_told = |diagnosis: &Diagnosis| diagnosis.symptom.finding.reason == Reason::ProgressDeadlineExceeded;
        causes.retain(|(diagnosis, _)| diagnosis.proven && !is_told(diagnosis));
    }
    causes.sort_by_key(|(diagnosis, others)| {
        (diagnosis.class.is_summary(), !diagnosis.proven, std::cmp::Reverse(*others))
    });
    causes.into_iter().map(|(diagnosis, others)| finding(diagnosis, others)).collect()
}

/// One diagnosis for each cause: of a pod in which it is proven, if there is one.
pub(in crate::rollout) fn shown(diagnoses: &[Diagnosis]) -> impl Iterator<Item = &Diagnosis> {
    diagnoses.iter().filter(|diagnosis| {
        let mut same = diagnoses.iter().filter(|other| same_cause(other, diagnosis));
        let best = same.clone().find(|other| other.proven).or_else(|| same.next());
        best.is_some_and(|best| best.subject == diagnosis.subject)
    })
}

/// All new pods have the same template, so the same reason in the same container is the same cause.
fn same_cause(a: &Diagnosis, b: &Diagnosis) -> bool {
    (a.class, a.subject.container_name(), &a.symptom.finding.reason)
        == (b.class, b.subject.container_name(), &b.symptom.finding.reason)
}

fn finding(diagnosis: &Diagnosis, others: usize) -> Finding {
    let Cause { reason, what, object, evidence, hint } = diagnosis.symptom.finding.clone();
    let object = match others {
        0 => object,
        1 => format!("{object} (and 1 more pod)"),
        n => format!("{object} (and {n} more pods)"),
    };
    let certainty = if diagnosis.proven { Certainty::Proven } else { Certainty::Waiting };
    let because = diagnosis.symptom.proof.because(diagnosis.proven);
    Finding { reason, what, object, evidence, hint: hint.text().to_owned(), certainty, because }
}
