//! No pod exists: admission or quota refuses to let the controller create one.

use std::sync::LazyLock;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetCondition};
use k8s_openapi::api::core::v1::{Event, Pod};
use regex::Regex;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{
    AdmissionRefusal, admission_refusal, is_against_a_rule, missing_priority_class, missing_service_account,
};
use crate::rollout::model::{Cause, Graces, Lookup, LookupResult, Remedy};
use crate::rollout::text::{escape, escape_line, has_reason, message};
use crate::rollout::view::{RolloutView, uid};
use crate::text::{ascii_regex, nearest};

pub(super) const RULE: Rule =
    Rule { name: "refused", class: Class::cause("Refused"), pages: &["refused.md"], check: Check::Rollout(check) };

/// No pod that comes or goes will make room.
pub(super) const STILL: &str = "all others are ready, and nothing that comes or goes will make room";

static POD_NAME: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r#"^(?:Error creating: |create Pod \S+ in StatefulSet \S+ failed error: )?pods "[^"]*" is forbidden: "#)
});

fn check(view: &RolloutView, graces: &Graces) -> Option<Symptom> {
    let refused = if view.deployment().is_some() { condition(view)? } else { event(view)? };
    // Each attempt has a new pod's name.
    let message = POD_NAME.replace(refused.message, "");
    let missing = missing(&message);
    let refusal = admission_refusal(&message, "the pods", view.namespace());
    let AdmissionRefusal { mut what, evidence, hint } = refusal.unwrap_or_else(|| AdmissionRefusal {
        what: "the API server refuses to create the pods".to_owned(),
        evidence: vec![escape_line(&message)],
        hint: Remedy::look("the message says why"),
    });
    if let Some(near) = missing.as_ref().and_then(|(lookup, name)| near(view, lookup, name)) {
        what = format!("{what}; there is {near}");
    }
    let hint = if message.contains("exceeded quota") { hint.and(old_goes_first(view)) } else { hint };
    let grace = if is_against_a_rule(&message) { graces.refused / 3 } else { graces.refused };
    // Pods that come or go may make room for more.
    let proof = match (missing, view.still_since) {
        (_, None) if !view.pods.is_empty() => Proof::Never,
        (_, Some(since)) => Proof::by(since + grace, STILL),
        (Some((lookup, _)), None) => Proof::Confirmed { grace, lookup, key: None },
        (None, None) => Proof::Lasting(grace),
    };
    let finding = Cause { reason: Reason::FailedCreate, what, object: refused.object, evidence, hint };
    Some(Symptom::new(finding, proof))
}

/// A rolling update that may not do with fewer pods needs room for the old one and the new one at once.
fn old_goes_first(view: &RolloutView) -> Option<Remedy> {
    let spec = view.keeps_all()?;
    let is_old = |pod: &Pod| view.pods.iter().all(|new| new.uid() != uid(&pod.metadata));
    view.snapshot.pods.iter().any(is_old).then(|| {
        let hint = "the old replica has its share until the new one is ready: let it go first \
                    (`strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}`, or Recreate)";
        Remedy::given(spec, hint)
    })
}

/// Who was refused a pod, and with which words.
struct Refused<'a> {
    object: String,
    message: &'a str,
}

/// A ReplicaSet says it in its status.
fn condition<'a>(view: &RolloutView<'a>) -> Option<Refused<'a>> {
    let set = view.replica_set?;
    let failure = failure(set)?;
    let object = format!("ReplicaSet {}", escape(set.metadata.name.as_deref().unwrap_or_default()));
    Some(Refused { object, message: failure.message.as_deref().unwrap_or_default() })
}

/// The ReplicaSet of the rollout whose controller was refused a pod.
pub fn refused_replica_set(view: &RolloutView) -> Option<String> {
    let set = view.replica_set?;
    failure(set).and_then(|_| set.metadata.name.clone())
}

fn failure(set: &ReplicaSet) -> Option<&ReplicaSetCondition> {
    let conditions = set.status.as_ref()?.conditions.as_deref()?;
    conditions.iter().find(|c| c.type_ == "ReplicaFailure" && c.status == "True")
}

/// Other controllers have no condition for it, only events: the last thing that happened was that a pod was refused.
fn event<'a>(view: &RolloutView<'a>) -> Option<Refused<'a>> {
    let is_about_pods = |event: &&&Event| matches!(event.reason.as_deref(), Some("FailedCreate" | "SuccessfulCreate"));
    let last = view.events.iter().find(is_about_pods)?;
    let object = view.object();
    has_reason(last, "FailedCreate").then(|| Refused { object, message: message(last) })
}

/// What is refused for want of another object: it may be on its way.
fn missing(message: &str) -> Option<(Lookup, String)> {
    let account = missing_service_account(message).map(|name| (Lookup::ServiceAccount(name.clone()), name));
    account.or_else(|| missing_priority_class(message).map(|name| (Lookup::PriorityClass(name.clone()), name)))
}

fn near(view: &RolloutView, lookup: &Lookup, name: &str) -> Option<String> {
    match view.result_of(lookup)? {
        LookupResult::Absent(names) => nearest(name, names.iter().map(String::as_str)).map(escape),
        _ => None,
    }
}
