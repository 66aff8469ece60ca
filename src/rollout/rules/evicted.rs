//! The kubelet evicts each new pod: it uses more of the node than it may, and its successor does so too. A program that
//! ends well when asked to leaves a pod that `Succeeded`, without a reason: then only the event tells.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Remedy, Words};
use crate::rollout::text::{about, escape, escape_line, has_reason, message};
use crate::rollout::view::{RolloutView, is_owned_by, uid};

pub(super) const RULE: Rule =
    Rule { name: "evicted", class: Class::cause("Evicted"), pages: &["evicted.md"], check: Check::Rollout(check) };

/// One eviction may have been someone else's fault: the node was short of something.
const EVICTIONS: usize = 3;
/// A limit of the pod's own does not grow between two pods.
const OWN_LIMIT: usize = 2;
/// Evicted pods stay for a long time: those that are this much older than the newest pod belong to another story.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

fn check(view: &RolloutView, _: &Graces) -> Option<Symptom> {
    let owner = view.replica_set.map_or(view.workload.uid(), |set| uid(&set.metadata));
    let mut pods: Vec<&Pod> = view.snapshot.pods.iter().filter(|pod| is_owned_by(&pod.metadata, owner)).collect();
    pods.sort_by_key(|pod| created(pod));
    let since = pods.last().and_then(|newest| created(newest)?.checked_sub(RECENT).ok());
    let recent = pods.into_iter().filter(|pod| created(pod) >= since);
    let evicted: Vec<_> = recent.filter_map(|pod| Some((pod, why(view, pod)?))).collect();
    let (last, said) = evicted.last()?;
    let (what, hint) = explain(said);
    let is_own_limit = said.contains("exceeds the");
    let proof = if evicted.len() >= if is_own_limit { OWN_LIMIT } else { EVICTIONS } {
        Proof::Immediate("each pod is evicted like the one before")
    } else {
        Proof::Never
    };
    let finding = Cause {
        reason: Reason::Evicted,
        what: format!("{what}: {} of its pods were evicted", evicted.len()),
        object: format!("Pod {}", escape(last.metadata.name.as_deref().unwrap_or_default())),
        evidence: vec![escape_line(said)],
        hint,
    };
    Some(Symptom::new(finding, proof))
}

/// Why the node ended the pod, if it did.
fn why(view: &RolloutView, pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let said = status.message.clone().filter(|_| status.reason.as_deref() == Some("Evicted"));
    let event = || {
        let events = about(&view.snapshot.events, uid(&pod.metadata));
        events.into_iter().find(|event| has_reason(event, "Evicted")).map(|event| message(event).to_owned())
    };
    // Events about one object are dropped after some 25 of them (client-go, EventSourceObjectSpamFilter), this one too.
    let silent = || {
        let policy = pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
        let restarts = policy.is_none_or(|policy| policy == "Always") && pod.metadata.deletion_timestamp.is_none();
        let phase = status.phase.as_deref().filter(|phase| restarts && matches!(*phase, "Succeeded" | "Failed"))?;
        Some(format!(
            "its phase is {phase}, and nobody deleted it: only its node ends a pod that is always restarted; the event that says why is gone"
        ))
    };
    said.or_else(event).or_else(silent)
}

fn created(pod: &Pod) -> Option<Timestamp> {
    pod.metadata.creation_timestamp.as_ref().map(|time| time.0)
}

/// pkg/kubelet/eviction: `Usage of EmptyDir volume "v" exceeds the limit "1Mi".`, `Pod ephemeral local storage usage
/// exceeds the total limit of containers 10Mi.`, `The node was low on resource: memory. …`
fn explain(said: &str) -> (String, Remedy) {
    if let Some(words) = Words::of(said, "EmptyDir") {
        (
            "an emptyDir volume becomes larger than its sizeLimit".to_owned(),
            Remedy::given(&words, "raise sizeLimit, or write less: files there live as long as the pod"),
        )
    } else if let Some(words) = Words::of(said, "ephemeral local storage") {
        (
            "the containers write more to the node's disk than their limit of ephemeral-storage".to_owned(),
            Remedy::given(&words, "raise limits.ephemeral-storage, or write less: logs and emptyDir volumes count"),
        )
    } else if let Some(low) = Words::of(said, "low on resource: ") {
        low_on(&escape(low.after().split(['.', ' ']).next().unwrap_or_default()), low.after())
    } else {
        ("the node evicts the pods".to_owned(), Remedy::look("the message names what the node lacks"))
    }
}

/// The kubelet names the containers that use more than they asked for, where it is their fault (`evictionMessage`).
fn low_on(resource: &str, said: &str) -> (String, Remedy) {
    match Words::of(said, "has larger consumption of") {
        Some(words) => (
            format!("the node ran out of {resource}, and the pod uses more than it asked for"),
            Remedy::given(
                &words,
                format!("ask for as much {resource} as it needs (`resources`), so that it runs where there is enough"),
            ),
        ),
        None => (
            format!("the node ran out of {resource}"),
            Remedy::look(format!("what uses {resource} there is not said: kubectl describe node names its pods")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::own_limit(r#"Usage of EmptyDir volume "data" exceeds the limit "1Mi"."#, "raise sizeLimit")]
    #[case::its_fault(
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 3Mi. Container app was using 50Mi, request is 0, has larger consumption of memory. ",
        "ask for as much memory as it needs"
    )]
    #[case::not_its_fault(
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 3Mi. ",
        "what uses memory there is not said"
    )]
    #[case::nothing_to_ask_for("The node was low on resource: inodes. ", "what uses inodes there is not said")]
    fn only_who_used_too_much_is_told_to_ask_for_more(#[case] said: &str, #[case] expected: &str) {
        let (_, remedy) = explain(said);
        assert!(remedy.text().starts_with(expected), "{}", remedy.text());
    }
}
