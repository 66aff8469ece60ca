//! What a deploy tells: lines on stderr for people, events on stdout for programs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::events::Event;
use super::follow::Ready;
use crate::cluster::{Action, Cluster, Conflict, Plan};
use crate::rollout::{Assessment, Verdict};
use crate::ui::{Step, Ui, seconds};

/// Beyond this the list of changed fields is cut.
const FIELDS: usize = 12;
/// Beyond this a tree of replicas hides the rest of the terminal.
const LINES: usize = 12;
/// Where each text is a line of its own, what passes sooner is not worth one.
const QUIET: SignedDuration = SignedDuration::from_secs(3);

pub struct Show<'a> {
    ui: &'a Ui,
    service: &'a str,
    image: &'a str,
    cluster: &'a Cluster,
}

impl<'a> Show<'a> {
    pub fn new(ui: &'a Ui, service: &'a str, image: &'a str, cluster: &'a Cluster) -> Self {
        Self { ui, service, image, cluster }
    }

    /// Where it goes and what runs.
    pub fn place(&self) {
        let Cluster { context, server, namespace, .. } = self.cluster;
        if self.ui.is_json() {
            self.ui.json(&Event::Place { service: self.service, context, server, namespace, image: self.image });
        } else {
            self.ui.note(&format!("{} to namespace {namespace}, context {context}", self.service));
        }
    }

    /// What is written, field by field where pods are concerned: nothing is changed silently.
    pub fn plan(&self, plan: &Plan) {
        if self.ui.is_json() {
            let taken = plan.taken.iter().map(Conflict::sentence).collect();
            self.ui.json(&Event::Plan { first: plan.first, objects: plan.changes().collect(), taken });
            return;
        }
        for conflict in &plan.taken {
            self.ui.warn(&format!("taken over: {}: {}", conflict.object, conflict.sentence()));
        }
        let fields: Vec<&String> = plan.changes().flat_map(|change| &change.fields).collect();
        for field in fields.iter().take(FIELDS) {
            self.ui.note(&format!("  {field}"));
        }
        if fields.len() > FIELDS {
            self.ui.note(&format!("  and {} more fields; all of them with --output json", fields.len() - FIELDS));
        }
        self.ui.note(&summary(plan));
    }

    /// It runs.
    pub fn done(&self, plan: &Plan, ready: &Ready, changed: bool) {
        let replicas = ready.replicas;
        let took = Duration::from_secs_f64(ready.at / 1000.0);
        let (service, Cluster { namespace, context, .. }) = (self.service, self.cluster);
        if self.ui.is_json() {
            self.ui.json(&Event::Done {
                service,
                namespace,
                context,
                image: self.image,
                replicas,
                first: plan.first,
                changed,
                duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            });
            return;
        }
        let what = match (plan.is_unchanged(), changed) {
            (true, _) => "is unchanged and ready",
            (false, true) => "is ready",
            (false, false) => "is ready; its pods did not have to be replaced",
        };
        let replicas = if replicas == 1 { "1 replica".to_owned() } else { format!("{replicas} replicas") };
        self.ui.note(&format!("{service} {what}: {replicas}, {}", seconds(took)));
        self.ui.note("next: plat status, plat logs");
    }

    pub fn findings(&self, assessment: &Assessment) {
        if self.ui.is_json() {
            let mut conclusive_at = assessment.conclusive_at;
            for finding in &assessment.findings {
                self.ui.json(&Event::Finding { finding, conclusive_at: conclusive_at.take() });
            }
        }
    }

    /// Begins to tell about a rollout.
    pub fn live(&self) -> Live<'a> {
        Live { ui: self.ui, step: self.ui.step("rollout"), last: None, told: None }
    }
}

/// `created Deployment, Service; changed ConfigMap; 5 unchanged`
fn summary(plan: &Plan) -> String {
    let of = |action: Action| plan.changes().filter(move |change| change.action == action);
    // `Deployment, 2 ConfigMap`: each kind once, in the order in which they are written.
    let kinds = |action: Action| {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for change in of(action) {
            match counts.iter_mut().find(|(kind, _)| *kind == change.kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((&change.kind, 1)),
            }
        }
        let said = |(kind, count): (&str, usize)| if count == 1 { kind.to_owned() } else { format!("{count} {kind}") };
        counts.into_iter().map(said).collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    for (action, word) in [(Action::Create, "creates"), (Action::Change, "changes")] {
        if of(action).next().is_some() {
            parts.push(format!("{word} {}", kinds(action)));
        }
    }
    match of(Action::Nothing).count() {
        0 => {}
        1 => parts.push("1 object is unchanged".to_owned()),
        n => parts.push(format!("{n} objects are unchanged")),
    }
    parts.join("; ")
}

/// The rollout as it goes.
pub struct Live<'a> {
    ui: &'a Ui,
    step: Step,
    last: Option<Assessment>,
    /// When a line was last printed, where there is no terminal.
    told: Option<Timestamp>,
}

impl Live<'_> {
    /// Tells what is new. `troubles`: why less may be seen than there is.
    pub fn tell(&mut self, assessment: &Assessment, troubles: &[String], now: Timestamp) {
        let last = self.last.replace(assessment.clone());
        let is_new = last.as_ref() != Some(assessment);
        let gives_up_at = match assessment.verdict {
            Verdict::Wait { gives_up_at } => gives_up_at,
            Verdict::Ready | Verdict::Failed => None,
        };
        if self.ui.is_json() {
            if is_new {
                self.ui.json(&Event::Progress {
                    ready: assessment.ready,
                    wanted: assessment.wanted,
                    replicas: &assessment.replicas,
                    findings: &assessment.findings,
                    gives_up_at,
                });
            }
            return;
        }
        let is_news = last.is_none_or(|last| (last.ready, &last.findings) != (assessment.ready, &assessment.findings));
        let is_due = self.told.is_none_or(|told| now.duration_since(told) >= QUIET);
        if !self.ui.is_animated() && !is_news && !is_due {
            return;
        }
        self.told = Some(now);
        let mut lines = waiting(assessment);
        lines.truncate(LINES);
        let cause = assessment.findings.first().map_or("", |finding| finding.what.as_str());
        lines.extend(
            gives_up_at
                .map(|at| format!("gives up {} unless this changes: {cause}", when(at, now, self.ui.is_animated()))),
        );
        lines.extend(troubles.iter().cloned());
        self.step.tell_tree(&ready(assessment), &lines);
    }

    /// Ready, but for want of a probe it has to show that it stays up.
    pub fn bake(&mut self, assessment: &Assessment, left: Duration) {
        let text = if self.ui.is_animated() {
            format!("no probe says that it works: {} s more it has to stay up", left.as_secs_f64().ceil())
        } else {
            "no probe says that it works, so it has to stay up for a while".to_owned()
        };
        self.step.tell_tree(&ready(assessment), &[text]);
    }

    pub fn done(self, assessment: &Assessment) {
        self.step.done(&ready(assessment));
    }

    pub fn failed(self, how: &str) {
        self.step.failed(how);
    }
}

fn ready(assessment: &Assessment) -> String {
    format!("{} of {} replicas are ready", assessment.ready, assessment.wanted)
}

/// What the new replicas that are not ready wait for; those that wait for the same thing in one line.
pub fn waiting(assessment: &Assessment) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for replica in assessment.replicas.iter().filter(|replica| !replica.ready) {
        match groups.iter_mut().find(|(text, _)| *text == replica.state_text) {
            Some((_, pods)) => pods.push(&replica.pod),
            None => groups.push((&replica.state_text, vec![&replica.pod])),
        }
    }
    let line = |(text, pods): (&str, Vec<&str>)| match pods.as_slice() {
        [pod] => format!("{pod}: {text}"),
        pods => format!("{} replicas: {text}", pods.len()),
    };
    groups.into_iter().map(line).collect()
}

/// A countdown on a terminal; where each new text is a line, a moment that stays the same.
fn when(at: Timestamp, now: Timestamp, animated: bool) -> String {
    if !animated {
        return format!("at {}", at.strftime("%H:%M:%S UTC"));
    }
    let left = at.duration_since(now).max(SignedDuration::ZERO);
    format!("in {} s", left.as_secs())
}
