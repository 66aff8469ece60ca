//! The workload itself is being deleted.

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Remedy};
use crate::rollout::view::RolloutView;

pub(super) const RULE: Rule =
    Rule { name: "deleted", class: Class::cause("Deleted"), pages: &["stuck.md"], check: Check::Rollout(check) };

fn check(view: &RolloutView, _: &Graces) -> Option<Symptom> {
    let metadata = view.workload.metadata();
    // What has run to its end is removed for that, as by `ttlSecondsAfterFinished`: how it ended is another rule's affair.
    let since = metadata.deletion_timestamp.as_ref().filter(|_| !view.workload.has_run())?;
    let finding = Cause {
        reason: Reason::Terminating,
        what: format!("the {} is being deleted", view.workload.kind()),
        object: view.object(),
        evidence: vec![format!("deletionTimestamp is {}", since.0)],
        hint: Remedy::given(metadata, "deploy again once it is gone"),
    };
    Some(Symptom::new(finding, Proof::Immediate("what is being deleted does not come back")))
}
