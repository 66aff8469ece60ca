//! The container cannot be created from its configuration: a Secret, `ConfigMap` or key is missing, or it runs as root.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Container;
use regex::Regex;

use super::{Doom, Symptom};
use crate::rollout::ask::{self, Answer, Ask, Found};
use crate::rollout::events;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::ContainerView;
use crate::text::nearest;

/// kubelet's `CreateContainerConfigError`: environment from Secrets and `ConfigMap`s, security context.
pub(super) fn config_error(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let reason @ ("CreateContainerConfigError" | "CreateContainerError") = container.waiting_reason() else {
        return None;
    };
    let waiting = container.waiting().and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
    let event = || container.event("Failed").map(events::message).unwrap_or_default();
    let message = if waiting.is_empty() { event() } else { waiting };
    let missing = missing(message);
    let (what, hint, doom) = match &missing {
        Some(missing) => {
            let (what, hint) = missing.explain(container.namespace(), &container.snapshot.answers);
            (what, missing.with_keys(&hint, container.spec), missing.doom(graces))
        }
        None if message.contains("non-root") || message.contains("runAsNonRoot") => {
            let (what, hint) = root(container, message);
            (what, hint, Doom::After(graces.config))
        }
        // The kubelet's caches may need a moment: "failed to sync secret cache: timed out waiting for the condition".
        None if message.contains("failed to sync") => (
            format!("{} waits for the node to read its configuration", container.title()),
            "nothing yet: the kubelet tries again by itself".to_owned(),
            Doom::Open,
        ),
        None => (
            format!("{} cannot be created", container.title()),
            format!("see all events: kubectl -n {} describe pod", word(container.namespace())),
            Doom::After(graces.config),
        ),
    };
    let evidence = vec![line(message)];
    let state_text = missing.map_or_else(|| what.clone(), |missing| missing.brief());
    let finding = Finding { reason: reason.to_owned(), what, object: container.object(), evidence, hint };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}

static NAMED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"non-numeric user \(([^)]*)\)").expect("a literal pattern"));

/// `pkg/kubelet/kuberuntime/security_context.go`, `verifyRunAsNonRoot`.
fn root(container: &ContainerView, message: &str) -> (String, String) {
    let title = container.title();
    if let Some(found) = NAMED.captures(message) {
        let user = word(&found[1]);
        return (
            format!("{title} runs as the user \"{user}\" of its image; runAsNonRoot cannot tell whether that is root"),
            format!(
                "write the number: `USER 10001` in the image instead of `USER {user}`, or runAsUser in the securityContext"
            ),
        );
    }
    if message.contains("runAsUser breaks") {
        return (
            format!("{title} has runAsUser 0, which is root, and runAsNonRoot forbids it"),
            "set runAsUser to the number of another user, such as 10001".to_owned(),
        );
    }
    (
        format!("{title} would run as root, which runAsNonRoot forbids"),
        "set a numeric user in the image (`USER 10001`), or runAsUser in the securityContext".to_owned(),
    )
}

/// What an object refers to and is not there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    kind: Kind,
    name: String,
    key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secret,
    ConfigMap,
}

impl Kind {
    /// As people write it, and as kubectl does.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Secret => ("Secret", "secret"),
            Self::ConfigMap => ("ConfigMap", "configmap"),
        }
    }
}

static OBJECT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?i)\b(secret|configmap) "([^"]+)" not found"#).expect("a literal pattern"));
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)couldn't find key (\S+) in (secret|configmap) (?:[^\s/]+/)?(\S+)").expect("a literal pattern")
});

/// Reads the kubelet's words (`pkg/kubelet/kubelet_pods.go` and the volume plugins share them).
pub(super) fn missing(message: &str) -> Option<Missing> {
    let kind = |word: &str| if word.eq_ignore_ascii_case("secret") { Kind::Secret } else { Kind::ConfigMap };
    if let Some(found) = KEY.captures(message) {
        return Some(Missing { kind: kind(&found[2]), name: found[3].to_owned(), key: Some(found[1].to_owned()) });
    }
    let found = OBJECT.captures(message)?;
    Some(Missing { kind: kind(&found[1]), name: found[2].to_owned(), key: None })
}

impl Missing {
    pub fn key_of_secret(name: String, key: String) -> Self {
        Self { kind: Kind::Secret, name, key: Some(key) }
    }

    pub fn key_of_map(name: String, key: String) -> Self {
        Self { kind: Kind::ConfigMap, name, key: Some(key) }
    }

    fn ask(&self) -> Ask {
        match self.kind {
            Kind::Secret => Ask::Secret(self.name.clone()),
            Kind::ConfigMap => Ask::ConfigMap(self.name.clone()),
        }
    }

    /// `waits for key DB_URL of Secret payments-api`
    pub fn brief(&self) -> String {
        let key = self.key.as_deref().map(|key| format!("key {} of ", word(key))).unwrap_or_default();
        format!("waits for {key}{} {}", self.kind.words().0, word(&self.name))
    }

    pub fn doom(&self, graces: &Graces) -> Doom {
        Doom::Confirmed { grace: graces.config, ask: self.ask(), key: self.key.clone() }
    }

    /// What is missing, and the command that mends it.
    pub fn explain(&self, namespace: &str, answers: &[Answer]) -> (String, String) {
        let found = ask::newest(answers, &self.ask()).map(|answer| &answer.found);
        let (kind, resource) = self.kind.words();
        let data = if self.kind == Kind::Secret { "stringData" } else { "data" };
        let (name, namespace) = (word(&self.name), word(namespace));
        match (&self.key, found) {
            (Some(key), Some(Found::Present(keys))) if !keys.is_empty() => {
                let near = nearest(key, keys.iter().map(String::as_str));
                let has = near.map_or_else(|| keys.join(", "), str::to_owned);
                let key = word(key);
                (
                    format!("{kind} {name} has no key {key}; it has {}", word(&has)),
                    format!(
                        "correct the name in plat.yaml, or add the key: {}",
                        patch(&namespace, resource, &name, data, &key)
                    ),
                )
            }
            (Some(key), _) => {
                let key = word(key);
                (
                    format!("{kind} {name} has no key {key}"),
                    format!("add it: {}", patch(&namespace, resource, &name, data, &key)),
                )
            }
            (None, found) => {
                let near = match found {
                    Some(Found::Absent(names)) => nearest(&self.name, names.iter().map(String::as_str)),
                    _ => None,
                };
                let there = near.map(|near| format!("; there is {}", word(near))).unwrap_or_default();
                let generic = if self.kind == Kind::Secret { " generic" } else { "" };
                (
                    format!("{kind} {name} does not exist in namespace {namespace}{there}"),
                    format!(
                        "create it: kubectl -n {namespace} create {resource}{generic} {name} --from-literal=KEY=VALUE"
                    ),
                )
            }
        }
    }
}

impl Missing {
    /// The command that creates it, with the keys that the container takes from it.
    fn with_keys(&self, hint: &str, container: &Container) -> String {
        let sources = container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref());
        let keys: BTreeSet<&str> = sources
            .filter_map(|source| match self.kind {
                Kind::Secret => source.secret_key_ref.as_ref().map(|from| (&from.name, &from.key)),
                Kind::ConfigMap => source.config_map_key_ref.as_ref().map(|from| (&from.name, &from.key)),
            })
            .filter(|(name, _)| **name == self.name)
            .map(|(_, key)| key.as_str())
            .collect();
        if keys.is_empty() {
            return hint.to_owned();
        }
        let literals: Vec<String> = keys.into_iter().map(|key| format!("--from-literal={}=VALUE", word(key))).collect();
        hint.replace("--from-literal=KEY=VALUE", &literals.join(" "))
    }
}

fn patch(namespace: &str, resource: &str, name: &str, data: &str, key: &str) -> String {
    format!(r#"kubectl -n {namespace} patch {resource} {name} -p '{{"{data}":{{"{key}":"VALUE"}}}}'"#)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"secret "payments-api" not found"#, Kind::Secret, "payments-api", None)]
    #[case(r#"configmap "flags" not found"#, Kind::ConfigMap, "flags", None)]
    #[case("couldn't find key DB_URL in Secret shop/payments-api", Kind::Secret, "payments-api", Some("DB_URL"))]
    #[case("couldn't find key mode in ConfigMap shop/flags", Kind::ConfigMap, "flags", Some("mode"))]
    fn the_kubelets_words_name_what_is_missing(
        #[case] message: &str,
        #[case] kind: Kind,
        #[case] name: &str,
        #[case] key: Option<&str>,
    ) {
        let expected = Missing { kind, name: name.to_owned(), key: key.map(str::to_owned) };
        assert_eq!(missing(message), Some(expected));
    }
}
