//! A pod that ends but never goes, because a finalizer holds it: a `StatefulSet` makes no other of the same name.

use jiff::SignedDuration;

use super::{Doom, Symptom};
use crate::rollout::evidence::word;
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::object::Object;
use crate::rollout::view::View;

/// Whoever set the finalizer gets this long to do its work.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn held(view: &View, _: &Graces) -> Option<Symptom> {
    // A Deployment makes the next pod as soon as the containers of the last have ended.
    let Object::StatefulSet(_) = view.workload else { return None };
    let is_own = |metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| {
        metadata.owner_references.iter().flatten().any(|owner| owner.uid == view.workload.uid())
    };
    let (pod, finalizers) = view.snapshot.pods.iter().find_map(|pod| {
        let finalizers = pod.metadata.finalizers.as_deref().filter(|finalizers| !finalizers.is_empty())?;
        (pod.metadata.deletion_timestamp.is_some() && is_own(&pod.metadata)).then_some((pod, finalizers))
    })?;
    let (name, namespace) = (word(pod.metadata.name.as_deref().unwrap_or_default()), word(view.namespace()));
    let finalizers = finalizers.iter().map(|finalizer| word(finalizer)).collect::<Vec<_>>().join(", ");
    let what = format!("Pod {name} has ended, but finalizer {finalizers} keeps it, and no other can take its name");
    let finding = Finding {
        reason: "Terminating".to_owned(),
        what: what.clone(),
        object: format!("Pod {name}"),
        evidence: vec![format!("metadata.finalizers: [{finalizers}], and a deletionTimestamp")],
        hint: format!(
            "whoever set the finalizer must take it off; by hand, when that is gone: \
             kubectl -n {namespace} patch pod {name} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'"
        ),
    };
    Some(Symptom { finding, state_text: what, doom: Doom::After(PATIENCE), needs_log: None })
}
