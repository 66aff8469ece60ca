//! What keeps an object that is being deleted: its finalizers, and who takes each off.

use serde_json::Value;

use crate::rollout::text::escape;

/// Those of Kubernetes itself, and what each waits for. Sources: `k8s.io/api` and `k8s.io/kubernetes/pkg/controller`.
const KNOWN: [(&str, &str); 9] = [
    ("foregroundDeletion", "until all that it owns is gone"),
    ("orphan", "until what it owns is released"),
    ("kubernetes.io/pvc-protection", "until no pod uses it"),
    ("kubernetes.io/pv-protection", "until no claim is bound to it"),
    ("batch.kubernetes.io/job-tracking", "until the Job controller has counted it"),
    ("service.kubernetes.io/load-balancer-cleanup", "until the cloud's load balancer is gone"),
    ("customresourcecleanup.apiextensions.k8s.io", "until all objects of its kind are gone"),
    ("external-provisioner.volume.kubernetes.io/finalizer", "until the storage driver has deleted the volume"),
    ("kubernetes", "until all that is in it is gone"),
];

/// One line for each finalizer, such as `finalizer kubernetes.io/pvc-protection: until no pod uses it`.
#[must_use]
pub fn finalizers(object: &Value) -> Vec<String> {
    // Those of a Namespace's contents stand in its spec.
    let lists = [&object["metadata"]["finalizers"], &object["spec"]["finalizers"]];
    let names = lists.into_iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    names.map(line).collect()
}

fn line(name: &str) -> String {
    let known = KNOWN.iter().find(|(known, _)| *known == name).map(|(_, until)| (*until).to_owned());
    let until = known.unwrap_or_else(|| match name.split_once('/') {
        Some((owner, _)) => format!("until the controller of {} takes it off", escape(owner)),
        None => "until whoever set it takes it off".to_owned(),
    });
    format!("finalizer {}: {until}", escape(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::known("kubernetes.io/pvc-protection", "finalizer kubernetes.io/pvc-protection: until no pod uses it")]
    #[case::a_controllers(
        "example.com/hold",
        "finalizer example.com/hold: until the controller of example.com takes it off"
    )]
    #[case::nobody_says_whose("hold", "finalizer hold: until whoever set it takes it off")]
    #[case::hostile("a\u{1b}[31m/b", "finalizer a\\u{1b}[31m/b: until the controller of a\\u{1b}[31m takes it off")]
    fn each_finalizer_says_whom_it_waits_for(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(finalizers(&json!({"metadata": {"finalizers": [name]}})), [expected]);
    }

    #[test]
    fn a_namespace_is_held_by_its_contents() {
        let namespace = json!({"metadata": {}, "spec": {"finalizers": ["kubernetes"]}});
        assert_eq!(finalizers(&namespace), ["finalizer kubernetes: until all that is in it is gone"]);
        assert!(finalizers(&json!({"metadata": {"name": "free"}})).is_empty());
    }
}
