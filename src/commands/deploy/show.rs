//! What a deploy tells: lines on stderr for people, events on stdout for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::events::Event;
use super::follow::Ready;
use super::rows::{self, Row};
use super::sight::Sight;
use super::track::Track;
use super::verdict;
use crate::cluster::lock::Holder;
use crate::cluster::{Action, Cluster, Conflict, Plan};
use crate::commands::next_run::NextRun;
use crate::evidence::Kept;
use crate::history::Head;
use crate::rollout::{Assessment, Verdict, Workload};
use crate::ui::{SPARE, Step, Ui, seconds};

/// Beyond this the list of changed fields is cut.
const FIELDS: usize = 12;
/// Lines of one message where there is no terminal to fit into.
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
            self.ui.json(&Event::Place { service: self.service, context, server, namespace, image: self.image }.line());
        } else {
            self.ui.note(&format!("{} to namespace {namespace}, context {context}", self.service));
        }
    }

    /// What is written, field by field where pods are concerned: nothing is changed silently.
    pub fn plan(&self, plan: &Plan) {
        if self.ui.is_json() {
            let taken = plan.taken.iter().map(Conflict::sentence).collect();
            let remarks = plan.remarks().collect();
            let leavers = plan.membership.iter().flat_map(|membership| &membership.leavers).collect();
            let objects = plan.changes().collect();
            self.ui.json(&Event::Plan { first: plan.first, objects, taken, leavers, remarks }.line());
            return;
        }
        for conflict in &plan.taken {
            self.ui.warn(&format!("taken over: {}: {}", conflict.object, conflict.sentence()));
        }
        for (object, foreign) in &plan.adopted {
            self.ui.warn(&format!("adopted: {object} {}; {}", foreign.sentence(), foreign.advice()));
        }
        for remark in plan.remarks() {
            self.ui.note(&format!("  {remark}"));
        }
        let fields: Vec<&String> = plan.changes().flat_map(|change| &change.fields).collect();
        for field in fields.iter().take(FIELDS) {
            self.ui.note(&format!("  {field}"));
        }
        if fields.len() > FIELDS {
            self.ui.note(&format!("  and {} more fields; all of them with --output json", fields.len() - FIELDS));
        }
        for member in plan.membership.iter().flat_map(|membership| &membership.leavers) {
            match member.stays {
                None => self.ui.note(&format!("  deletes {} after success", member.describe())),
                Some(why) => self.ui.note(&format!("  leaves {} where it is: {why}", member.describe())),
            }
        }
        self.ui.note(&summary(plan));
    }

    /// It runs. `next`: what to look at now.
    pub fn done(&self, plan: &Plan, ready: &Ready, changed: bool, next: &str) {
        let replicas = ready.replicas;
        let took = Duration::from_secs_f64(ready.at / 1000.0);
        let (service, Cluster { namespace, context, .. }) = (self.service, self.cluster);
        let workload = self.workload(plan);
        let next_run = workload.as_ref().and_then(|workload| NextRun::of(workload, Timestamp::now()));
        if self.ui.is_json() {
            self.ui.json(
                &Event::Done {
                    service,
                    namespace,
                    context,
                    image: self.image,
                    replicas,
                    first: plan.first,
                    changed,
                    next_run: next_run.and_then(|next| next.at),
                    duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                }
                .line(),
            );
            return;
        }
        let state = match (&workload, &next_run) {
            (_, Some(_)) => "scheduled",
            (Some(Workload::Job(_)), None) => "complete",
            _ => "ready",
        };
        let what = match (plan.is_unchanged(), changed || state != "ready") {
            (true, _) => format!("is unchanged and {state}"),
            (false, true) => format!("is {state}"),
            (false, false) => format!("is {state}; its pods did not have to be replaced"),
        };
        let facts = match (next_run, state, replicas) {
            (Some(next), ..) => format!("{}; ", next.text),
            (None, "complete", _) => String::new(),
            (None, _, 1) => "1 replica, ".to_owned(),
            (None, _, replicas) => format!("{replicas} replicas, "),
        };
        self.ui.note(&format!("{service} {what}: {facts}{}", seconds(took)));
        self.ui.note(&format!("next: {next}"));
    }

    /// What runs the service's pods, as it is rendered.
    fn workload(&self, plan: &Plan) -> Option<Workload> {
        // A Job is another one whenever it changes, so its name goes on.
        let is_own =
            |name: &str| name.strip_prefix(self.service).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        let mut own: Vec<Workload> =
            plan.steps().iter().filter_map(|step| Workload::read(&step.manifest.body)).collect();
        own.retain(|workload| is_own(workload.name()));
        own.into_iter().min_by_key(|workload| workload.name().len())
    }

    /// Somebody else writes at the moment.
    pub fn locked(&self, holder: &Holder, held: Option<SignedDuration>, attached: bool) {
        let Holder { who, doing, since, .. } = holder;
        if self.ui.is_json() {
            self.ui.json(&Event::Locked { holder: who, doing, since: *since, attached }.line());
            return;
        }
        let held = held.map(|held| format!(", begun {} s ago", held.as_secs())).unwrap_or_default();
        self.ui.note(&if attached {
            format!("the same is being deployed by {who}{held}: following it")
        } else {
            format!("waiting for the {doing} of {who}{held}")
        });
    }

    /// The same was deployed by somebody else, and something else since.
    pub fn superseded(&self) {
        if self.ui.is_json() {
            self.ui.json(&Event::Superseded { service: self.service, namespace: &self.cluster.namespace }.line());
        } else {
            self.ui.note(&format!(
                "{} was deployed so, and changed again since: nothing was written; see: plat history",
                self.service
            ));
        }
    }

    /// What was seen is saved.
    pub fn evidence(&self, run: &str, kept: &Kept) {
        if self.ui.is_json() {
            let path = |path: &std::path::Path| path.display().to_string();
            self.ui.json(&Event::Evidence { run, folder: path(&kept.dir), archive: path(&kept.archive) }.line());
        } else {
            self.ui.note(&format!("evidence: {}", kept.dir.display()));
        }
    }

    /// The revision before is being restored.
    pub fn rollback(&self, to: &Head, name: &str) {
        if self.ui.is_json() {
            self.ui.json(&Event::Rollback { revision: to.number }.line());
        } else {
            self.ui.note(&format!("rolling back to {name}"));
        }
    }

    /// It runs again.
    pub fn restored(&self, to: &Head, ready: &Ready) {
        if self.ui.is_json() {
            self.ui.json(&Event::Restored { revision: to.number, replicas: ready.replicas }.line());
        }
    }

    /// The causes, those of what failed first.
    pub fn findings(&self, tracks: &[Track]) {
        if !self.ui.is_json() {
            return;
        }
        for track in verdict::worst_first(tracks) {
            let mut conclusive_at = track.assessment.conclusive_at;
            for finding in &track.assessment.findings {
                let workload = &track.applied.argument();
                self.ui.json(&Event::Finding { workload, finding, conclusive_at: conclusive_at.take() }.line());
            }
        }
    }

    /// Begins to tell how much of the rollout can be seen.
    pub fn sight(&self) -> Sight<'a> {
        Sight::new(self.ui)
    }

    /// Begins to tell about a rollout.
    pub fn live(&self) -> Live<'a> {
        let (told, events) = (BTreeMap::new(), BTreeMap::new());
        Live { ui: self.ui, step: self.ui.step("rollout"), told, events, at: None, ready: None }
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
    /// What was told last, by object.
    told: BTreeMap<String, Row>,
    events: BTreeMap<String, Assessment>,
    /// When a line was last printed, where there is no terminal.
    at: Option<Timestamp>,
    /// How long it took to be ready first.
    ready: Option<Duration>,
}

impl Live<'_> {
    /// Tells what is new. `troubles`: why less may be seen than there is.
    pub fn tell(&mut self, rows: &[Row], tracks: &[Track], troubles: &[String], now: Timestamp) {
        if self.ui.is_json() {
            self.tell_programs(tracks);
        } else if self.ui.is_animated() {
            let mut lines = rows::tree(rows, now, true, self.ui.height().saturating_sub(SPARE + troubles.len()).max(3));
            lines.extend(troubles.iter().cloned());
            self.step.tell_tree(&rows::head(rows), &lines);
        } else {
            self.tell_log(rows, troubles, now);
        }
    }

    /// One event for each workload that has changed.
    fn tell_programs(&mut self, tracks: &[Track]) {
        for track in tracks {
            let Track { applied, assessment, .. } = track;
            if self.events.get(applied.uid()) == Some(assessment) {
                continue;
            }
            self.events.insert(applied.uid().to_owned(), assessment.clone());
            let gives_up_at = match assessment.verdict {
                Verdict::Wait { gives_up_at } => gives_up_at,
                Verdict::Ready | Verdict::Failed => None,
            };
            self.ui.json(
                &Event::Progress {
                    workload: &applied.argument(),
                    ready: assessment.ready,
                    wanted: assessment.desired,
                    replicas: &assessment.replicas,
                    findings: &assessment.findings,
                    gives_up_at,
                }
                .line(),
            );
        }
    }

    /// Where each text is a line of its own: only what is new, and what passes soon is not worth one.
    fn tell_log(&mut self, rows: &[Row], troubles: &[String], now: Timestamp) {
        let is_news = |row: &&Row| {
            let before = self.told.get(&row.object);
            before.is_none_or(|before| {
                (&before.tally, &before.gives_up, before.state) != (&row.tally, &row.gives_up, row.state)
            })
        };
        let is_due = self.at.is_none_or(|at| now.duration_since(at) >= QUIET);
        if !is_due && !rows.iter().any(|row| is_news(&row)) {
            return;
        }
        let changed: Vec<Row> = rows
            .iter()
            .filter(|row| is_due || is_news(row))
            .filter(|row| self.told.get(&row.object) != Some(*row))
            .cloned()
            .collect();
        self.at = Some(now);
        if let [row] = rows {
            let mut lines = rows::tree(std::slice::from_ref(row), now, false, LINES);
            lines.extend(troubles.iter().cloned());
            self.step.tell_tree(&rows::head(rows), &lines);
        } else if !changed.is_empty() {
            let mut lines = rows::tree_of_many(&changed, now, false, LINES);
            lines.extend(troubles.iter().cloned());
            self.step.tell_tree(&rows::head(rows), &lines);
        }
        self.told.extend(changed.into_iter().map(|row| (row.object.clone(), row)));
    }

    /// Ready; it is looked at for so long yet.
    pub fn bake(&mut self, rows: &[Row], left: Duration, ready: Ready) {
        let took = Duration::from_secs_f64(ready.at / 1000.0);
        let first = self.ready.replace(took) != Some(took);
        if self.ui.is_json() {
            if first {
                let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                self.ui.json(&Event::Ready { replicas: ready.replicas, duration_ms }.line());
            }
            return;
        }
        let after = seconds(took);
        let text = if self.ui.is_animated() {
            format!("ready after {after}; {} s more it has to stay so", left.as_secs_f64().ceil())
        } else {
            format!("ready after {after}; for a while it has to stay so")
        };
        self.step.tell_tree(&rows::head(rows), &[text]);
    }

    pub fn done(self, rows: &[Row]) {
        self.step.done(&rows::head(rows));
    }

    pub fn failed(self, how: &str) {
        self.step.failed(how);
    }
}
