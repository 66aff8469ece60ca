//! No pod exists: admission or quota refuses to let the ReplicaSet create one.

use std::sync::LazyLock;

use regex::Regex;

use super::{Doom, Symptom};
use crate::rollout::admission::{Refusal, missing_priority_class, missing_service_account, refusal};
use crate::rollout::ask::{self, Answer, Ask, Found};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::View;
use crate::text::nearest;

static POD_NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^pods "[^"]*" is forbidden: "#).expect("a literal pattern"));

pub(super) fn refused(view: &View, graces: &Graces) -> Option<Symptom> {
    let set = view.replica_set?;
    let conditions = set.status.as_ref()?.conditions.as_deref()?;
    let failure = conditions.iter().find(|c| c.type_ == "ReplicaFailure" && c.status == "True")?;
    let message = failure.message.as_deref().unwrap_or_default();
    // Each attempt has a new pod's name.
    let message = POD_NAME.replace(message, "");
    let missing = missing(&message);
    let Refusal { mut what, evidence, hint } = refusal(&message, "the pods", view.namespace()).unwrap_or_else(|| Refusal {
        what: "the API server refuses to create the pods".to_owned(),
        evidence: vec![line(&message)],
        hint: "mend what the message names".to_owned(),
    });
    if let Some(near) = missing.as_ref().and_then(|(ask, name)| near(view.answers(), ask, name)) {
        what = format!("{what}; there is {near}");
    }
    // Pods that exist decide for themselves, and those of the old revision may make room for more.
    let doom = match missing {
        _ if !view.pods.is_empty() => Doom::Open,
        Some((ask, _)) => Doom::Confirmed { grace: graces.refused, ask, key: None },
        None => Doom::After(graces.refused),
    };
    let state_text = what.clone();
    let finding = Finding {
        reason: failure.reason.clone().unwrap_or_else(|| "FailedCreate".to_owned()),
        what,
        object: format!("ReplicaSet {}", word(set.metadata.name.as_deref().unwrap_or_default())),
        evidence,
        hint,
    };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}

/// What is refused for want of another object: it may be on its way.
fn missing(message: &str) -> Option<(Ask, String)> {
    let account = missing_service_account(message).map(|name| (Ask::ServiceAccount(name.clone()), name));
    account.or_else(|| missing_priority_class(message).map(|name| (Ask::PriorityClass(name.clone()), name)))
}

fn near(answers: &[Answer], ask: &Ask, name: &str) -> Option<String> {
    match &ask::newest(answers, ask)?.found {
        Found::Absent(names) => nearest(name, names.iter().map(String::as_str)).map(word),
        _ => None,
    }
}
