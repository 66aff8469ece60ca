//! Which kinds there are: those built into every supported Kubernetes, and what discovery says about the others.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{Document, is_path_segment};
use crate::text::nearest;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    Cluster,
    Namespaced,
}

/// One kind and how it is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    pub api_version: String,
    pub kind: String,
    /// The plural of the URL.
    pub resource: String,
    pub scope: Scope,
}

/// Kinds beside the built-in ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinds(Vec<Kind>);

use Scope::{Cluster, Namespaced};

/// Kind, plural, scope.
type Line = (&'static str, &'static str, Scope);

/// Served by all supported minors; a test asks a real API server about each line. Kinds that cannot be applied
/// (reviews, bindings) are left out.
const BUILT_IN: &[(&str, &[Line])] = &[
    (
        "v1",
        &[
            ("ConfigMap", "configmaps", Namespaced),
            ("Endpoints", "endpoints", Namespaced),
            ("Event", "events", Namespaced),
            ("LimitRange", "limitranges", Namespaced),
            ("Namespace", "namespaces", Cluster),
            ("Node", "nodes", Cluster),
            ("PersistentVolume", "persistentvolumes", Cluster),
            ("PersistentVolumeClaim", "persistentvolumeclaims", Namespaced),
            ("Pod", "pods", Namespaced),
            ("PodTemplate", "podtemplates", Namespaced),
            ("ReplicationController", "replicationcontrollers", Namespaced),
            ("ResourceQuota", "resourcequotas", Namespaced),
            ("Secret", "secrets", Namespaced),
            ("Service", "services", Namespaced),
            ("ServiceAccount", "serviceaccounts", Namespaced),
        ],
    ),
    (
        "admissionregistration.k8s.io/v1",
        &[
            ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", Cluster),
            ("ValidatingAdmissionPolicy", "validatingadmissionpolicies", Cluster),
            ("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", Cluster),
            ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Cluster),
        ],
    ),
    ("apiextensions.k8s.io/v1", &[("CustomResourceDefinition", "customresourcedefinitions", Cluster)]),
    ("apiregistration.k8s.io/v1", &[("APIService", "apiservices", Cluster)]),
    (
        "apps/v1",
        &[
            ("ControllerRevision", "controllerrevisions", Namespaced),
            ("DaemonSet", "daemonsets", Namespaced),
            ("Deployment", "deployments", Namespaced),
            ("ReplicaSet", "replicasets", Namespaced),
            ("StatefulSet", "statefulsets", Namespaced),
        ],
    ),
    ("autoscaling/v1", &[("HorizontalPodAutoscaler", "horizontalpodautoscalers", Namespaced)]),
    ("autoscaling/v2", &[("HorizontalPodAutoscaler", "horizontalpodautoscalers", Namespaced)]),
    ("batch/v1", &[("CronJob", "cronjobs", Namespaced), ("Job", "jobs", Namespaced)]),
    ("certificates.k8s.io/v1", &[("CertificateSigningRequest", "certificatesigningrequests", Cluster)]),
    ("coordination.k8s.io/v1", &[("Lease", "leases", Namespaced)]),
    ("discovery.k8s.io/v1", &[("EndpointSlice", "endpointslices", Namespaced)]),
    ("events.k8s.io/v1", &[("Event", "events", Namespaced)]),
    (
        "flowcontrol.apiserver.k8s.io/v1",
        &[
            ("FlowSchema", "flowschemas", Cluster),
            ("PriorityLevelConfiguration", "prioritylevelconfigurations", Cluster),
        ],
    ),
    (
        "networking.k8s.io/v1",
        &[
            ("Ingress", "ingresses", Namespaced),
            ("IngressClass", "ingressclasses", Cluster),
            ("IPAddress", "ipaddresses", Cluster),
            ("NetworkPolicy", "networkpolicies", Namespaced),
            ("ServiceCIDR", "servicecidrs", Cluster),
        ],
    ),
    ("node.k8s.io/v1", &[("RuntimeClass", "runtimeclasses", Cluster)]),
    ("policy/v1", &[("PodDisruptionBudget", "poddisruptionbudgets", Namespaced)]),
    (
        "rbac.authorization.k8s.io/v1",
        &[
            ("ClusterRole", "clusterroles", Cluster),
            ("ClusterRoleBinding", "clusterrolebindings", Cluster),
            ("Role", "roles", Namespaced),
            ("RoleBinding", "rolebindings", Namespaced),
        ],
    ),
    ("scheduling.k8s.io/v1", &[("PriorityClass", "priorityclasses", Cluster)]),
    (
        "storage.k8s.io/v1",
        &[
            ("CSIDriver", "csidrivers", Cluster),
            ("CSINode", "csinodes", Cluster),
            ("CSIStorageCapacity", "csistoragecapacities", Namespaced),
            ("StorageClass", "storageclasses", Cluster),
            ("VolumeAttachment", "volumeattachments", Cluster),
        ],
    ),
];

/// All lines of the table.
pub fn built_in() -> impl Iterator<Item = Kind> {
    BUILT_IN.iter().flat_map(|(api_version, kinds)| {
        kinds.iter().map(|(kind, resource, scope)| Kind {
            api_version: (*api_version).to_owned(),
            kind: (*kind).to_owned(),
            resource: (*resource).to_owned(),
            scope: *scope,
        })
    })
}

impl Kinds {
    /// Out of an `APIGroupDiscoveryList` (`apidiscovery.k8s.io/v2`): the answer of `/apis` or `/api`. Only what can
    /// be applied.
    #[must_use]
    pub fn discovered(list: &Value) -> Self {
        let mut kinds = Vec::new();
        for group in array(&list["items"]) {
            let name = group["metadata"]["name"].as_str().unwrap_or_default();
            for version in array(&group["versions"]) {
                let number = version["version"].as_str().unwrap_or_default();
                let api_version = if name.is_empty() { number.to_owned() } else { format!("{name}/{number}") };
                kinds.extend(array(&version["resources"]).iter().filter_map(|resource| {
                    let applicable = array(&resource["verbs"]).iter().any(|verb| verb == "patch");
                    Some(Kind {
                        api_version: api_version.clone(),
                        kind: resource["responseKind"]["kind"].as_str().filter(|_| applicable)?.to_owned(),
                        resource: resource["resource"].as_str()?.to_owned(),
                        scope: if resource["scope"] == "Cluster" { Cluster } else { Namespaced },
                    })
                }));
            }
        }
        Self(kinds)
    }

    /// What the `CustomResourceDefinitions` among the documents define.
    #[must_use]
    pub fn defined(documents: &[Document]) -> Self {
        let definitions = documents.iter().filter(|document| document.kind == "CustomResourceDefinition");
        let kinds = definitions.flat_map(|definition| {
            let spec = &definition.body["spec"];
            array(&spec["versions"]).iter().filter_map(|version| {
                Some(Kind {
                    api_version: format!("{}/{}", spec["group"].as_str()?, version["name"].as_str()?),
                    kind: spec["names"]["kind"].as_str()?.to_owned(),
                    // It becomes a part of URLs.
                    resource: spec["names"]["plural"].as_str().filter(|plural| is_path_segment(plural))?.to_owned(),
                    scope: if spec["scope"] == "Cluster" { Cluster } else { Namespaced },
                })
            })
        });
        Self(kinds.collect())
    }

    /// One that is known from elsewhere.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self(vec![kind])
    }

    /// These and others.
    pub fn add(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The kind, built in or not.
    #[must_use]
    pub fn find(&self, api_version: &str, kind: &str) -> Option<Kind> {
        let is = |candidate: &Kind| candidate.api_version == api_version && candidate.kind == kind;
        built_in().find(is).or_else(|| self.0.iter().find(|candidate| is(candidate)).cloned())
    }

    /// What a reader probably meant by a kind that is not there: another version of it, else a similar word. As
    /// `apiVersion kind`.
    #[must_use]
    pub fn nearest(&self, api_version: &str, kind: &str) -> Option<String> {
        let all: Vec<Kind> = built_in().chain(self.0.iter().cloned()).collect();
        let group = |api_version: &str| api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        let same = |candidate: &&Kind| candidate.kind == kind;
        let found = all
            .iter()
            .filter(same)
            .find(|candidate| group(&candidate.api_version) == group(api_version))
            .or_else(|| all.iter().find(same))
            .or_else(|| {
                let near = nearest(kind, all.iter().map(|candidate| candidate.kind.as_str()))?;
                all.iter().find(|candidate| candidate.kind == near)
            })?;
        Some(format!("{} {}", found.api_version, found.kind))
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn discovery() -> Value {
        json!({"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "example.com"}, "versions": [
            {"version": "v1", "resources": [
                {"resource": "widgets", "responseKind": {"kind": "Widget"}, "scope": "Namespaced", "verbs": ["get", "patch"],
                 "subresources": [{"subresource": "status"}]},
                {"resource": "reviews", "responseKind": {"kind": "Review"}, "scope": "Cluster", "verbs": ["create"]}]}]}]})
    }

    #[test]
    fn discovery_names_what_can_be_applied() {
        let kinds = Kinds::discovered(&discovery());
        let widget = kinds.find("example.com/v1", "Widget").expect("it is in the answer");
        assert_eq!((widget.resource.as_str(), widget.scope), ("widgets", Namespaced));
        assert_eq!(kinds.find("example.com/v1", "Review"), None);
    }

    #[rstest]
    #[case("example.com/v1beta1", "Widget", Some("example.com/v1 Widget"))]
    #[case("example.com/v1", "Widgets", Some("example.com/v1 Widget"))]
    #[case("batch/v1beta1", "CronJob", Some("batch/v1 CronJob"))]
    #[case("v1", "Deploymnet", Some("apps/v1 Deployment"))]
    #[case("v1", "Zzz", None)]
    fn an_unknown_kind_is_told_what_is_near(
        #[case] api_version: &str,
        #[case] kind: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(Kinds::discovered(&discovery()).nearest(api_version, kind).as_deref(), expected);
    }
}
