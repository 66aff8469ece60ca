//! What can be known before anything is written. A refusal ends the deploy; what may still come only warns.

use std::collections::BTreeSet;

use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::api::{Api, PostParams};

use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::rollout::{Lookup, LookupResult};
use crate::spec::Spec;
use crate::text::nearest;

/// Asks the API server whether this user may apply a Deployment here, so that nobody waits for a build in vain.
///
/// # Errors
/// They are not allowed to, or the API server does not say.
pub async fn may_deploy(cluster: &Cluster) -> Result<()> {
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: Some("apps".to_owned()),
                resource: Some("deployments".to_owned()),
                verb: Some("patch".to_owned()),
                namespace: Some(cluster.namespace.clone()),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let reviews = Api::<SelfSubjectAccessReview>::all(cluster.client.clone());
    let review = reviews.create(&PostParams::default(), &review).await;
    let review = review.map_err(|e| cluster.explain(e, "ask what you may do"))?;
    if review.status.is_some_and(|status| status.allowed) {
        return Ok(());
    }
    let namespace = &cluster.namespace;
    Err(Error::user(format!("you are not allowed to deploy to namespace {namespace}; nothing was written"))
        .at(cluster.place())
        .detail("refused: patch deployments.apps")
        .hint(format!("ask for the right to it; see what you have: kubectl auth can-i --list -n {namespace}"))
        .hint("or choose another place with -n, --context or --env")
        .reason(Reason::Forbidden))
}

/// Warns about keys of the service's Secret that are not there yet. An operator may still create them, so the
/// rollout decides.
pub async fn secrets(cluster: &Cluster, spec: &Spec) {
    if spec.secrets.is_empty() {
        return;
    }
    let Some(answer) = inspect::answer(cluster, &Lookup::Secret(spec.name.clone())).await else { return };
    let secret = format!("Secret {}/{}", cluster.namespace, spec.name);
    match answer.result {
        LookupResult::Absent(_) => {
            let values: Vec<String> = spec.secrets.iter().map(|key| format!("--from-literal={key}=VALUE")).collect();
            cluster.events.warn(format!(
                "{secret} is not there, and pods cannot start before it is; create it: kubectl -n {} create secret generic {} {}",
                cluster.namespace,
                spec.name,
                values.join(" ")
            ));
        }
        LookupResult::Present(keys) => {
            let there: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
            for key in spec.secrets.iter().filter(|key| !there.contains(key.as_str())) {
                let near = nearest(key, there.iter().copied()).map(|near| format!("; it has {near}"));
                cluster.events.warn(format!("{secret} has no key {key}{}", near.unwrap_or_default()));
            }
        }
        _ => {}
    }
}
