//! Evidence that somebody put in the cluster for others: a Secret each, beside the revision that failed. It goes with
//! that revision, and with the service.

use futures::future::join_all;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, DeleteParams, ListParams};

use super::guard::WriteGuard;
use super::revisions;
use crate::bundle::Parcel;
use crate::bundle::parcel::EVIDENCE;
use crate::cluster::api::{MANAGER, Mode, describe, request};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::revision::{OF, REVISION};

/// Of one name, as many are kept that belong to no recorded revision; nothing else deletes them.
const KEPT: usize = 5;
/// As many are read at once.
const READ: usize = 10;

/// Whose evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    Service(&'a str),
    /// The beginning of the id of a run, or the name of a service.
    RunOrService(&'a str),
}

impl Whose<'_> {
    fn is(self, metadata: &ObjectMeta) -> bool {
        let label = |key: &str| metadata.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
        match self {
            Self::Service(name) => label(OF) == Some(name),
            Self::RunOrService(text) => {
                label(OF) == Some(text) || label(EVIDENCE).is_some_and(|run| run.starts_with(text))
            }
        }
    }
}

/// Puts it there; returns the name of the Secret. What was pushed of the same revision before is replaced.
///
/// # Errors
/// No right to write Secrets; no such namespace.
pub async fn push(cluster: &Cluster, guard: &WriteGuard, parcel: &Parcel) -> Result<String> {
    let summary = &parcel.summary;
    let revision = match summary.revision {
        Some(number) => {
            // What is not recorded any more would never be forgotten.
            let heads = revisions::heads(cluster, &summary.service).await.unwrap_or_default();
            heads.iter().any(|head| head.number == number).then_some(number)
        }
        None => None,
    };
    let secret = parcel.secret(&cluster.namespace, revision);
    guard.check().await?;
    let mode = Mode { manager: MANAGER, dry_run: false, take: true };
    match request::apply(cluster, &secret, mode).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.is_forbidden() => {
            return Err(Error::user(format!(
                "you are not allowed to write Secrets in namespace {}",
                cluster.namespace
            ))
            .at(cluster.place())
            .hint(format!("hand on the archive instead: plat evidence {} says where it is", summary.run))
            .reason(Reason::Forbidden)
            .because(kube::Error::Api(status)));
        }
        Err(error) => return Err(cluster.explain(error, &format!("push {}", describe(&secret)))),
    }
    if revision.is_none() {
        forget(cluster, secret.body["metadata"]["labels"][OF].as_str()).await;
    }
    Ok(secret.name)
}

/// Deletes the oldest that belong to no revision; what cannot be deleted now is deleted next time.
async fn forget(cluster: &Cluster, service: Option<&str>) {
    let of = service.map_or_else(|| format!("!{OF}"), |service| format!("{OF}={service}"));
    let selected = ListParams::default().labels(&format!("{EVIDENCE},!{REVISION},{of}"));
    let Ok(listed) = secrets(cluster).list_metadata(&selected).await else { return };
    let mut listed: Vec<ObjectMeta> = listed.items.into_iter().map(|item| item.metadata).collect();
    listed.sort_by_key(|metadata| std::cmp::Reverse(metadata.creation_timestamp.as_ref().map(|time| time.0)));
    for name in listed.into_iter().skip(KEPT).filter_map(|metadata| metadata.name) {
        let _ = secrets(cluster).delete(&name, &DeleteParams::default()).await;
    }
}

/// What was pushed, the newest first, each with the name of its Secret.
///
/// # Errors
/// When this user may not list Secrets.
pub async fn pushed(cluster: &Cluster, whose: Whose<'_>) -> Result<Vec<(String, Parcel)>> {
    let all = ListParams::default().labels(EVIDENCE);
    let listed = secrets(cluster).list_metadata(&all).await;
    let listed = listed.map_err(|error| cluster.explain(error, "list the evidence that was pushed"))?;
    let mut meant: Vec<ObjectMeta> =
        listed.items.into_iter().map(|item| item.metadata).filter(|metadata| whose.is(metadata)).collect();
    meant.sort_by_key(|metadata| std::cmp::Reverse(metadata.creation_timestamp.as_ref().map(|time| time.0)));
    let secrets = secrets(cluster);
    let read = meant.into_iter().take(READ).filter_map(|metadata| metadata.name).map(async |name| {
        let secret = secrets.get(&name).await.ok()?;
        Some((name, Parcel::read(&secret)?))
    });
    let mut read: Vec<(String, Parcel)> = join_all(read).await.into_iter().flatten().collect();
    read.sort_by_key(|(_, parcel)| std::cmp::Reverse(parcel.pushed.at));
    Ok(read)
}

fn secrets(cluster: &Cluster) -> Api<Secret> {
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}
