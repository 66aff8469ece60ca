//! No pod exists: admission or quota refuses to let the ReplicaSet create one.

use std::sync::LazyLock;

use regex::Regex;

use super::{Doom, Symptom};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::View;

static POD_NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^pods "[^"]*" is forbidden: "#).expect("a literal pattern"));
static QUOTED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""([^"]+)""#).expect("a literal pattern"));

pub(super) fn refused(view: &View, graces: &Graces) -> Option<Symptom> {
    let set = view.replica_set?;
    let conditions = set.status.as_ref()?.conditions.as_deref()?;
    let failure = conditions.iter().find(|c| c.type_ == "ReplicaFailure" && c.status == "True")?;
    let message = failure.message.as_deref().unwrap_or_default();
    // Each attempt has a new pod's name.
    let message = POD_NAME.replace(message, "");
    let (what, hint) = explain(&message, view);
    // Pods that exist decide for themselves, and those of the old revision may make room for more.
    let doom = if view.pods.is_empty() { Doom::After(graces.refused) } else { Doom::Open };
    let state_text = what.clone();
    let finding = Finding {
        reason: failure.reason.clone().unwrap_or_else(|| "FailedCreate".to_owned()),
        what,
        object: format!("ReplicaSet {}", word(set.metadata.name.as_deref().unwrap_or_default())),
        evidence: vec![line(&message)],
        hint,
    };
    Some(Symptom { finding, state_text, doom, needs_log: None })
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
