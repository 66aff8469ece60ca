//! A pod that ends but never goes, because a finalizer holds it: a `StatefulSet` makes no other of the same name.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Remedy, Workload};
use crate::rollout::text::escape;
use crate::rollout::view::{RolloutView, is_owned_by};

pub(super) const RULE: Rule =
    Rule { name: "finalizer", class: Class::cause("Finalizer"), pages: &["stuck.md"], check: Check::Rollout(check) };

/// Whoever set the finalizer gets this long to do its work.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

fn check(view: &RolloutView, _: &Graces) -> Option<Symptom> {
    // A Deployment makes the next pod as soon as the containers of the last have ended.
    let Workload::StatefulSet(_) = view.workload else { return None };
    let (pod, finalizers) = view.snapshot.pods.iter().find_map(|pod| {
        let finalizers = pod.metadata.finalizers.as_deref().filter(|finalizers| !finalizers.is_empty())?;
        (pod.metadata.deletion_timestamp.is_some() && is_owned_by(&pod.metadata, view.workload.uid()))
            .then_some((pod, finalizers))
    })?;
    let (name, namespace) = (escape(pod.metadata.name.as_deref().unwrap_or_default()), escape(view.namespace()));
    let finalizers = finalizers.iter().map(|finalizer| escape(finalizer)).collect::<Vec<_>>().join(", ");
    let what = format!("Pod {name} has ended, but finalizer {finalizers} keeps it, and no other can take its name");
    let finding = Cause {
        reason: Reason::Terminating,
        what,
        object: format!("Pod {name}"),
        evidence: vec![format!("metadata.finalizers: [{finalizers}], and a deletionTimestamp")],
        hint: Remedy::given(
            &pod.metadata,
            format!(
                "whoever set the finalizer must take it off; by hand, when that is gone: \
                 kubectl -n {namespace} patch pod {name} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'"
            ),
        ),
    };
    Some(Symptom::new(finding, Proof::Lasting(PATIENCE)))
}
