//! The node throws the new pods out. A program that ends well when asked to leaves a pod that `Succeeded`: then only the
//! event tells.

use k8s_openapi::api::core::v1::Pod;

use super::{Doom, Symptom};
use crate::rollout::events::{about, has_reason, message};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::present::uid;
use crate::rollout::view::View;

/// A limit of the pod's own does not grow between two pods.
const OWN_LIMIT: usize = 2;
/// A node that is short of something may have room the next time.
const PRESSURE: usize = 3;

pub(super) fn evicted(view: &View, _: &Graces) -> Option<Symptom> {
    let set = uid(&view.replica_set?.metadata);
    let is_new = |pod: &&Pod| pod.metadata.owner_references.iter().flatten().any(|owner| owner.uid == set);
    let gone: Vec<(&Pod, String)> =
        view.snapshot.pods.iter().filter(is_new).filter_map(|pod| Some((pod, why(view, pod)?))).collect();
    let (pod, why) = gone.last()?;
    let is_own_limit = why.contains("exceeds the");
    let doomed = gone.len() >= if is_own_limit { OWN_LIMIT } else { PRESSURE };
    let times = match gone.len() {
        1 => "one new pod was evicted from its node, and replaced".to_owned(),
        n => format!("{n} new pods were evicted from their nodes, one after the other"),
    };
    let hint = if why.contains("EmptyDir") {
        "write less to the volume, or raise its sizeLimit"
    } else if is_own_limit {
        "write less (logs and files outside volumes count), or raise the limit of ephemeral-storage"
    } else {
        "the node is short of it: ask for what the program really needs in `resources`, so that it goes where there is room"
    };
    let finding = Finding {
        reason: "Evicted".to_owned(),
        what: times.clone(),
        object: format!("Pod {}", word(pod.metadata.name.as_deref().unwrap_or_default())),
        evidence: vec![line(why)],
        hint: hint.to_owned(),
    };
    Some(Symptom { finding, state_text: times, doom: if doomed { Doom::Now } else { Doom::Open }, needs_log: None })
}

/// Why the node ended the pod, if it did.
fn why(view: &View, pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let evicted = status.reason.as_deref() == Some("Evicted");
    let said = status.message.clone().filter(|_| evicted);
    let event = || {
        let events = about(&view.snapshot.events, uid(&pod.metadata));
        events.into_iter().find(|event| has_reason(event, "Evicted")).map(|event| message(event).to_owned())
    };
    // Events about one object are dropped after some 25 of them (client-go's EventSourceObjectSpamFilter), this one too.
    let phase = status.phase.as_deref().filter(|phase| matches!(*phase, "Succeeded" | "Failed"));
    let silent = || {
        let phase = phase.filter(|_| pod.metadata.deletion_timestamp.is_none())?;
        Some(format!(
            "its phase is {phase}, and nobody deleted it: only its node ends a pod that is always restarted. The event that says why was dropped"
        ))
    };
    said.or_else(event).or_else(silent)
}
