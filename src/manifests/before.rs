//! The migration: a Job that must have succeeded before anything of a changed service is written, and what it needs.
//!
//! Its identity and its policy are part of the service's set, so they go with the service; its Job and its config are
//! owned by that identity and go with it.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::context::Context;
use super::metadata::{BEFORE_SUFFIX, NAME_LABEL};
use super::model::Manifest;
use super::program::Program;
use super::{config_map, job, service_account};
use crate::spec::Before;

/// Seconds that it may take, its retries included.
const TIMEOUT: u32 = 600;
/// On the workload: the Job that ran before this revision of it.
pub const BEFORE: &str = "plat.dev/before";

/// What is applied and waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// Who it runs as. It owns the rest.
    pub account: Manifest,
    /// Written with the account, owned by nobody else.
    pub policy: Manifest,
    pub config: Option<Manifest>,
    pub job: Manifest,
}

impl Migration {
    /// What `before.patch` may change.
    pub(super) fn parts(&mut self) -> Vec<&mut Manifest> {
        [&mut self.account, &mut self.policy].into_iter().chain(&mut self.config).chain([&mut self.job]).collect()
    }

    /// All of it, in the order in which it is applied.
    #[must_use]
    pub fn manifests(self) -> Vec<Manifest> {
        [self.account, self.policy].into_iter().chain(self.config).chain([self.job]).collect()
    }
}

/// The Job has its final name only once the revision is known: see [`named`].
pub(super) fn render(context: &Context, before: &Before) -> Migration {
    let program = Program::of_before(context, before);
    let metadata = || context.before_metadata(context.before_name());
    Migration {
        account: service_account::of(metadata(), true),
        // Nobody calls it.
        policy: Manifest::of(&NetworkPolicy {
            metadata: metadata(),
            spec: Some(NetworkPolicySpec {
                pod_selector: Some(LabelSelector {
                    match_labels: Some([(NAME_LABEL.to_owned(), context.before_name())].into()),
                    ..LabelSelector::default()
                }),
                policy_types: Some(vec!["Ingress".to_owned()]),
                ..NetworkPolicySpec::default()
            }),
        }),
        config: config_map::of(&program, |name| context.before_metadata(name)),
        job: Manifest::of(&Job {
            metadata: metadata(),
            spec: Some(job::spec(&program, Some(before.timeout.unwrap_or(TIMEOUT)), before.retries)),
            ..Job::default()
        }),
    }
}

/// Names the Job after the revision it belongs to.
pub(super) fn named(mut migration: Migration, service: &str, revision: &str) -> Migration {
    let name = job::with_hash(service, BEFORE_SUFFIX, revision);
    migration.job.body["metadata"]["name"] = name.clone().into();
    migration.job.name = name;
    migration
}

impl Context<'_> {
    fn before_metadata(&self, name: String) -> ObjectMeta {
        let mut metadata = self.metadata_named(name);
        let labels = metadata.labels.get_or_insert_default();
        labels.insert(NAME_LABEL.to_owned(), self.before_name());
        labels.insert("app.kubernetes.io/part-of".to_owned(), self.spec.name.clone());
        metadata
    }
}
