//! Which watches a set needs: one for each kind and namespace, narrowed by the server where one selector can. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::manifests::{Manifest, WorkloadKind};
use crate::rollout::has_status;

/// More values than this make a selector that is longer than what it saves.
const VALUES: usize = 60;

/// What to watch in one namespace for the workloads of a set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cluster) struct Scope {
    /// The names of the workloads by kind.
    pub workloads: BTreeMap<String, BTreeSet<String>>,
    /// The labels that their pods bear; a pod that bears none of these is nobody's.
    pub labels: Vec<BTreeMap<String, String>>,
    /// Whether a pod may need a claim.
    pub claims: bool,
}

/// Objects of one kind whose status has to be waited for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cluster) struct Others {
    pub api_version: String,
    pub kind: String,
    pub resource: String,
    pub namespace: Option<String>,
    pub names: BTreeSet<String>,
}

/// The scopes by namespace, and what else has a status.
pub(in crate::cluster) fn of<'m>(
    manifests: impl IntoIterator<Item = &'m Manifest>,
) -> (BTreeMap<String, Scope>, Vec<Others>) {
    let mut scopes: BTreeMap<String, Scope> = BTreeMap::new();
    let mut others: BTreeMap<(String, String, Option<String>), Others> = BTreeMap::new();
    for manifest in manifests {
        let Manifest { api_version, kind, resource, name, namespace, body } = manifest;
        if WorkloadKind::of(api_version, kind).is_some() {
            // A schedule is in force as soon as it is written.
            if kind != "CronJob" {
                let scope = scopes.entry(namespace.clone().unwrap_or_default()).or_default();
                scope.workloads.entry(kind.clone()).or_default().insert(name.clone());
                scope.labels.extend(labels(kind, name, body));
                scope.claims |= needs_claims(kind, body);
            }
        } else if has_status(body) {
            let key = (api_version.clone(), kind.clone(), namespace.clone());
            let new = || Others {
                api_version: api_version.clone(),
                kind: kind.clone(),
                resource: resource.clone(),
                namespace: namespace.clone(),
                names: BTreeSet::new(),
            };
            others.entry(key).or_insert_with(new).names.insert(name.clone());
        }
    }
    (scopes, others.into_values().collect())
}

impl Scope {
    /// A label selector that lets through every pod of the set, and as few others as one selector can.
    pub fn selector(&self) -> Option<String> {
        if self.workloads.contains_key("Pod") {
            return None;
        }
        let (first, rest) = self.labels.split_first()?;
        if rest.is_empty() {
            let pairs: Vec<String> = first.iter().map(|(key, value)| format!("{key}={value}")).collect();
            return (!pairs.is_empty()).then(|| pairs.join(","));
        }
        let of = |key: &String| self.labels.iter().map(|labels| labels.get(key)).collect::<Option<BTreeSet<_>>>();
        let all: Vec<_> = first.keys().filter_map(|key| Some((key, of(key)?))).collect();
        let (key, values) = all.into_iter().max_by_key(|(_, values)| values.len())?;
        let values: Vec<&str> = values.into_iter().map(String::as_str).collect();
        (values.len() <= VALUES).then(|| format!("{key} in ({})", values.join(",")))
    }

    /// Whether a pod or ReplicaSet with these labels, or this pod by its name, may belong to the set.
    pub fn keeps(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        let bears =
            |wanted: &BTreeMap<String, String>| wanted.iter().all(|(key, value)| labels.get(key) == Some(value));
        self.labels.iter().any(bears) || self.workloads.get("Pod").is_some_and(|names| names.contains(name))
    }
}

/// The labels that its pods bear; what a selector says besides is left to their owners.
fn labels(kind: &str, name: &str, body: &Value) -> Option<BTreeMap<String, String>> {
    match kind {
        "Pod" => None,
        // The API server makes a Job's selector; this label is on the pods since Kubernetes 1.27.
        "Job" => Some([("batch.kubernetes.io/job-name".to_owned(), name.to_owned())].into()),
        _ => {
            let labels = body["spec"]["selector"]["matchLabels"].as_object();
            let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
            Some(labels.into_iter().flatten().filter_map(pair).collect())
        }
    }
}

fn needs_claims(kind: &str, body: &Value) -> bool {
    let pod = if kind == "Pod" { &body["spec"] } else { &body["spec"]["template"]["spec"] };
    let volumes = pod["volumes"].as_array();
    let is_claim = |volume: &Value| volume["persistentVolumeClaim"].is_object() || volume["ephemeral"].is_object();
    volumes.into_iter().flatten().any(is_claim) || body["spec"]["volumeClaimTemplates"].is_array()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest(api_version: &str, kind: &str, name: &str, spec: &Value) -> Manifest {
        let body = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec});
        let resource = format!("{}s", kind.to_lowercase());
        Manifest {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            resource,
            name: name.to_owned(),
            namespace: Some("shop".to_owned()),
            body,
        }
    }

    fn deployment(name: &str, labels: &Value) -> Manifest {
        manifest("apps/v1", "Deployment", name, &json!({"selector": {"matchLabels": labels}}))
    }

    fn only(manifests: &[Manifest]) -> Scope {
        let (mut scopes, others) = of(manifests);
        assert!(others.is_empty(), "{others:?}");
        scopes.remove("shop").expect("a scope")
    }

    #[test]
    fn one_workload_is_selected_by_its_own_labels() {
        let scope = only(&[deployment("api", &json!({"app": "api", "tier": "web"}))]);
        assert_eq!(scope.selector().as_deref(), Some("app=api,tier=web"));
    }

    #[test]
    fn several_are_selected_by_the_label_that_tells_them_apart() {
        let scope = only(&[
            deployment("api", &json!({"app": "api", "part-of": "shop"})),
            deployment("web", &json!({"app": "web", "part-of": "shop"})),
        ]);
        assert_eq!(scope.selector().as_deref(), Some("app in (api,web)"));
        let labels = |app: &str| [("app", app), ("part-of", "shop")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        assert!(scope.keeps("web-1", &labels("web")));
        assert!(!scope.keeps("cache-1", &labels("cache")));
    }

    #[test]
    fn what_no_selector_can_tell_is_told_here() {
        let scope = only(&[
            deployment("api", &json!({"app": "api"})),
            manifest("batch/v1", "Job", "seed", &json!({})),
            manifest("v1", "Pod", "shell", &json!({"volumes": [{"name": "d", "persistentVolumeClaim": {}}]})),
        ]);
        assert_eq!(scope.selector(), None);
        assert!(scope.claims);
        assert!(scope.keeps("shell", &BTreeMap::new()));
        let of_job = [("batch.kubernetes.io/job-name".to_owned(), "seed".to_owned())].into();
        assert!(scope.keeps("seed-1", &of_job));
        assert!(!scope.keeps("other", &BTreeMap::new()));
    }

    #[test]
    fn only_what_has_a_status_is_watched() {
        let (scopes, others) = of(&[
            manifest("v1", "ConfigMap", "a", &json!({})),
            manifest("v1", "Service", "inner", &json!({})),
            manifest("v1", "Service", "outer", &json!({"type": "LoadBalancer"})),
            manifest("v1", "Service", "outer2", &json!({"type": "LoadBalancer"})),
            manifest("batch/v1", "CronJob", "nightly", &json!({})),
            manifest("acme.io/v1", "Bucket", "images", &json!({})),
        ]);
        assert!(scopes.is_empty());
        let watched: Vec<_> = others.iter().map(|of| (of.kind.as_str(), of.names.len())).collect();
        assert_eq!(watched, [("Bucket", 1), ("Service", 2)]);
    }
}
