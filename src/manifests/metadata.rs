//! Names, labels and annotations that all kinds share.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::context::Context;
use super::model::Provenance;

/// The one label that selects a service's pods. A Deployment's selector is immutable, so nothing that can change is
/// ever part of it.
pub const NAME_LABEL: &str = "app.kubernetes.io/name";

/// Selects what belongs to a service, as a query writes it.
#[must_use]
pub fn service_selector(name: &str) -> String {
    format!("{NAME_LABEL}={name}")
}
/// What `app.kubernetes.io/managed-by` says, and the field manager of server-side apply.
pub const MANAGED_BY: &str = "plat";
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
pub(super) const MANAGED: (&str, &str) = (MANAGED_BY_LABEL, MANAGED_BY);

/// Annotations that change with who deploys what from where, while what runs stays the same.
pub(super) const PROVENANCE: [&str; 3] = ["plat.dev/repository", "plat.dev/commit", "plat.dev/deployer"];

/// Of the name of the migration and of what belongs to it.
pub(super) const BEFORE_SUFFIX: &str = "-before";

type Strings = BTreeMap<String, String>;

impl Context<'_> {
    pub(super) fn metadata(&self) -> ObjectMeta {
        self.metadata_named(self.spec.name.clone())
    }

    pub(super) fn metadata_named(&self, name: String) -> ObjectMeta {
        let annotations = self.annotations();
        ObjectMeta {
            name: Some(name),
            namespace: Some(self.inputs.namespace.clone()),
            labels: Some(self.labels()),
            annotations: (!annotations.is_empty()).then_some(annotations),
            ..ObjectMeta::default()
        }
    }

    /// Of the migration: another name than the service's, whose selector must not find a pod that answers nobody.
    pub(super) fn before_name(&self) -> String {
        format!("{}{BEFORE_SUFFIX}", self.spec.name)
    }

    /// Labels of every object and of the pods. None changes from one deploy to the next: a changed label of the pod
    /// template would restart the pods.
    pub(super) fn labels(&self) -> Strings {
        [(NAME_LABEL, self.spec.name.as_str()), MANAGED]
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    /// What selects the pods: plat's own label, or what selected them before plat.
    pub(super) fn pod_labels(&self) -> Strings {
        if self.spec.selector.is_empty() {
            return Strings::from([(NAME_LABEL.to_owned(), self.spec.name.clone())]);
        }
        self.spec.selector.clone()
    }

    pub(super) fn selector(&self) -> LabelSelector {
        LabelSelector { match_labels: Some(self.pod_labels()), ..LabelSelector::default() }
    }

    fn annotations(&self) -> Strings {
        let Provenance { repository, commit, deployer } = &self.inputs.provenance;
        PROVENANCE
            .into_iter()
            .zip([repository, commit, deployer])
            .chain([("plat.dev/owner", &self.spec.owner)])
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
            .collect()
    }
}
