//! A Secret, a `ConfigMap` or a key that a pod refers to and that is not there.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Container;
use regex::{Captures, Regex};

use super::mounts::ConfigKind;
use crate::rollout::diagnosis::Proof;
use crate::rollout::model::{Graces, Lookup, LookupRecord, LookupResult, Remedy, Snapshot, newest_record};
use crate::rollout::text::escape;
use crate::text::{ascii_regex, nearest};

/// What an object refers to and is not there.
pub(in crate::rollout) struct MissingConfig<'m> {
    /// The words that say so.
    seen: Captures<'m>,
    kind: ConfigKind,
    name: String,
    key: Option<String>,
}

static OBJECT: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r#"(?i)\b(secret|configmap) "([^"]+)" not found"#));
static KEY: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"(?i)couldn't find key (\S+) in (secret|configmap) (?:[^\s/]+/)?(\S+)"));

/// Reads the kubelet's words (`pkg/kubelet/kubelet_pods.go` and the volume plugins share them).
pub(in crate::rollout) fn missing_config(message: &str) -> Option<MissingConfig<'_>> {
    let kind =
        |word: &str| if word.eq_ignore_ascii_case("secret") { ConfigKind::Secret } else { ConfigKind::ConfigMap };
    if let Some(found) = KEY.captures(message) {
        return Some(MissingConfig {
            kind: kind(&found[2]),
            name: found[3].to_owned(),
            key: Some(found[1].to_owned()),
            seen: found,
        });
    }
    let found = OBJECT.captures(message)?;
    Some(MissingConfig { kind: kind(&found[1]), name: found[2].to_owned(), key: None, seen: found })
}

impl<'m> MissingConfig<'m> {
    pub fn key_of_secret(seen: Captures<'m>, name: String, key: String) -> Self {
        Self { seen, kind: ConfigKind::Secret, name, key: Some(key) }
    }

    pub fn key_of_map(seen: Captures<'m>, name: String, key: String) -> Self {
        Self { seen, kind: ConfigKind::ConfigMap, name, key: Some(key) }
    }

    fn lookup(&self) -> Lookup {
        match self.kind {
            ConfigKind::Secret => Lookup::Secret(self.name.clone()),
            ConfigKind::ConfigMap => Lookup::ConfigMap(self.name.clone()),
        }
    }

    /// `key DB_URL of Secret payments-api`
    fn named(&self) -> String {
        let key = self.key.as_deref().map(|key| format!("key {} of ", escape(key))).unwrap_or_default();
        format!("{key}{} {}", self.kind, escape(&self.name))
    }

    /// `waits for key DB_URL of Secret payments-api`
    pub fn brief(&self) -> String {
        format!("waits for {}", self.named())
    }

    pub fn proof(&self, graces: &Graces, snapshot: &Snapshot) -> Proof {
        if snapshot.unfinished.iter().any(|other| may_bring(other)) {
            return Proof::Open("something else of the set, which may bring it, is on its way")
                .informed_by([self.lookup()]);
        }
        Proof::Confirmed { grace: graces.config, lookup: self.lookup(), key: self.key.clone() }
    }

    /// What is missing, and the command that fixes it, with the keys that the container takes from it.
    pub fn explain(
        &self,
        namespace: &str,
        lookups: &[LookupRecord],
        container: Option<&Container>,
    ) -> (String, Remedy) {
        let found = newest_record(lookups, &self.lookup()).map(|record| &record.result);
        if found.is_some_and(|found| found.is_there(self.key.as_deref())) {
            return (
                format!("{} was not there when the node looked", self.named()),
                Remedy::look("it is there now: the kubelet tries again by itself"),
            );
        }
        let (kind, resource) = (self.kind, self.kind.command());
        let data = if self.kind == ConfigKind::Secret { "stringData" } else { "data" };
        let (name, namespace) = (escape(&self.name), escape(namespace));
        let lacks = |key: &str| format!("{kind} {name} has no key {key}");
        let (what, remedy) = match (&self.key, found) {
            (Some(key), Some(LookupResult::Present(keys))) if !keys.is_empty() => {
                let near = nearest(key, keys.iter().map(String::as_str));
                let has = near.map_or_else(|| keys.join(", "), str::to_owned);
                let key = escape(key);
                let patch = patch(&namespace, resource, &name, data, &key);
                (
                    format!("{}; it has {}", lacks(&key), escape(&has)),
                    format!("correct the name of the key, or add it: {patch}"),
                )
            }
            (Some(key), _) => {
                let key = escape(key);
                (lacks(&key), format!("add it: {}", patch(&namespace, resource, &name, data, &key)))
            }
            (None, found) => {
                let near = match found {
                    Some(LookupResult::Absent(names)) => nearest(&self.name, names.iter().map(String::as_str)),
                    _ => None,
                };
                let there = near.map(|near| format!("; there is {}", escape(near))).unwrap_or_default();
                let generic = if self.kind == ConfigKind::Secret { " generic" } else { "" };
                (
                    format!("{kind} {name} does not exist in namespace {namespace}{there}"),
                    format!(
                        "create it: kubectl -n {namespace} create {resource}{generic} {name} {}",
                        self.literals(container)
                    ),
                )
            }
        };
        (what, Remedy::given(&self.seen, remedy))
    }

    /// What the container takes from it, as kubectl is told to make it.
    fn literals(&self, container: Option<&Container>) -> String {
        let variables = container.iter().flat_map(|container| container.env.iter().flatten());
        let sources = variables.filter_map(|variable| variable.value_from.as_ref());
        let keys: BTreeSet<&str> = sources
            .filter_map(|source| match self.kind {
                ConfigKind::Secret => source.secret_key_ref.as_ref().map(|from| (&from.name, &from.key)),
                ConfigKind::ConfigMap => source.config_map_key_ref.as_ref().map(|from| (&from.name, &from.key)),
            })
            .filter(|(name, _)| **name == self.name)
            .map(|(_, key)| key.as_str())
            .collect();
        if keys.is_empty() {
            return "--from-literal=KEY=VALUE".to_owned();
        }
        let literals: Vec<String> =
            keys.into_iter().map(|key| format!("--from-literal={}=VALUE", escape(key))).collect();
        literals.join(" ")
    }
}

fn patch(namespace: &str, resource: &str, name: &str, data: &str, key: &str) -> String {
    format!(r#"kubectl -n {namespace} patch {resource} {name} -p '{{"{data}":{{"{key}":"VALUE"}}}}'"#)
}

/// A Job, a custom resource such as an `ExternalSecret`; what runs for good waits for the same as a rule.
fn may_bring(other: &str) -> bool {
    const RUN_FOR_GOOD: [&str; 5] = ["Deployment ", "StatefulSet ", "DaemonSet ", "ReplicaSet ", "Pod "];
    !RUN_FOR_GOOD.iter().any(|kind| other.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"secret "payments-api" not found"#, ConfigKind::Secret, "payments-api", None)]
    #[case(r#"configmap "flags" not found"#, ConfigKind::ConfigMap, "flags", None)]
    #[case("couldn't find key DB_URL in Secret shop/payments-api", ConfigKind::Secret, "payments-api", Some("DB_URL"))]
    #[case("couldn't find key mode in ConfigMap shop/flags", ConfigKind::ConfigMap, "flags", Some("mode"))]
    fn the_kubelets_words_name_what_is_missing(
        #[case] message: &str,
        #[case] kind: ConfigKind,
        #[case] name: &str,
        #[case] key: Option<&str>,
    ) {
        let found = missing_config(message).expect("the kubelet's words");
        assert_eq!((found.kind, found.name.as_str(), found.key.as_deref()), (kind, name, key));
    }

    #[rstest]
    #[case::object(r#"secret "api" not found"#, "present: []")]
    #[case::key("couldn't find key DB_URL in Secret shop/api", "present: [DB_URL]")]
    fn what_came_meanwhile_is_not_made_again(#[case] message: &str, #[case] result: &str) {
        let records = format!("[{{lookup: {{secret: api}}, at: '1970-01-01T00:00:00Z', result: {{{result}}}}}]");
        let records: Vec<LookupRecord> = serde_yaml::from_str(&records).expect("a record");
        let (what, remedy) = missing_config(message).expect("the kubelet's words").explain("shop", &records, None);
        assert!(what.ends_with("was not there when the node looked"), "{what}");
        assert!(remedy.text().starts_with("it is there now"), "{}", remedy.text());
    }
}
