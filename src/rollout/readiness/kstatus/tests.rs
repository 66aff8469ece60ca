//! `cases.yaml`: an object, the status that kstatus publishes for it, and plat's where it differs.

use serde::Deserialize;
use serde_json::Value;

use super::{has_status, kstatus};
use crate::rollout::Status;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    name: String,
    object: Value,
    /// What kstatus' own tests expect; plat's alone where kstatus has no rule.
    status: Status,
    /// What plat says instead.
    here: Option<Status>,
    /// Why it differs.
    #[serde(default)]
    because: String,
    /// A part of what is missing.
    #[serde(default)]
    says: String,
}

#[test]
fn every_object_has_the_published_status() {
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("cases.yaml")).expect("the cases");
    let mut wrong = Vec::new();
    for case in &cases {
        assert_eq!(case.here.is_some(), !case.because.is_empty(), "{}: a difference has a reason", case.name);
        let (status, missing) = kstatus(&case.object);
        let expected = case.here.unwrap_or(case.status);
        if status != expected || !missing.as_deref().unwrap_or_default().contains(&case.says) {
            wrong.push(format!("{}: expected {expected:?} {:?}, is {status:?} {missing:?}", case.name, case.says));
        }
        assert_eq!(status == Status::Current, missing.is_none(), "{}: {missing:?}", case.name);
        assert!(
            status == Status::Current || status == Status::Terminating || has_status(&case.object) || is_budget(case)
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nobody waits for the controller of a budget.
fn is_budget(case: &Case) -> bool {
    case.object["kind"] == "PodDisruptionBudget"
}

#[test]
fn what_comes_from_the_cluster_cannot_reach_the_terminal_as_it_is() {
    let object = serde_json::json!({"apiVersion": "a.io/v1", "kind": "A", "status": {"conditions": [
        {"type": "Ready", "status": "False", "message": "\u{1b}[2Jgone\nhint: rm -rf /"}]}});
    let (_, missing) = kstatus(&object);
    assert!(!missing.unwrap_or_default().contains(['\u{1b}', '\n']));
}
