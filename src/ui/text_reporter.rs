//! Events for people: lines on stderr, and on a terminal the rollout as a live tree.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::printer::{SPARE, Ui};
use super::progress::Step;
use super::rollout;
use crate::event::{Action, Change, Count, Created, Done, Event, Plan, Reporter, Row, Timed, TimedWorkload};
use crate::manifests::describe;
use crate::text::{counted, milliseconds, seconds};

/// Beyond this the list of changed fields is cut.
const FIELDS: usize = 12;
/// Beyond this the list of workloads with older values is cut.
const STALE: usize = 10;
/// Lines of one message where there is no terminal to fit into.
const LINES: usize = 12;
/// Where each text is a line of its own, what passes sooner is not worth one.
const QUIET: SignedDuration = SignedDuration::from_secs(3);

pub(super) struct TextReporter {
    ui: Ui,
    /// The rollout that is shown at the moment.
    live: Mutex<Option<Live>>,
}

impl TextReporter {
    pub fn new(ui: Ui) -> Self {
        Self { ui, live: Mutex::new(None) }
    }

    fn plan(&self, plan: &Plan) {
        for taken in &plan.taken {
            self.ui.warn(&format!("taken over: {taken}"));
        }
        for adopted in &plan.adopted {
            self.ui.warn(&format!("adopted: {adopted}"));
        }
        for remark in &plan.remarks {
            self.ui.note(&format!("  {remark}"));
        }
        let (restarted, left): (Vec<_>, Vec<_>) = plan.stale.iter().partition(|stale| stale.restarts);
        for stale in restarted.iter().take(STALE) {
            self.ui.note(&format!("  {}", stale.sentence()));
        }
        for stale in left.iter().take(STALE) {
            self.ui.warn(&stale.sentence());
        }
        let more = restarted.len().saturating_sub(STALE) + left.len().saturating_sub(STALE);
        if more > 0 {
            self.ui.note(&format!("  and {more} more workloads with older values; all of them with --output json"));
        }
        let of_object = |change: &'_ Change| -> Vec<String> {
            change.short.iter().map(|field| format!("  {} {}: {field}", change.kind, change.name)).collect()
        };
        let fields: Vec<String> = plan.objects.iter().flat_map(of_object).collect();
        for field in fields.iter().take(FIELDS) {
            self.ui.note(field);
        }
        if fields.len() > FIELDS {
            self.ui.note(&format!("  and {} more fields; all of them with --output json", fields.len() - FIELDS));
        }
        for leaver in &plan.leavers {
            let object = describe(&leaver.kind, leaver.namespace.as_deref(), &leaver.name);
            self.ui.note(&match leaver.stays {
                None => format!("  prunes {object} after success"),
                Some(why) => format!("  leaves {object} where it is: {why}"),
            });
        }
        self.ui.note(&summary(plan));
    }

    fn done(&self, done: &Done) {
        let took = seconds(Duration::from_millis(done.duration_ms));
        let Count { created, changed, unchanged } = done.objects;
        let looks_on = done.looks_on_seconds.map(|seconds| format!("; watched in the background for {seconds}s"));
        let took = took + looks_on.as_deref().unwrap_or_default();
        if done.image.is_none() {
            let what = if created + changed == 0 { "unchanged and ready" } else { "applied and ready" };
            return self.ui.note(&format!("{} {what}, {took}", counted(created + changed + unchanged, "object")));
        }
        let state = done.said.state;
        let what = match (created + changed == 0, done.changed || state != "ready") {
            (true, _) => format!("is unchanged and {state}"),
            (false, true) => format!("is {state}"),
            (false, false) => format!("is {state}; its pods did not have to be replaced"),
        };
        let facts = match (&done.said.next_run, state, done.replicas) {
            (Some(next), ..) => format!("{next}; "),
            (None, "complete", _) => String::new(),
            (None, _, 1) => "1 replica, ".to_owned(),
            (None, _, replicas) => format!("{replicas} replicas, "),
        };
        self.ui.note(&format!("{} {what}: {facts}{took}", done.service.as_deref().unwrap_or_default()));
        self.ui.note(&format!("next: {}", done.said.next));
    }

    fn created(&self, created: &Created) {
        self.ui.note("next:");
        for command in std::iter::once(&format!("cd {}", created.service)).chain(&created.next) {
            self.ui.note(&format!("  {command}"));
        }
    }

    fn timed(&self, timed: &Timed) {
        let Timed { command, duration_ms, applied_ms, changed, scope, .. } = timed;
        let applied = milliseconds(*applied_ms);
        if changed.is_empty() {
            return self.ui.note(&format!("{command} took {applied} and changed no workload in {scope}"));
        }
        for TimedWorkload { kind, namespace, name, new } in changed {
            let how = if *new { "created" } else { "changed" };
            self.ui.note(&format!("{} {how} and ready", describe(kind, Some(namespace), name)));
        }
        let ready = milliseconds(*duration_ms);
        self.ui.note(&format!("{command} took {applied}, ready after {ready}; `plat report` compares it"));
    }

    fn with_live(&self, show: impl FnOnce(&mut Live)) {
        if let Some(live) = self.live.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            show(live);
        }
    }

    fn trouble(&self, troubles: &[String]) {
        if troubles.is_empty() {
            self.ui.note("the API server can be seen again");
        } else if !self.ui.is_animated() {
            // On a terminal it stands below the rollout as long as it lasts.
            self.ui.warn(&troubles.join("; "));
        }
    }
}

impl Reporter for TextReporter {
    fn report(&self, event: &Event) {
        match event {
            Event::Note { text } => self.ui.note(text),
            Event::Warning { text } => self.ui.warn(text),
            Event::Place { service, namespace, context, .. } => {
                let word = if namespace.contains(", ") { "namespaces" } else { "namespace" };
                self.ui.note(&format!("{service} to {word} {namespace}, context {context}"));
            }
            Event::Plan(plan) => self.plan(plan),
            Event::Locked { holder, doing, held_seconds, attached, .. } => {
                let held = held_seconds.map(|held| format!(", begun {held} s ago")).unwrap_or_default();
                self.ui.note(&if *attached {
                    format!("the same is being deployed by {holder}{held}: following it")
                } else {
                    format!("waiting for the {doing} of {holder}{held}")
                });
            }
            Event::Trouble { troubles } => self.trouble(troubles),
            Event::Superseded { service, .. } => self.ui.note(&format!(
                "{service} was deployed so, and changed again since: nothing was written; see: plat history"
            )),
            Event::Evidence { folder, .. } => self.ui.note(&format!("evidence: {folder}")),
            Event::Rollback { name, .. } => self.ui.note(&format!("rolling back to {name}")),
            Event::PutBack { objects } => {
                self.ui.note(&format!("putting back what was there before: {}", objects.join(", ")));
            }
            Event::Done(done) => self.done(done),
            Event::Created(created) => self.created(created),
            Event::Timed(timed) => self.timed(timed),
            Event::Open { url, port, target } => {
                self.ui.data(url);
                self.ui.hint(&format!("{target}, port {port} of its pods; Ctrl-C ends it"));
            }
            Event::Pod { pod, before: None } => self.ui.note(&format!("goes to pod {pod}")),
            Event::Pod { pod, before: Some(before) } => {
                self.ui.note(&format!("pod {before} is not ready any more; goes to {pod}"));
            }
            Event::Failed { error } => self.ui.warn(&format!("a connection failed: {error}")),
            Event::Serving { url, data } => {
                self.ui.data(&format!("Dashboard  {url}"));
                self.ui.note(&format!("Data       {}", data.display()));
                self.ui.hint(&format!(
                    "send this machine's runs here: `plat telemetry on --endpoint {url}`; Ctrl-C stops the server"
                ));
            }
            Event::RolloutStarted => {
                let live = Live::new(&self.ui);
                *self.live.lock().unwrap_or_else(PoisonError::into_inner) = Some(live);
            }
            Event::Rollout { rows, troubles, now } => self.with_live(|live| live.tell(rows, troubles, *now)),
            Event::Baking { rows, left, ready_after } => self.with_live(|live| live.bake(rows, *left, *ready_after)),
            Event::RolloutEnded(ended) => {
                let live = self.live.lock().unwrap_or_else(PoisonError::into_inner).take();
                match (live, ended) {
                    (Some(live), Ok(rows)) => drop(live.step.done(&rollout::head(rows))),
                    (Some(live), Err(how)) => drop(live.step.failed(how)),
                    (None, _) => {}
                }
            }
            // Said by the live tree, by the list that a person agreed to, or by the error that main prints.
            Event::Progress { .. }
            | Event::Ready { .. }
            | Event::Finding { .. }
            | Event::Restored { .. }
            | Event::Deleted { .. }
            | Event::Error { .. }
            // Its step has told it.
            | Event::Attested { .. } => {}
        }
    }
}

/// `creates Deployment, Service; changes ConfigMap; 5 objects are unchanged`
fn summary(plan: &Plan) -> String {
    let of = |action: Action| plan.objects.iter().filter(move |change| change.action == action && !change.only_notes);
    // `Deployment, 2 ConfigMaps`: each kind once, in the order in which they are written.
    let kinds = |action: Action| {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for change in of(action) {
            match counts.iter_mut().find(|(kind, _)| *kind == change.kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((&change.kind, 1)),
            }
        }
        let said = |(kind, count): (&str, usize)| {
            if count == 1 { kind.to_owned() } else { format!("{count} {}", plural(kind)) }
        };
        counts.into_iter().map(said).collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    for (action, word) in [(Action::Create, "creates"), (Action::Change, "changes")] {
        if of(action).next().is_some() {
            parts.push(format!("{word} {}", kinds(action)));
        }
    }
    match of(Action::Nothing).count() + plan.objects.iter().filter(|change| change.only_notes).count() {
        0 => {}
        1 => parts.push("1 object is unchanged".to_owned()),
        n => parts.push(format!("{n} objects are unchanged")),
    }
    match of(Action::Track).count() {
        0 => {}
        1 => parts.push("1 object is unchanged (now also tracked by plat)".to_owned()),
        n => parts.push(format!("{n} objects are unchanged (now also tracked by plat)")),
    }
    parts.join("; ")
}

/// `Ingresses`, `NetworkPolicies`, `Services`
fn plural(kind: &str) -> String {
    match kind.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with(['s', 'x']) => format!("{kind}es"),
        None => format!("{kind}s"),
    }
}

/// The rollout as it goes.
struct Live {
    ui: Ui,
    step: Step,
    /// What was told last, by object.
    told: BTreeMap<String, Row>,
    /// When a line was last printed, where there is no terminal.
    at: Option<Timestamp>,
    /// When it was said to be ready, where there is no terminal: once for each time that it became so.
    ready_after: Option<Duration>,
}

impl Live {
    fn new(ui: &Ui) -> Self {
        Self { ui: ui.clone(), step: ui.step("rollout"), told: BTreeMap::new(), at: None, ready_after: None }
    }

    /// Tells what is new. `troubles`: why less may be seen than there is.
    fn tell(&mut self, rows: &[Row], troubles: &[String], now: Timestamp) {
        if self.ui.is_animated() {
            let most = self.ui.height().saturating_sub(SPARE + troubles.len()).max(3);
            let mut lines = rollout::tree(rows, now, true, most);
            lines.extend(troubles.iter().cloned());
            self.step.tell_tree(&rollout::head(rows), &lines);
        } else {
            self.tell_log(rows, troubles, now);
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
        let lines = match rows {
            [row] => Some(rollout::tree(std::slice::from_ref(row), now, false, LINES)),
            _ if changed.is_empty() => None,
            _ => Some(rollout::tree_of_many(&changed, now, false, LINES)),
        };
        if let Some(mut lines) = lines {
            lines.extend(troubles.iter().cloned());
            self.step.tell_tree(&rollout::head(rows), &lines);
        }
        self.told.extend(changed.into_iter().map(|row| (row.object.clone(), row)));
    }

    /// Ready, and watched for a while.
    fn bake(&mut self, rows: &[Row], left: Duration, ready_after: Duration) {
        let after = seconds(ready_after);
        let text = if self.ui.is_animated() {
            format!("ready after {after}; watching {}s more", left.as_secs_f64().ceil())
        } else {
            match self.ready_after.replace(ready_after) {
                None => format!("ready after {after}; watching for a while"),
                Some(before) if before == ready_after => return,
                Some(_) => "up again; watching whether it stays so".to_owned(),
            }
        };
        self.step.tell_tree(&rollout::head(rows), &[text]);
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn kinds_are_counted_in_plain_words() {
        let kinds = ["Secret", "Ingress", "NetworkPolicy", "Gateway"].map(plural);
        assert_eq!(kinds, ["Secrets", "Ingresses", "NetworkPolicies", "Gateways"]);
    }
}
