//! No pod exists: admission or quota refuses to let the controller create one.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Event;
use regex::Regex;

use super::{Doom, Symptom};
use crate::rollout::admission::{self, Refusal, missing_priority_class, missing_service_account};
use crate::rollout::ask::{Ask, Found};
use crate::rollout::events::{has_reason, message};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::View;
use crate::text::nearest;

static POD_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:Error creating: |create Pod \S+ in StatefulSet \S+ failed error: )?pods "[^"]*" is forbidden: "#)
        .expect("a literal pattern")
});

pub(super) fn refused(view: &View, graces: &Graces) -> Option<Symptom> {
    let refused = if view.deployment().is_some() { condition(view)? } else { event(view)? };
    // Each attempt has a new pod's name.
    let message = POD_NAME.replace(refused.message, "");
    let missing = missing(&message);
    let refusal = admission::refusal(&message, "the pods", view.namespace());
    let Refusal { mut what, evidence, hint } = refusal.unwrap_or_else(|| Refusal {
        what: "the API server refuses to create the pods".to_owned(),
        evidence: vec![line(&message)],
        hint: "mend what the message names".to_owned(),
    });
    if let Some(near) = missing.as_ref().and_then(|(ask, name)| near(view, ask, name)) {
        what = format!("{what}; there is {near}");
    }
    // Pods that exist decide for themselves, and those of the old revision may make room for more.
    let doom = match missing {
        _ if !view.pods.is_empty() => Doom::Open,
        Some((ask, _)) => Doom::Confirmed { grace: graces.refused, ask, key: None },
        None => Doom::After(graces.refused),
    };
    let state_text = what.clone();
    let finding = Finding { reason: "FailedCreate".to_owned(), what, object: refused.object, evidence, hint };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}

/// Who was refused a pod, and with which words.
struct Refused<'a> {
    object: String,
    message: &'a str,
}

/// A ReplicaSet says it in its status.
fn condition<'a>(view: &View<'a>) -> Option<Refused<'a>> {
    let set = view.replica_set?;
    let conditions = set.status.as_ref()?.conditions.as_deref()?;
    let failure = conditions.iter().find(|c| c.type_ == "ReplicaFailure" && c.status == "True")?;
    let object = format!("ReplicaSet {}", word(set.metadata.name.as_deref().unwrap_or_default()));
    Some(Refused { object, message: failure.message.as_deref().unwrap_or_default() })
}

/// Other controllers have no condition for it, only events: the last thing that happened was that a pod was refused.
fn event<'a>(view: &View<'a>) -> Option<Refused<'a>> {
    let is_about_pods = |event: &&&Event| matches!(event.reason.as_deref(), Some("FailedCreate" | "SuccessfulCreate"));
    let last = view.events.iter().find(is_about_pods)?;
    let object = format!("{} {}", view.workload.kind(), word(view.name()));
    has_reason(last, "FailedCreate").then(|| Refused { object, message: message(last) })
}

/// What is refused for want of another object: it may be on its way.
fn missing(message: &str) -> Option<(Ask, String)> {
    let account = missing_service_account(message).map(|name| (Ask::ServiceAccount(name.clone()), name));
    account.or_else(|| missing_priority_class(message).map(|name| (Ask::PriorityClass(name.clone()), name)))
}

fn near(view: &View, ask: &Ask, name: &str) -> Option<String> {
    match &view.answer(ask)?.found {
        Found::Absent(names) => nearest(name, names.iter().map(String::as_str)).map(word),
        _ => None,
    }
}
