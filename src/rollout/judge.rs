//! From symptoms to a verdict: which of them are proven, and whether anything is left that could still succeed.

use jiff::{SignedDuration, Timestamp};

use super::ask::{self, Answer, Ask, Found};
use super::memory::Key;
use super::model::{Finding, Status, Verdict};
use super::rules::{Class, Doom, Symptom};
use super::view::PodView;

/// Without an answer the kubelet's own next attempt must show it: the third pull comes some 28 s after the second
/// (a back-off of 20 s, and a sync each 10 to 15 s: `pkg/kubelet/pod_workers.go`).
const UNANSWERED: SignedDuration = SignedDuration::from_secs(30);

/// What only makes a hint fuller may take this long beyond the grace; see `PATIENCE` of those who ask.
const ANSWERS: SignedDuration = SignedDuration::from_secs(6);

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
    pub asks: Vec<Ask>,
}

impl Diagnosis {
    /// `since`: when it was first seen; where an exit decided, when that was.
    pub fn new(class: Class, of: Key, symptom: Symptom, since: Timestamp, answers: &[Answer], now: Timestamp) -> Self {
        let judged = judge(&symptom.doom, since, answers, now);
        Self { class, of, symptom, doomed: judged.doomed, due: judged.due, asks: judged.asks }
    }
}

#[derive(Default)]
struct Judged {
    doomed: bool,
    due: Option<Timestamp>,
    asks: Vec<Ask>,
}

impl Judged {
    fn at(due: Timestamp, now: Timestamp) -> Self {
        Self { doomed: now >= due, due: Some(due), asks: Vec::new() }
    }
}

fn judge(doom: &Doom, since: Timestamp, answers: &[Answer], now: Timestamp) -> Judged {
    match doom {
        // `since` may come from the cluster's clock, which may be ahead of this one.
        Doom::Now => Judged { doomed: true, due: Some(since.min(now)), asks: Vec::new() },
        Doom::After(grace) => Judged::at(since + *grace, now),
        Doom::Until { expected, .. } if now < *expected => Judged::at(*expected, now),
        Doom::Until { latest, .. } => Judged::at(*latest, now),
        Doom::Open => Judged::default(),
        Doom::Confirmed { grace, ask, key } => confirm(since, *grace, ask, key.as_deref(), answers, now),
        Doom::Asking { asks, doom } => informed(judge(doom, since, answers, now), asks, since, answers, now),
    }
}

/// The verdict does not depend on these answers; what is said does, so it waits a moment for them.
fn informed(judged: Judged, asks: &[Ask], since: Timestamp, answers: &[Answer], now: Timestamp) -> Judged {
    let is_open = |ask: &&Ask| ask::newest(answers, ask).is_none_or(|answer| answer.at < since);
    let open: Vec<Ask> = asks.iter().filter(is_open).cloned().collect();
    let latest = judged.due.map(|due| due + ANSWERS);
    let waits = judged.doomed && !open.is_empty() && latest.is_some_and(|latest| now < latest);
    let due = if waits { latest } else { judged.due };
    Judged { doomed: judged.doomed && !waits, due, asks: [judged.asks, open].concat() }
}

/// After the grace the answer decides; an answer that it is there now begins a new grace, in which the kubelet sees
/// it too. It is asked at once too: what is there instead is worth saying early.
fn confirm(
    since: Timestamp,
    grace: SignedDuration,
    ask: &Ask,
    key: Option<&str>,
    answers: &[Answer],
    now: Timestamp,
) -> Judged {
    let of_this = || answers.iter().filter(|answer| answer.ask == *ask);
    let appeared = of_this().filter(|answer| answer.found.is_there(key)).map(|answer| answer.at).max();
    let due = appeared.map_or(since, |appeared| appeared.max(since)) + grace;
    let asks = || vec![ask.clone()];
    if now < due {
        let asks = if of_this().next().is_none() { asks() } else { Vec::new() };
        return Judged { doomed: false, due: Some(due), asks };
    }
    let later = due + UNANSWERED;
    match ask::newest(answers, ask).filter(|answer| answer.at >= due) {
        Some(answer) if answer.found == Found::Unknown => Judged::at(later, now),
        Some(answer) => Judged::at(answer.at, now),
        None => Judged { asks: asks(), ..Judged::at(later, now) },
    }
}

/// Failed only when all new pods are doomed or the rollout itself cannot go on: one bad pod of many is shown. The update
/// of a `StatefulSet` cannot go on past a pod of the revision before, however well the new ones are.
pub(super) fn verdict(status: Status, pods: &[PodView], diagnoses: &[Diagnosis], now: Timestamp) -> Verdict {
    let of_rollout = || diagnoses.iter().filter(|diagnosis| diagnosis.of.0.is_empty());
    let doomed = |pod: &PodView| of_pod(diagnoses, pod).any(|diagnosis| diagnosis.doomed);
    let held_up = pods.iter().any(|pod| pod.stale && doomed(pod));
    if held_up || of_rollout().any(|diagnosis| diagnosis.doomed) || (!pods.is_empty() && pods.iter().all(doomed)) {
        return Verdict::Failed;
    }
    if status == Status::Current {
        return Verdict::Ready;
    }
    let due_of = |pod: &PodView| of_pod(diagnoses, pod).filter_map(|diagnosis| diagnosis.due).min();
    let pods_due = pods.iter().map(due_of).collect::<Option<Vec<_>>>().and_then(|dues| dues.into_iter().max());
    let rollout_due = of_rollout().filter_map(|diagnosis| diagnosis.due).min();
    let held_up_due = pods.iter().filter(|pod| pod.stale).filter_map(due_of).min();
    let gives_up_at = [pods_due, rollout_due, held_up_due].into_iter().flatten().min().map(|due| due.max(now));
    Verdict::Wait { gives_up_at }
}

/// When the evidence for a failed verdict was complete: for the rollout's own cause, or for the last of the pods.
pub(super) fn conclusive_at(pods: &[PodView], diagnoses: &[Diagnosis]) -> Option<Timestamp> {
    let proven = |diagnosis: &Diagnosis| diagnosis.due.filter(|_| diagnosis.doomed);
    let of_rollout = diagnoses.iter().filter(|diagnosis| diagnosis.of.0.is_empty()).filter_map(proven).min();
    let first_of = |pod: &PodView| of_pod(diagnoses, pod).filter_map(proven).min();
    let of_pods = || pods.iter().map(first_of).collect::<Option<Vec<_>>>()?.into_iter().max();
    of_rollout.or_else(|| pods.iter().filter(|pod| pod.stale).find_map(first_of)).or_else(of_pods)
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
