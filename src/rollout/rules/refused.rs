//! No pod exists: admission or quota refuses to let the ReplicaSet create one.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Event;
use regex::Regex;

use super::{Doom, Symptom};
use crate::rollout::events::{has_reason, message};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::View;

static POD_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:Error creating: |create Pod \S+ in StatefulSet \S+ failed error: )?pods "[^"]*" is forbidden: "#)
        .expect("a literal pattern")
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""([^"]+)""#).expect("a literal pattern"));

pub(super) fn refused(view: &View, graces: &Graces) -> Option<Symptom> {
    let refusal = if view.deployment().is_some() { condition(view)? } else { event(view)? };
    // Each attempt has a new pod's name.
    let message = POD_NAME.replace(refusal.message, "");
    let (what, hint) = explain(&message, view);
    // Pods that exist decide for themselves, and those of the old revision may make room for more.
    let doom = if view.pods.is_empty() { Doom::After(graces.refused) } else { Doom::Open };
    let state_text = what.clone();
    let finding = Finding {
        reason: "FailedCreate".to_owned(),
        what,
        object: refusal.object,
        evidence: vec![line(&message)],
        hint,
    };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}

/// Who was refused a pod, and with which words.
struct Refusal<'a> {
    object: String,
    message: &'a str,
}

/// A ReplicaSet says it in its status.
fn condition<'a>(view: &View<'a>) -> Option<Refusal<'a>> {
    let set = view.replica_set?;
    let conditions = set.status.as_ref()?.conditions.as_deref()?;
    let failure = conditions.iter().find(|c| c.type_ == "ReplicaFailure" && c.status == "True")?;
    let object = format!("ReplicaSet {}", word(set.metadata.name.as_deref().unwrap_or_default()));
    Some(Refusal { object, message: failure.message.as_deref().unwrap_or_default() })
}

/// Other controllers have no condition for it, only events: the last thing that happened was that a pod was refused.
fn event<'a>(view: &View<'a>) -> Option<Refusal<'a>> {
    let is_about_pods = |event: &&&Event| matches!(event.reason.as_deref(), Some("FailedCreate" | "SuccessfulCreate"));
    let last = view.events.iter().find(is_about_pods)?;
    let object = format!("{} {}", view.workload.kind(), word(view.name()));
    has_reason(last, "FailedCreate").then(|| Refusal { object, message: message(last) })
}

fn explain(message: &str, view: &View) -> (String, String) {
    let namespace = word(view.namespace());
    let quoted = || QUOTED.captures(message).map(|found| word(&found[1])).unwrap_or_default();
    if message.contains("exceeded quota") {
        (
            "the namespace's quota has no room for a pod".to_owned(),
            format!(
                "ask for less (`resources`, `replicas`), or see what is used: kubectl -n {namespace} describe quota"
            ),
        )
    } else if message.contains("failed quota") {
        (
            "the namespace's quota wants requests or limits that the pod does not set".to_owned(),
            "set what the message names in `resources`".to_owned(),
        )
    } else if message.contains("violates PodSecurity") {
        (
            "the namespace's Pod Security level forbids the pod".to_owned(),
            "change what the message names in the securityContext; `plat render` shows defaults that pass `restricted`"
                .to_owned(),
        )
    } else if message.contains("serviceaccount") {
        (
            format!("ServiceAccount {} does not exist in namespace {namespace}", last_quoted(message)),
            format!("create it: kubectl -n {namespace} create serviceaccount {}", last_quoted(message)),
        )
    } else if message.contains("per Container") || message.contains("per Pod") {
        (
            "the namespace's LimitRange forbids what the pod asks for".to_owned(),
            format!("see its limits: kubectl -n {namespace} describe limitrange"),
        )
    } else if message.contains("admission webhook") {
        (
            format!("admission webhook {} refuses the pod", quoted()),
            "the message is the webhook's own: mend what it names, or ask those who run it".to_owned(),
        )
    } else if message.contains("PriorityClass") {
        (
            "the pod's PriorityClass does not exist".to_owned(),
            "see which there are: kubectl get priorityclasses".to_owned(),
        )
    } else {
        ("the API server refuses to create the pods".to_owned(), "mend what the message names".to_owned())
    }
}

fn last_quoted(message: &str) -> String {
    QUOTED.captures_iter(message).last().map(|found| word(&found[1])).unwrap_or_default()
}
