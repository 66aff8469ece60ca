//! A rendered object, and what the objects of a service are made from beside plat.yaml.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::spec::{GatewayName, User};

/// One rendered object, with what is needed to address it without asking the API server for discovery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub api_version: String,
    pub kind: String,
    /// The plural of the URL, such as `deployments`.
    pub resource: String,
    pub name: String,
    /// None for a cluster-scoped object.
    pub namespace: Option<String>,
    pub body: Value,
}

/// `Deployment shop/payments-api`; without a namespace `Namespace shop`.
#[must_use]
pub fn describe(kind: &str, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

impl Manifest {
    /// `Deployment shop/payments-api`
    #[must_use]
    pub fn describe(&self) -> String {
        describe(&self.kind, self.namespace.as_deref(), &self.name)
    }

    /// As a command line names it: `deployment/payments-api -n shop`.
    #[must_use]
    pub fn argument(&self) -> String {
        format!("{}/{}{}", self.kind.to_lowercase(), self.name, self.namespace_argument())
    }

    /// ` -n shop`; empty for a cluster-scoped object.
    #[must_use]
    pub fn namespace_argument(&self) -> String {
        self.namespace.as_ref().map(|name| format!(" -n {name}")).unwrap_or_default()
    }

    /// Whether it runs pods, of what plat renders.
    pub(super) fn is_workload(&self) -> bool {
        matches!(self.kind.as_str(), "Deployment" | "CronJob" | "Job")
    }

    /// Wraps a typed object.
    ///
    /// # Panics
    /// When the object has no name: a bug of the caller.
    pub fn of<K>(object: &K) -> Self
    where
        K: k8s_openapi::Resource + k8s_openapi::Metadata<Ty = ObjectMeta> + Serialize,
    {
        let metadata = object.metadata();
        Self {
            api_version: K::API_VERSION.to_owned(),
            kind: K::KIND.to_owned(),
            resource: K::URL_PATH_SEGMENT.to_owned(),
            name: metadata.name.clone().expect("every rendered object is named"),
            namespace: metadata.namespace.clone(),
            body: serde_json::to_value(object).expect("Kubernetes types are plain JSON"),
        }
    }
}

/// What the manifests need beside plat.yaml.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    pub namespace: String,
    /// Pinned by digest: `registry/name@sha256:…`.
    pub image: String,
    /// Whom the image says that it runs as, where that is a number other than root's.
    pub user: Option<User>,
    /// Contents of the files of `config`, by path as plat.yaml writes it.
    pub files: BTreeMap<String, String>,
    pub provenance: Provenance,
    /// The Gateway that the cluster has for routes, where plat.yaml leaves the choice to it.
    pub gateway: Option<GatewayName>,
    /// Stands for the Secret as it is now, with `restartOn: secrets`: another text restarts the pods. It is readable for
    /// everybody who may see a pod, so it is made of nothing secret.
    pub secret: Option<String>,
    /// The image of `before`, where it has one of its own; pinned as [`Self::image`].
    pub before_image: Option<String>,
    /// Whom [`Self::before_image`] runs as, as [`Self::user`].
    pub before_user: Option<User>,
    /// The objects of `extra`.
    pub extra: Vec<Manifest>,
}

/// Where a deploy came from. Kept in annotations of the objects, never of the pod template: a new commit alone
/// must not restart pods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    pub repository: Option<String>,
    pub commit: Option<String>,
    pub deployer: Option<String>,
}
