//! Kubernetes' own verdict, after `progressDeadlineSeconds`.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Remedy};
use crate::rollout::readiness::progress_deadline_exceeded;
use crate::rollout::text::{escape, escape_line};
use crate::rollout::view::RolloutView;

pub(super) const RULE: Rule = Rule {
    name: "progress_deadline",
    class: Class::summary("ProgressDeadline"),
    pages: &["stuck.md"],
    check: Check::Rollout(check),
};

/// A deploy may meet the verdict on the previous one, whose cause was fixed a moment ago: pods get this long.
const OLD_VERDICT: SignedDuration = SignedDuration::from_secs(30);

fn check(view: &RolloutView, _: &Graces) -> Option<Symptom> {
    let message = progress_deadline_exceeded(view.deployment()?)?;
    let namespace = escape(view.namespace());
    // Its own, whatever labels whoever wrote it chose.
    let labels = view.workload.selector().and_then(|selector| selector.match_labels.as_ref());
    let labels: Vec<String> = labels.into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    let which = if labels.is_empty() { String::new() } else { format!(" -l {}", escape(&labels.join(","))) };
    let finding = Cause {
        reason: Reason::ProgressDeadlineExceeded,
        what: "the rollout made no progress within its progressDeadlineSeconds".to_owned(),
        object: view.object(),
        evidence: vec![escape_line(message)],
        hint: Remedy::look(format!("see what the pods wait for: kubectl -n {namespace} describe pods{which}")),
    };
    Some(Symptom::new(finding, Proof::Lasting(OLD_VERDICT)))
}
