//! Cases of what is said of a line: a log, the container that wrote it, what was looked up, and what is said.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::rollout::model::{Remedy, Snapshot, orders};
use crate::rollout::view::{ContainerView, RolloutView, Timelines};

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
    /// Which container the log is of.
    #[serde(default = "app")]
    of: String,
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

fn app() -> String {
    "app".to_owned()
}

impl Case {
    fn snapshot(&self) -> Snapshot {
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
        serde_json::from_value(json!({
            "deployment": {"metadata": {"name": "api", "namespace": "shop", "uid": "d"}, "spec": {"selector": {}, "template": {}}},
            "replicaSets": [{"metadata": {"name": "api-1", "uid": "r", "ownerReferences": [{"uid": "d"}]}, "spec": {"template": {}}}],
            "pods": [{"metadata": {"name": "api-1-a", "namespace": "shop", "uid": "p", "ownerReferences": [{"uid": "r"}]}, "spec": pod}],
            "events": self.events,
            "lookups": lookups,
        }))
        .unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }
}

/// What is said: the cause and its facts, and what to do.
pub(super) type Said = (String, Remedy);

/// What is wrong with what `read` says of these cases.
pub(super) fn wrong(cases: &str, read: impl Fn(&ContainerView, &str) -> Option<Said>) -> String {
    let cases: Vec<Case> = serde_yaml::from_str(cases).expect("cases");
    let mut wrong = String::new();
    for case in &cases {
        let snapshot = case.snapshot();
        let view = RolloutView::new(&snapshot, &Timelines::default(), Timestamp::UNIX_EPOCH);
        let app = view.pods[0].containers.iter().find(|one| one.name() == case.of).expect("the container");
        let said = read(app, &case.log);
        let text = said.as_ref().map(|(what, hint)| format!("{what}\nhint: {}", hint.text())).unwrap_or_default();
        for part in case.says.iter().filter(|part| !text.contains(*part)) {
            let _ = writeln!(wrong, "{}: lacks {part:?} in {text:?}", case.name);
        }
        for part in case.never.iter().filter(|part| text.contains(*part)) {
            let _ = writeln!(wrong, "{}: says {part:?} in {text:?}", case.name);
        }
        if case.says.is_empty() && said.is_some() {
            let _ = writeln!(wrong, "{}: nothing is known, and it says {text:?}", case.name);
        }
        wrong.push_str(&orders::wrong(said.iter().map(|(_, hint)| hint)));
    }
    wrong
}
