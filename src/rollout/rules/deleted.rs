//! The workload itself is being deleted.

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces};
use crate::rollout::view::RolloutView;

pub(super) const RULE: Rule =
    Rule { name: "deleted", class: Class::cause("Deleted"), pages: &["stuck.md"], check: Check::Rollout(check) };

fn check(view: &RolloutView, _: &Graces) -> Option<Symptom> {
    let since = view.workload.metadata().deletion_timestamp.as_ref()?;
    let finding = Cause {
        reason: Reason::Terminating,
        what: format!("the {} is being deleted", view.workload.kind()),
        object: view.object(),
        evidence: vec![format!("deletionTimestamp is {}", since.0)],
        hint: "deploy again once it is gone".to_owned(),
    };
    Some(Symptom::new(finding, Proof::Immediate("what is being deleted does not come back")))
}
