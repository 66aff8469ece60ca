//! Watches one rollout: state in, state out, no clock.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::diagnosis::{Circumstances, Class, Diagnosis, Recognised, Symptom, Timers};
use super::diagnosis::{conclusive_at, findings, shown, verdict};
use super::explain::{HABIT, replica_state};
#[cfg(test)]
use super::model::Remedy;
use super::model::{Assessment, Graces, Lack, ReplicaLine, Snapshot, Status, Verdict, Workload};
use super::rules::{self, Check, RULES, SILENT_NODE};
use super::view::{ContainerView, PodView, RolloutView, Subject, Timelines};

/// Remembers what was seen of one rollout. Observe on every change and at least once a second: graces pass without
/// any event.
#[derive(Debug, Clone)]
pub struct Tracker {
    graces: Graces,
    timelines: Timelines,
    timers: Timers,
    /// Since when each was proven: a symptom may be seen long before its proof.
    proofs: Timers,
}

impl Tracker {
    #[must_use]
    pub fn new(graces: Graces) -> Self {
        Self { graces, timelines: Timelines::default(), timers: Timers::default(), proofs: Timers::default() }
    }

    /// Judges what is known now. `now` never goes back.
    pub fn observe(&mut self, snapshot: &Snapshot, now: Timestamp) -> Assessment {
        let workload = &snapshot.workload;
        let status = workload.status();
        let view = RolloutView::new(snapshot, &self.timelines, now);
        let diagnoses = diagnose(&view, &self.graces, [&mut self.timers, &mut self.proofs], now);
        let verdict = verdict(status, &view.pods, &diagnoses, now);
        let ready = match workload {
            Workload::Job(job) => job.status.as_ref().and_then(|status| status.succeeded).unwrap_or(0),
            _ => count(view.pods.iter().filter(|pod| pod.is_ready() && !pod.outdated).count()),
        };
        let assessment = Assessment {
            status,
            ready,
            desired: workload.desired(),
            tally: workload.tally(ready),
            replicas: view.pods.iter().map(|pod| replica_line(pod, &diagnoses)).collect(),
            findings: findings(&diagnoses, verdict),
            waits_for_another: shown(&diagnoses).any(|one| one.symptom.lack == Lack::Starting),
            verdict,
            conclusive_at: (verdict == Verdict::Failed).then(|| conclusive_at(&view.pods, &diagnoses)).flatten(),
            exits: view.pods.iter().flat_map(|pod| &pod.containers).map(|container| container.exits()).sum(),
            is_looping: view.pods.iter().flat_map(|pod| &pod.containers).any(|container| is_looping(container)),
            refused: rules::refused_replica_set(&view),
            needs_logs: shown(&diagnoses).filter_map(|d| d.symptom.needs_log.clone()).collect(),
            vanishing_logs: rules::vanishing_logs(&view),
            needs_lookups: diagnoses
                .iter()
                .flat_map(|d| d.needs_lookups.clone())
                .chain(rules::lookups(&view, &self.graces))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        };
        self.timelines = view.timelines();
        assessment
    }

    /// The classes that the rules recognise.
    #[cfg(test)]
    pub(super) fn classes(&self, snapshot: &Snapshot, now: Timestamp) -> Vec<Class> {
        let view = RolloutView::new(snapshot, &self.timelines, now);
        recognise(&view, &self.graces).into_iter().map(|one| one.class).collect()
    }

    /// What would be said to do about all that is recognised, said or not.
    #[cfg(test)]
    pub(super) fn remedies(&self, snapshot: &Snapshot, now: Timestamp) -> Vec<Remedy> {
        let view = RolloutView::new(snapshot, &self.timelines, now);
        let Self { mut timers, mut proofs, .. } = self.clone();
        let diagnoses = diagnose(&view, &self.graces, [&mut timers, &mut proofs], now);
        diagnoses.into_iter().map(|one| one.symptom.finding.hint).collect()
    }
}

/// Asks every rule; about a container that one recognised no other is asked.
fn diagnose(view: &RolloutView, graces: &Graces, [timers, proofs]: [&mut Timers; 2], now: Timestamp) -> Vec<Diagnosis> {
    let recognised = recognise(view, graces);
    let symptoms = |of: &dyn Fn(&Symptom) -> bool| -> BTreeSet<(Subject, Class)> {
        let these = recognised.iter().filter(|one| of(&one.symptom));
        these.map(|one| (one.subject.clone(), one.class)).collect()
    };
    timers.keep_only(&symptoms(&|_| true), now);
    proofs.keep_only(&symptoms(&|symptom| symptom.proof.is_immediate()), now);
    let diagnosis = |one: Recognised| {
        let seen = timers.since(one.subject.clone(), one.class, now);
        // What is proven at once was proven by the last exit, if there was one.
        let since = if one.symptom.proof.is_immediate() {
            let proven = proofs.since(one.subject.clone(), one.class, now);
            last_exit(view, &one.subject).unwrap_or(proven)
        } else {
            seen
        };
        let one = match view.pods.iter().find(|pod| pod.outdated && one.subject.is_in_pod(pod.uid())) {
            Some(pod) => rules::blocks(view, pod, one),
            None => one,
        };
        Diagnosis::new(one, Circumstances { since, lookups: &view.snapshot.lookups, now })
    };
    recognised.into_iter().map(diagnosis).collect()
}

fn recognise(view: &RolloutView, graces: &Graces) -> Vec<Recognised> {
    let mut all: Vec<Recognised> = Vec::new();
    for rule in RULES {
        let new = |subject: Subject, symptom| Recognised { class: rule.class, subject, symptom };
        match rule.check {
            // A complete rollout may be paused, and may keep the conditions of its past.
            Check::Rollout(_) if view.workload.status() == Status::Current => {}
            Check::Rollout(check) => {
                all.extend(check(view, graces).map(|symptom| new(Subject::rollout(), symptom)));
            }
            Check::Pod(check) => {
                let of = |pod: &PodView| Some(new(Subject::pod(pod.uid()), check(pod, graces)?));
                all.extend(view.pods.iter().filter_map(of));
            }
            Check::Container(check) => {
                let is_known = |subject: &Subject| {
                    let of_node = |one: &Recognised| one.class == SILENT_NODE && one.subject.is_in_pod_of(subject);
                    all.iter().any(|one| one.subject == *subject || of_node(one))
                };
                let containers = view.pods.iter().flat_map(|pod| &pod.containers);
                let open = containers.map(|one| (one.subject(), one)).filter(|(subject, _)| !is_known(subject));
                let of = |(subject, container)| Some(new(subject, check(container, graces)?));
                let found: Vec<Recognised> = open.filter_map(of).collect();
                all.extend(found);
            }
        }
    }
    all
}

/// A Job says itself how often it tries again.
fn is_looping(container: &ContainerView) -> bool {
    !container.may_end() && !container.is_ready() && container.exits() >= HABIT
}

fn last_exit(view: &RolloutView, of: &Subject) -> Option<Timestamp> {
    let container = view.pods.iter().flat_map(|pod| &pod.containers).find(|container| container.subject() == *of)?;
    Some(container.last_exit()?.finished_at.as_ref()?.0)
}

fn replica_line(pod: &PodView, diagnoses: &[Diagnosis]) -> ReplicaLine {
    let wrong = diagnoses.iter().find(|diagnosis| diagnosis.subject.is_in_pod(pod.uid()));
    ReplicaLine {
        pod: pod.name().to_owned(),
        state_text: wrong.map_or_else(|| replica_state(pod), |wrong| wrong.symptom.state_text.clone()),
        ready: pod.is_ready(),
    }
}

fn count(pods: usize) -> i32 {
    i32::try_from(pods).unwrap_or(i32::MAX)
}
