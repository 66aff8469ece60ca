//! The cases: a log, the container that wrote it, what was looked up, and what is said.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Joined, join_log};
use crate::rollout::model::{Snapshot, orders};
use crate::rollout::view::{RolloutView, Timelines};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Of the container.
    #[serde(default)]
    spec: serde_json::Map<String, Value>,
    /// Of the pod, beside its containers.
    #[serde(default)]
    pod: serde_json::Map<String, Value>,
    /// Other containers.
    #[serde(default)]
    beside: Vec<Value>,
    #[serde(default)]
    events: Vec<Value>,
    #[serde(default)]
    lookups: Vec<Value>,
    log: String,
    /// Parts of what is said; none where nothing may be.
    #[serde(default)]
    says: Vec<String>,
    /// What may not be said.
    #[serde(default)]
    never: Vec<String>,
}

impl Case {
    fn joined(&self) -> Option<Joined> {
        let mut container = self.spec.clone();
        container.extend([("name".to_owned(), json!("app")), ("image".to_owned(), json!("i"))]);
        let mut pod = self.pod.clone();
        let all: Vec<Value> = std::iter::once(Value::Object(container)).chain(self.beside.clone()).collect();
        pod.insert("containers".to_owned(), json!(all));
        let lookups: Vec<Value> = self
            .lookups
            .iter()
            .map(|one| json!({"lookup": one["lookup"], "result": one["result"], "at": "1970-01-01T00:00:00Z"}))
            .collect();
        let snapshot: Snapshot = serde_json::from_value(json!({
            "deployment": {"metadata": {"name": "api", "namespace": "shop", "uid": "d"}, "spec": {"selector": {}, "template": {}}},
            "replicaSets": [{"metadata": {"name": "api-1", "uid": "r", "ownerReferences": [{"uid": "d"}]}, "spec": {"template": {}}}],
            "pods": [{"metadata": {"name": "api-1-a", "namespace": "shop", "uid": "p", "ownerReferences": [{"uid": "r"}]}, "spec": pod}],
            "events": self.events,
            "lookups": lookups,
        }))
        .unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let view = RolloutView::new(&snapshot, &Timelines::default(), Timestamp::UNIX_EPOCH);
        join_log(&view.pods[0].containers[0], &self.log)
    }
}

#[test]
fn a_line_is_joined_with_what_the_spec_says() {
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("cases.yaml")).expect("cases");
    let mut wrong = String::new();
    for case in &cases {
        let joined = case.joined();
        let text = joined
            .as_ref()
            .map(|joined| format!("{}\n{}\nhint: {}", joined.what, joined.facts.join("\n"), joined.hint.text()));
        let text = text.unwrap_or_default();
        for part in case.says.iter().filter(|part| !text.contains(*part)) {
            let _ = writeln!(wrong, "{}: lacks {part:?} in {text:?}", case.name);
        }
        for part in case.never.iter().filter(|part| text.contains(*part)) {
            let _ = writeln!(wrong, "{}: says {part:?} in {text:?}", case.name);
        }
        if case.says.is_empty() && joined.is_some() {
            let _ = writeln!(wrong, "{}: nothing is known, and it says {text:?}", case.name);
        }
        wrong.push_str(&orders::wrong(joined.iter().map(|joined| &joined.hint)));
    }
    assert!(wrong.is_empty(), "{wrong}");
}
