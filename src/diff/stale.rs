//! Pods that keep what configuration was when they started.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::PodSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::taken::taken;
use crate::text::foreign_line;

/// Keys of one object that are named.
const KEYS: usize = 5;
/// Hex digits of a fingerprint.
const PRINT: usize = 16;

/// The values of a `ConfigMap` or Secret by key, those of a Secret in base64.
pub type Values = BTreeMap<String, String>;

/// What becomes of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised {
    /// None where it is made.
    pub before: Option<Values>,
    pub after: Values,
}

/// `ConfigMap/web` -> what becomes of it.
pub type AllRevised = BTreeMap<String, Revised>;

/// `ConfigMap/web` -> keys, each with the fingerprint of the value that pods hold. Of a Secret there is none: whoever
/// may read a workload need not be allowed to guess at a password.
pub type Holding = BTreeMap<String, BTreeMap<String, String>>;

/// What is noted on a workload whose pods were left with older values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Of the pod template then: another one has other pods.
    template: String,
    pub holds: Holding,
}

impl Note {
    #[must_use]
    pub fn new(template: &Value, holds: Holding) -> Self {
        Self { template: print_of(&template.to_string()), holds }
    }

    /// What is noted, as long as it is about the pods of this template.
    #[must_use]
    pub fn read(text: &str, template: &Value) -> Option<Self> {
        let note: Self = serde_json::from_str(text).ok()?;
        (note.template == print_of(&template.to_string())).then_some(note)
    }
}

/// The values as the API server keeps them.
#[must_use]
pub fn values(object: &Value) -> Values {
    let fields = ["data", "binaryData"].into_iter().filter_map(|field| object[field].as_object()).flatten();
    let stored = fields.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()));
    // Which only manifests have.
    let plain = object["stringData"].as_object().into_iter().flatten();
    let plain = plain.map(|(key, value)| (key.clone(), STANDARD.encode(value.as_str().unwrap_or_default())));
    stored.chain(plain).collect()
}

impl Revised {
    fn keys(&self) -> BTreeSet<&String> {
        let before = self.before.iter().flat_map(BTreeMap::keys);
        let value = |values: &Option<Values>, key: &String| values.as_ref().and_then(|values| values.get(key).cloned());
        before
            .chain(self.after.keys())
            .filter(|key| value(&self.before, key).as_ref() != self.after.get(*key))
            .collect()
    }
}

/// What pods of this spec hold that is no longer so, when all `revised` is written. `noted`: what they held already.
#[must_use]
pub fn holding(pod: &PodSpec, revised: &AllRevised, noted: &Holding) -> Holding {
    let mut holding = Holding::new();
    for (object, keys) in noted {
        let after = revised.get(object).map(|revised| &revised.after);
        let is_back = |key: &String, held: &String| {
            after.is_some_and(|after| !held.is_empty() && *held == fingerprint(object, after.get(key)))
        };
        let left: BTreeMap<_, _> =
            keys.iter().filter(|(key, held)| !is_back(key, held)).map(|(k, v)| (k.clone(), v.clone())).collect();
        if !left.is_empty() {
            holding.insert(object.clone(), left);
        }
    }
    if revised.is_empty() {
        return holding;
    }
    for taken in taken(pod) {
        let object = format!("{}/{}", taken.kind, taken.name);
        // A container that needs what was not there has not started with anything else.
        let Some(revised) = revised.get(&object).filter(|it| it.before.is_some() || taken.optional) else { continue };
        for key in revised.keys().into_iter().filter(|key| taken.has(key)) {
            if noted.get(&object).is_some_and(|keys| keys.contains_key(key)) {
                continue;
            }
            let before = revised.before.as_ref().and_then(|before| before.get(key));
            holding.entry(object.clone()).or_default().insert(key.clone(), fingerprint(&object, before));
        }
    }
    holding
}

/// Tells values of a `ConfigMap` apart, and one from none.
fn fingerprint(object: &str, value: Option<&String>) -> String {
    match value {
        _ if object.starts_with("Secret/") => String::new(),
        Some(value) => print_of(value),
        None => "-".to_owned(),
    }
}

fn print_of(text: &str) -> String {
    crate::manifests::hex(&Sha256::digest(text)).chars().take(PRINT).collect()
}

/// A workload whose running pods keep older values of what they read only when they start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stale {
    /// `Deployment shop/web`
    pub workload: String,
    pub config: Vec<StaleConfig>,
    /// Whether this deploy restarts it.
    pub restarts: bool,
    /// What to do where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An object and those of its keys that pods have older values of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StaleConfig {
    /// `ConfigMap web`
    pub object: String,
    pub keys: Vec<String>,
}

impl Stale {
    /// `next`: what to do; none where this deploy restarts it.
    #[must_use]
    pub fn new(workload: String, holding: &Holding, next: Option<String>) -> Self {
        let line = |text: &str| foreign_line(text, 100);
        let config = holding.iter().map(|(object, keys)| StaleConfig {
            object: line(&object.replacen('/', " ", 1)),
            keys: keys.keys().map(|key| line(key)).collect(),
        });
        Self { workload, config: config.collect(), restarts: next.is_none(), next }
    }

    /// For a reader.
    #[must_use]
    pub fn sentence(&self) -> String {
        let objects: Vec<String> = self.config.iter().map(StaleConfig::text).collect();
        let (workload, objects) = (&self.workload, objects.join(", "));
        match &self.next {
            None => format!("{workload} is restarted for {objects}, which its pods read only when they start"),
            Some(next) => {
                format!(
                    "{workload} keeps the old values of {objects}, which its pods read only when they start; {next}"
                )
            }
        }
    }
}

impl StaleConfig {
    /// `ConfigMap web (LEVEL, PORT)`
    fn text(&self) -> String {
        let shown = self.keys.iter().take(KEYS).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = match self.keys.len().saturating_sub(KEYS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{} ({shown}{more})", self.object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Case {
        name: String,
        pod: PodSpec,
        /// Objects before and after; `before` is missing for one that is made.
        revised: BTreeMap<String, Of>,
        #[serde(default)]
        noted: Holding,
        /// `ConfigMap/web: LEVEL PORT`
        holds: BTreeMap<String, String>,
    }

    #[derive(Deserialize)]
    struct Of {
        before: Option<Value>,
        after: Value,
    }

    #[test]
    fn pods_hold_what_they_read_when_they_started() {
        let cases: Vec<Case> = serde_yaml::from_str(include_str!("cases/stale.yaml")).expect("the cases");
        for Case { name, pod, revised, noted, holds } in cases {
            let revised = revised.into_iter().map(|(object, Of { before, after })| {
                (object, Revised { before: before.as_ref().map(values), after: values(&after) })
            });
            let held = holding(&pod, &revised.collect(), &noted);
            let keys = |keys: BTreeMap<String, String>| keys.into_keys().collect::<Vec<_>>().join(" ");
            let held: BTreeMap<String, String> = held.into_iter().map(|(object, of)| (object, keys(of))).collect();
            assert_eq!(held, holds, "{name}");
        }
    }

    /// What was noted is compared with what comes: pods that have the value already are not stale.
    #[rstest]
    #[case::the_value_that_pods_have("old", &[])]
    #[case::another_one("newest", &["LEVEL"])]
    fn a_value_that_comes_back_is_the_one_that_pods_have(#[case] after: &str, #[case] expected: &[&str]) {
        let pod: PodSpec = serde_json::from_value(
            json!({"containers": [{"name": "a", "envFrom": [{"configMapRef": {"name": "web"}}]}]}),
        )
        .expect("a pod");
        let revised = |before: &str, after: &str| {
            let of = |value: &str| values(&json!({"data": {"LEVEL": value}}));
            AllRevised::from([("ConfigMap/web".to_owned(), Revised { before: Some(of(before)), after: of(after) })])
        };
        let noted = holding(&pod, &revised("old", "new"), &Holding::new());
        let held = holding(&pod, &revised("new", after), &noted);
        assert_eq!(held.values().flat_map(BTreeMap::keys).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_note_is_about_the_pods_of_one_template_and_holds_no_value() {
        let template = json!({"spec": {"containers": []}});
        let pod: PodSpec = serde_json::from_value(json!({"containers": [{"name": "a", "envFrom": [
            {"configMapRef": {"name": "web"}}, {"secretRef": {"name": "db"}}]}]}))
        .expect("a pod");
        let revised = |key: &str| Revised {
            before: Some(Values::from([(key.to_owned(), "hunter2".to_owned())])),
            after: Values::new(),
        };
        let revised = AllRevised::from([
            ("ConfigMap/web".to_owned(), revised("LEVEL")),
            ("Secret/db".to_owned(), revised("PASSWORD")),
        ]);
        let note = Note::new(&template, holding(&pod, &revised, &Holding::new()));
        let text = json!(note).to_string();
        assert!(!text.contains("hunter2") && text.contains(r#""PASSWORD":"""#), "{text}");
        assert_eq!(Note::read(&text, &template), Some(note));
        assert_eq!(Note::read(&text, &json!({"spec": {"containers": [1]}})), None);
        assert_eq!(Note::read("{", &template), None);
    }

    #[test]
    fn it_is_said_with_what_to_do_and_is_safe_to_print() {
        let keys = ["A", "B", "C", "D", "E", "F\u{1b}[31m", "G"].map(|key| (key.to_owned(), String::new()));
        let holding = Holding::from([("ConfigMap/web".to_owned(), keys.into())]);
        let left = Stale::new("Deployment shop/web".to_owned(), &holding, Some("do this".to_owned()));
        assert_eq!(
            left.sentence(),
            "Deployment shop/web keeps the old values of ConfigMap web (A, B, C, D, E and 2 more), which its pods read only \
             when they start; do this"
        );
        assert!(left.config[0].keys.iter().all(|key| !key.contains('\u{1b}')));
        let restarted = Stale::new("Deployment shop/web".to_owned(), &holding, None);
        assert!(
            restarted.restarts && restarted.sentence().starts_with("Deployment shop/web is restarted for ConfigMap")
        );
    }
}
