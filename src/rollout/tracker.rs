//! Watches one rollout: state in, state out, no clock.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::graces::Graces;
use super::judge::{self, Diagnosis};
use super::memory::{Key, Memory, Timers, key};
use super::model::{Assessment, ReplicaLine, Snapshot, Status, Verdict};
use super::object::Object;
use super::replicas;
use super::rules::{self, Class, Doom, RULES, Rule, Symptom, stale};
use super::view::{ContainerView, PodView, View};

/// Remembers what was seen of one rollout. Observe on every change and at least once a second: graces pass without
/// any event.
#[derive(Debug, Clone)]
pub struct Tracker {
    graces: Graces,
    memory: Memory,
    timers: Timers,
    /// Since when each was proven: a symptom may be seen long before its proof.
    proofs: Timers,
}

impl Tracker {
    #[must_use]
    pub fn new(graces: Graces) -> Self {
        Self { graces, memory: Memory::default(), timers: Timers::default(), proofs: Timers::default() }
    }

    /// Judges what is known now. `now` never goes back.
    pub fn observe(&mut self, snapshot: &Snapshot, now: Timestamp) -> Assessment {
        let workload = &snapshot.workload;
        let status = workload.status();
        let view = View::new(snapshot, &self.memory, now);
        let diagnoses = diagnose(&view, &self.graces, [&mut self.timers, &mut self.proofs], now);
        let verdict = judge::verdict(status, &view.pods, &diagnoses, now);
        let ready = match workload {
            Object::Job(job) => job.status.as_ref().and_then(|status| status.succeeded).unwrap_or(0),
            _ => count(view.pods.iter().filter(|pod| pod.is_ready() && !pod.stale).count()),
        };
        let assessment = Assessment {
            status,
            ready,
            wanted: workload.wanted(),
            tally: workload.tally(ready),
            replicas: view.pods.iter().map(|pod| replica_line(pod, &diagnoses)).collect(),
            findings: judge::findings(&diagnoses, verdict == Verdict::Failed),
            verdict,
            conclusive_at: (verdict == Verdict::Failed).then(|| judge::conclusive_at(&view.pods, &diagnoses)).flatten(),
            exits: view.pods.iter().flat_map(|pod| &pod.containers).map(ContainerView::exits).sum(),
            needs_logs: judge::shown(&diagnoses).filter_map(|d| d.symptom.needs_log.clone()).collect(),
            asks: diagnoses
                .iter()
                .flat_map(|d| d.asks.clone())
                .chain(rules::asks(&view, &self.graces))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        };
        self.memory = Memory::of(&view.pods);
        assessment
    }
}

/// Asks every rule; a pod or container that one recognised is not asked about again.
fn diagnose(view: &View, graces: &Graces, [timers, proofs]: [&mut Timers; 2], now: Timestamp) -> Vec<Diagnosis> {
    let mut found: Vec<(Key, Class, Symptom)> = Vec::new();

    for (class, rule) in RULES {
        match rule {
            // A complete rollout may be paused, and may keep the conditions of its past.
            Rule::Rollout(_) if view.workload.status() == Status::Current => {}
            Rule::Rollout(rule) => found.extend(rule(view, graces).map(|symptom| (key("", ""), *class, symptom))),
            Rule::Pod(rule) => {
                let sick = |pod: &PodView| Some((key(pod.uid(), ""), *class, rule(pod, graces)?));
                found.extend(view.pods.iter().filter_map(sick));
            }
            Rule::Container(rule) => {
                // What the status says of a pod whose node is silent was true when the node was heard last.
                let is_known = |of: &Key, (earlier, class, _): &(Key, Class, Symptom)| {
                    earlier == of || (*class == Class::Node && earlier.0 == of.0)
                };
                let is_new = |of: &Key| !found.iter().any(|earlier| is_known(of, earlier));
                let containers = view.pods.iter().flat_map(|pod| &pod.containers);
                let open = containers.map(|container| (container.key(), container)).filter(|(of, _)| is_new(of));
                let sick: Vec<_> =
                    open.filter_map(|(of, container)| Some((of, *class, rule(container, graces)?))).collect();
                found.extend(sick);
            }
        }
    }
    let present = found.iter().map(|(of, class, _)| (of.clone(), *class)).collect();
    timers.keep_only(&present, now);
    let is_proven = |symptom: &Symptom| matches!(symptom.doom, Doom::Now);
    let proven = found.iter().filter(|(.., symptom)| is_proven(symptom));
    proofs.keep_only(&proven.map(|(of, class, _)| (of.clone(), *class)).collect(), now);
    let diagnosis = |(of, class, symptom): (Key, Class, Symptom)| {
        let seen = timers.since(of.clone(), class, now);
        // What is proven at once was proven by the last exit, if there was one.
        let since = if is_proven(&symptom) {
            let proven = proofs.since(of.clone(), class, now);
            last_exit(view, &of).unwrap_or(proven)
        } else {
            seen
        };
        let symptom = match view.pods.iter().find(|pod| pod.stale && pod.uid() == of.0) {
            Some(pod) => stale::blocks(view, pod, class, &of.1, symptom),
            None => symptom,
        };
        Diagnosis::new(class, of, symptom, since, &view.snapshot.answers, now)
    };
    found.into_iter().map(diagnosis).collect()
}

fn last_exit(view: &View, of: &Key) -> Option<Timestamp> {
    let container = view.pods.iter().flat_map(|pod| &pod.containers).find(|container| container.key() == *of)?;
    Some(container.last_exit()?.finished_at.as_ref()?.0)
}

fn replica_line(pod: &PodView, diagnoses: &[Diagnosis]) -> ReplicaLine {
    let wrong = diagnoses.iter().find(|diagnosis| diagnosis.of.0 == pod.uid());
    ReplicaLine {
        pod: pod.name().to_owned(),
        state_text: wrong.map_or_else(|| replicas::state_text(pod), |wrong| wrong.symptom.state_text.clone()),
        ready: pod.is_ready(),
    }
}

fn count(pods: usize) -> i32 {
    i32::try_from(pods).unwrap_or(i32::MAX)
}
