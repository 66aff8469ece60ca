//! Revisions in the cluster: written beside a deploy, listed by their metadata, read back for a rollback.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use futures::future::try_join_all;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::Selector;
use serde_json::json;

use super::guard::WriteGuard;
use crate::cluster::api::MANAGER;
use crate::cluster::connect::Cluster;
use crate::error::{Error, Result};
use crate::manifests::Manifest;
use crate::manifests::service_selector;
use crate::reason::Reason;
use crate::revision;
use crate::revision::{Head, OF, Outcome, REVISION, secret_name};

/// Number of attempts to find a number that nobody else has just used.
const ATTEMPTS: u64 = 5;

/// What is known of every revision of a service, in no order: one request, without their manifests.
///
/// # Errors
/// When this user may not list Secrets.
pub async fn heads(cluster: &Cluster, service: &str) -> Result<Vec<Head>> {
    let list = secrets(cluster).list_metadata(&ListParams::default().labels(&format!("{OF}={service}"))).await;
    let list = list.map_err(|e| cluster.explain(e, &format!("list the revisions of {service}")))?;
    Ok(list.items.iter().filter_map(|secret| revision::head(&secret.metadata)).collect())
}

/// The revisions of a service, for who may write them.
#[derive(Clone, Copy)]
pub struct Revisions<'a> {
    pub cluster: &'a Cluster,
    pub guard: &'a WriteGuard,
    pub service: &'a str,
}

impl Revisions<'_> {
    /// Records a revision under the next number; returns it with its number.
    ///
    /// # Errors
    /// A set too large to be kept, what the API server refuses, a lost lock.
    pub async fn begin(&self, known: &[Head], head: Head, manifests: &[impl Borrow<Manifest>]) -> Result<Head> {
        let Self { cluster, service, .. } = *self;
        let next = known.iter().map(|head| head.number).max().unwrap_or(0) + 1;
        let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        for number in next..next + ATTEMPTS {
            self.guard.check().await?;
            let head = Head { number, ..head.clone() };
            let encoded = revision::encode(service, &cluster.namespace, &head, manifests);
            let mut encoded = encoded.map_err(|e| Error::user(e.0).reason(Reason::TooLarge))?;
            let last = encoded.pop();
            let (api, params) = (secrets(cluster), &params);
            let parts = try_join_all(encoded.iter().map(|secret| api.create(params, secret))).await;
            let written = match (parts, &last) {
                (Ok(_), Some(last)) => api.create(params, last).await.map(drop),
                (Ok(_), None) => return Err(Error::bug("a revision without a Secret")),
                (Err(error), _) => Err(error),
            };
            match written {
                Ok(()) => return Ok(head),
                Err(kube::Error::Api(status)) if status.is_already_exists() => {}
                Err(error) => return Err(cluster.explain(error, &format!("record revision {number} of {service}"))),
            }
        }
        Err(Error::user(format!("revision {next} of {service} and those after it exist already"))
            .at(cluster.place())
            .reason(Reason::AlreadyExists))
    }

    /// Notes how a revision ended.
    ///
    /// # Errors
    /// When the API server refuses it; a lost lock.
    pub async fn end(&self, number: u64, outcome: Outcome, reason: Option<&Reason>) -> Result<()> {
        let Self { cluster, service, .. } = *self;
        self.guard.check().await?;
        let patch =
            json!({"metadata": {"annotations": {"plat.dev/outcome": outcome.word(), "plat.dev/reason": reason}}});
        let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let name = secret_name(service, number, 0);
        let sent = secrets(cluster).patch_metadata(&name, &params, &Patch::Merge(&patch)).await;
        sent.map(drop).map_err(|e| cluster.explain(e, &format!("note the outcome of revision {number} of {service}")))
    }

    /// Deletes revisions that are not kept any longer; what cannot be deleted now is deleted next time.
    ///
    /// # Errors
    /// A lost lock.
    pub async fn forget(&self, known: &[Head]) -> Result<()> {
        let Self { cluster, service, .. } = *self;
        let expired: Vec<String> = revision::expired(known).iter().map(u64::to_string).collect();
        if expired.is_empty() {
            return Ok(());
        }
        self.guard.check().await?;
        let selected = ListParams::default().labels(&format!("{OF}={service},{REVISION} in ({})", expired.join(",")));
        if let Err(error) = secrets(cluster).delete_collection(&DeleteParams::default(), &selected).await {
            tracing::info!("old revisions were not deleted: {error}");
        }
        Ok(())
    }
}

/// The manifests of a revision.
///
/// # Errors
/// When it is not there, or was changed by someone.
pub async fn manifests(cluster: &Cluster, service: &str, number: u64) -> Result<Vec<Manifest>> {
    let selected = ListParams::default().labels(&format!("{OF}={service},{REVISION}={number}"));
    let list = secrets(cluster).list(&selected).await;
    let list = list.map_err(|e| cluster.explain(e, &format!("read revision {number} of {service}")))?;
    revision::decode(&list.items).map_err(|e| {
        Error::user(format!("revision {number} of {service} cannot be restored: {}", e.0))
            .at(cluster.place())
            .hint("choose another one of: plat history")
            .reason(Reason::BrokenRevision)
    })
}

/// `namespace/name` of every `ConfigMap` that a rollback could need: those of the kept revisions, and those that the
/// Deployment's own `ReplicaSet`s refer to (`kubectl rollout undo`).
///
/// # Errors
/// When this user may not look: then nothing may be pruned.
pub async fn retained_config_maps(cluster: &Cluster, service: &str) -> Result<BTreeSet<String>> {
    let sets = Api::<ReplicaSet>::namespaced(cluster.client.clone(), &cluster.namespace);
    let deployments = Api::<Deployment>::namespaced(cluster.client.clone(), &cluster.namespace);
    let deployment = deployments.get_opt(service).await;
    let deployment = deployment.map_err(|e| cluster.explain(e, &format!("read Deployment {service}")))?;
    // One that was there before plat has a selector of its own.
    let own = deployment.and_then(|found| Selector::try_from(found.spec?.selector).ok()).map(|own| own.to_string());
    let labelled = ListParams::default().labels(&own.unwrap_or_else(|| service_selector(service)));
    let (known, sets) = futures::future::join(heads(cluster, service), sets.list(&labelled)).await;
    let known = known?;
    let sets = sets.map_err(|e| cluster.explain(e, &format!("list the ReplicaSets of {service}")))?;
    let expired = revision::expired(&known);
    let kept = known.into_iter().filter(|head| !expired.contains(&head.number)).flat_map(|head| head.config_maps);
    let pods = sets.items.into_iter().filter_map(|set| set.spec?.template?.spec);
    let referred = pods.flat_map(|pod| revision::referenced(&pod));
    Ok(kept.chain(referred.map(|name| format!("{}/{name}", cluster.namespace))).collect())
}

fn secrets(cluster: &Cluster) -> Api<Secret> {
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::connect::fake::Fake;

    fn head() -> Head {
        Head {
            number: 0,
            at: None,
            outcome: Outcome::InProgress,
            reason: None,
            who: None,
            commit: None,
            image: None,
            rendered: "ff".to_owned(),
            restores: None,
            run: None,
            chunks: 0,
            config_maps: BTreeSet::new(),
        }
    }

    #[tokio::test]
    async fn a_busy_server_loses_no_revision() {
        let fake = Fake::refusing(429).await;
        let guard = WriteGuard::unfenced("a test");
        let revisions = Revisions { cluster: &fake.cluster, guard: &guard, service: "shop" };
        let none: [Manifest; 0] = [];
        let begun = revisions.begin(&[], head(), &none).await.expect("a recorded revision");
        assert_eq!(begun.number, 1);
        assert_eq!(fake.requests(), ["POST /api/v1/namespaces/shop/secrets"; 2]);
        assert_eq!(fake.warnings().len(), 1);
    }
}
