//! From symptoms to a verdict: which of them are proven, and whether anything is left that could still succeed.

use jiff::{SignedDuration, Timestamp};

use super::memory::Key;
use super::model::{Answer, Ask, Finding, Found, Status, Verdict};
use super::rules::{Class, Doom, Symptom};
use super::view::{PodView, newest_answer};

/// Without an answer the kubelet's own next attempt must show it: the third pull comes some 28 s after the second
/// (a back-off of 20 s, and a sync each 10 to 15 s: `pkg/kubelet/pod_workers.go`).
const UNANSWERED: SignedDuration = SignedDuration::from_secs(30);

/// A symptom with the time that it took.
pub(super) struct Diagnosis {
    pub class: Class,
    /// Pod UID and container; the first empty for the whole rollout.
    pub of: Key,
    pub symptom: Symptom,
    pub doomed: bool,
    /// When it will be doomed unless something changes; none when time alone does not decide. Of a doomed one: when
    /// the evidence for it was complete.
    pub due: Option<Timestamp>,
    pub ask: Option<Ask>,
}

impl Diagnosis {
    /// `since`: when it was first seen; where an exit decided, when that was.
    pub fn new(class: Class, of: Key, symptom: Symptom, since: Timestamp, answers: &[Answer], now: Timestamp) -> Self {
        let (doomed, due, ask) = match &symptom.doom {
            Doom::Now => (true, Some(since), None),
            Doom::After(grace) => (now >= since + *grace, Some(since + *grace), None),
            Doom::Until { expected, .. } if now < *expected => (false, Some(*expected), None),
            Doom::Until { latest, .. } => (now >= *latest, Some(*latest), None),
            Doom::Open => (false, None, None),
            Doom::Confirmed { grace, ask, key } => confirm(since, *grace, ask, key.as_deref(), answers, now),
        };
        Self { class, of, symptom, doomed, due, ask }
    }
}

/// After the grace the answer decides; an answer that it is there now begins a new grace, in which the kubelet sees
/// it too.
fn confirm(
    since: Timestamp,
    grace: SignedDuration,
    ask: &Ask,
    key: Option<&str>,
    answers: &[Answer],
    now: Timestamp,
) -> (bool, Option<Timestamp>, Option<Ask>) {
    let is_there = |answer: &&Answer| match &answer.found {
        Found::Present(keys) => key.is_none_or(|key| keys.iter().any(|there| there == key)),
        Found::Absent(_) | Found::Unknown => false,
    };
    let appeared = answers.iter().filter(|answer| answer.ask == *ask).filter(is_there).map(|answer| answer.at).max();
    let due = appeared.map_or(since, |appeared| appeared.max(since)) + grace;
    if now < due {
        return (false, Some(due), None);
    }
    let answer = newest_answer(answers, ask).filter(|answer| answer.at >= due);
    match answer.map(|answer| (&answer.found, answer.at)) {
        Some((Found::Absent(_) | Found::Present(_), at)) => (true, Some(at), None),
        Some((Found::Unknown, _)) => (now >= due + UNANSWERED, Some(due + UNANSWERED), None),
        None => (now >= due + UNANSWERED, Some(due + UNANSWERED), Some(ask.clone())),
    }
}

/// Failed only when all new pods are doomed or the rollout itself cannot go on: one bad pod of many is shown.
pub(super) fn verdict(status: Status, pods: &[PodView], diagnoses: &[Diagnosis], now: Timestamp) -> Verdict {
    let of_rollout = || diagnoses.iter().filter(|diagnosis| diagnosis.of.0.is_empty());
    let doomed = |pod: &PodView| of_pod(diagnoses, pod).any(|diagnosis| diagnosis.doomed);
    if of_rollout().any(|diagnosis| diagnosis.doomed) || (!pods.is_empty() && pods.iter().all(doomed)) {
        return Verdict::Failed;
    }
    if status == Status::Current {
        return Verdict::Ready;
    }
    let due_of = |pod: &PodView| of_pod(diagnoses, pod).filter_map(|diagnosis| diagnosis.due).min();
    let pods_due = pods.iter().map(due_of).collect::<Option<Vec<_>>>().and_then(|dues| dues.into_iter().max());
    let rollout_due = of_rollout().filter_map(|diagnosis| diagnosis.due).min();
    let gives_up_at = [pods_due, rollout_due].into_iter().flatten().min().map(|due| due.max(now));
    Verdict::Wait { gives_up_at }
}

/// When the evidence for a failed verdict was complete: for the rollout's own cause, or for the last of the pods.
pub(super) fn conclusive_at(pods: &[PodView], diagnoses: &[Diagnosis]) -> Option<Timestamp> {
    let proven = |diagnosis: &Diagnosis| diagnosis.due.filter(|_| diagnosis.doomed);
    let of_rollout = diagnoses.iter().filter(|diagnosis| diagnosis.of.0.is_empty()).filter_map(proven).min();
    let first_of = |pod: &PodView| of_pod(diagnoses, pod).filter_map(proven).min();
    let of_pods = || pods.iter().map(first_of).collect::<Option<Vec<_>>>()?.into_iter().max();
    of_rollout.or_else(of_pods)
}

fn of_pod<'a>(diagnoses: &'a [Diagnosis], pod: &PodView) -> impl Iterator<Item = &'a Diagnosis> {
    let uid = pod.uid();
    diagnoses.iter().filter(move |diagnosis| diagnosis.of.0 == uid)
}

/// Each cause once, however many pods have it: what decided first, then what most pods have.
pub(super) fn findings(diagnoses: &[Diagnosis], failed: bool) -> Vec<Finding> {
    let mut causes: Vec<(&Diagnosis, usize)> = shown(diagnoses)
        .map(|first| (first, diagnoses.iter().filter(|other| same_cause(first, other)).count() - 1))
        .collect();
    let proven = |diagnosis: &Diagnosis| diagnosis.doomed && !diagnosis.class.is_general();
    if failed && causes.iter().any(|(diagnosis, _)| proven(diagnosis)) {
        causes.retain(|(diagnosis, _)| diagnosis.doomed);
    }
    causes.sort_by_key(|(diagnosis, others)| {
        (diagnosis.class.is_general(), !diagnosis.doomed, std::cmp::Reverse(*others))
    });
    causes.into_iter().map(|(diagnosis, others)| finding(&diagnosis.symptom.finding, others)).collect()
}

/// One diagnosis for each cause: of a pod in which it is proven, if there is one.
pub(super) fn shown(diagnoses: &[Diagnosis]) -> impl Iterator<Item = &Diagnosis> {
    diagnoses.iter().filter(|diagnosis| {
        let mut same = diagnoses.iter().filter(|other| same_cause(other, diagnosis));
        let best = same.clone().find(|other| other.doomed).or_else(|| same.next());
        best.is_some_and(|best| best.of == diagnosis.of)
    })
}

/// All new pods have the same template, so the same reason in the same container is the same cause.
fn same_cause(a: &Diagnosis, b: &Diagnosis) -> bool {
    (a.class, &a.of.1, &a.symptom.finding.reason) == (b.class, &b.of.1, &b.symptom.finding.reason)
}

fn finding(finding: &Finding, others: usize) -> Finding {
    let object = match others {
        0 => finding.object.clone(),
        1 => format!("{} (and 1 more pod)", finding.object),
        n => format!("{} (and {n} more pods)", finding.object),
    };
    Finding { object, ..finding.clone() }
}
