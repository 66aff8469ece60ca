//! What the server says about one object before anything is written.

use std::sync::Arc;

use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::adopt;
use super::conflict::{self, Takes};
use super::resolve::{self, Decisions};
use crate::cluster::api::{MANAGER, Mode, Reply, describe, request};
use crate::cluster::applyset::Set;
use crate::cluster::connect::Cluster;
use crate::diff::managed;
use crate::error::{Error, Result};
use crate::manifests::Manifest;

pub(in crate::cluster) const DRY_RUN: Mode = Mode { manager: MANAGER, dry_run: true, take: false };

/// One object and what the server says about it.
pub(in crate::cluster) struct Asked {
    /// As it will be applied: without the fields that stay with someone else.
    pub manifest: Arc<Manifest>,
    /// The object as it would be; none where the server cannot say.
    pub planned: Option<Value>,
    /// The object as it is. Read only where something may change.
    pub live: Option<Value>,
    /// Why the server cannot say.
    pub missing: Option<Missing>,
    /// What becomes of the fields that someone else has set.
    pub decisions: Decisions,
    /// The fields that a declarative tool holds become plat's first.
    pub adopts: bool,
}

/// What has to be there before the server can say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Missing {
    Namespace,
    /// The definition of a custom resource that is in the same set.
    Kind,
    /// A webhook that can do dry runs.
    DryRun,
}

/// The server's no.
pub(in crate::cluster) struct Refused {
    pub manifest: Arc<Manifest>,
    /// `apply` or `read`
    pub doing: &'static str,
    pub error: kube::Error,
}

impl Refused {
    /// Whether another definition of its kind may change the server's mind: unknown kind, unknown or invalid field.
    pub fn is_about_kind(&self) -> bool {
        matches!(&self.error, kube::Error::Api(status) if matches!(status.code, 400 | 404 | 422))
    }
}

impl Asked {
    /// The server cannot say anything yet.
    pub fn unknown(manifest: Arc<Manifest>, missing: Missing) -> Self {
        Self {
            manifest,
            planned: None,
            live: None,
            missing: Some(missing),
            decisions: Decisions::default(),
            adopts: false,
        }
    }

    /// The object is as it is wanted.
    pub fn settled(manifest: Arc<Manifest>, object: Value) -> Self {
        let decisions = Decisions::default();
        Self { manifest, planned: Some(object), live: None, missing: None, decisions, adopts: false }
    }

    /// Whether it is in the cluster now.
    pub fn exists(&self) -> bool {
        let version = |object: &Value| !object["metadata"]["resourceVersion"].is_null();
        self.live.is_some() || self.planned.as_ref().is_some_and(version)
    }
}

/// When the object itself is read, beside its dry run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Reads {
    /// In the same round.
    Ahead,
    /// Once something may change.
    WhereNeeded,
}

/// Asks all about one object: a dry run, and the object itself where something may change. `set`: the id of the set
/// that it belongs to.
pub(in crate::cluster) async fn ask(
    cluster: &Cluster,
    manifest: Arc<Manifest>,
    reads: Reads,
    takes: &Takes,
    set: Option<&str>,
) -> Result<Asked, Refused> {
    let read = async |wanted: bool| {
        let refused = |error| Refused { manifest: Arc::clone(&manifest), doing: "read", error };
        if wanted { request::get(cluster, &manifest).await.map_err(refused) } else { Ok(None) }
    };
    let unknown = |missing| Asked::unknown(Arc::clone(&manifest), missing);
    let questions = join(read(reads == Reads::Ahead || takes.adopt), request::apply(cluster, &manifest, DRY_RUN));
    let (live, reply) = Box::pin(questions).await;
    let (planned, live, status) = match reply {
        Ok(Reply { mut object, began }) => {
            let (made, before) = (object["metadata"]["resourceVersion"].is_null(), live?);
            let live = if made || before.is_some() { before } else { read(may_change(&object, began)).await? };
            if live.is_none() {
                slim(&mut object);
            }
            (Some(object), live, None)
        }
        Err(kube::Error::Api(status)) if conflict::is_conflict(&status) => {
            let live = match live? {
                Some(live) => Some(live),
                None => read(true).await?,
            };
            (None, live, Some(status))
        }
        Err(error) if names_missing_namespace(&error) => return Ok(unknown(Missing::Namespace)),
        Err(error) if cannot_dry_run(&error) => {
            return Ok(Asked { live: read(true).await?, ..unknown(Missing::DryRun) });
        }
        Err(error) => return Err(Refused { manifest: Arc::clone(&manifest), doing: "apply", error }),
    };
    let adopts = takes.adopt && live.as_ref().is_some_and(adopt::is_needed);
    let mut asked = Asked { manifest, planned, live, missing: None, decisions: Decisions::default(), adopts };
    resolve::decide(cluster, &mut asked, status.as_deref(), takes, set).await?;
    if asked.adopts {
        adopt::foresee(cluster, &mut asked).await;
    }
    Ok(asked)
}

/// The same about what is only made where it is missing: one that is there stays as it is.
pub(in crate::cluster) async fn spare(
    cluster: &Cluster,
    manifest: Arc<Manifest>,
    takes: &Takes,
    set: Option<&str>,
) -> Result<Asked, Refused> {
    match request::get(cluster, &manifest).await {
        Ok(Some(object)) => Ok(Asked::settled(manifest, object)),
        Ok(None) => ask(cluster, manifest, Reads::WhereNeeded, takes, set).await,
        Err(error) => Err(Refused { manifest, doing: "read", error }),
    }
}

/// Whether the cluster's namespace is to be created; any other must be there or in the set.
pub(in crate::cluster) fn missing_namespace(cluster: &Cluster, set: &Set, asked: &[Asked]) -> Result<bool> {
    let mut ours = false;
    for asked in asked.iter().filter(|asked| asked.missing == Some(Missing::Namespace)) {
        // What is noted about a set is in that namespace, so it is there before anything else.
        let is_made = |name: &&str| set.makes_namespace(name) && (set.name.is_none() || *name != cluster.namespace);
        let Some(name) = asked.manifest.namespace.as_deref().filter(|name| !is_made(name)) else { continue };
        if name != cluster.namespace {
            return Err(Error::user(format!("namespace {name} does not exist"))
                .at(describe(&asked.manifest))
                .detail("the object names it itself, and no manifest creates it")
                .hint(format!("create it: kubectl create namespace {name}; or add its manifest"))
                .hint("nothing was written")
                .reason("NamespaceMissing"));
        }
        ours = true;
    }
    Ok(ours)
}

/// Drops the larger half of an object: who owns which field, and contents that no verdict looks at. Many are kept at
/// once.
pub(in crate::cluster) fn slim(object: &mut Value) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("managedFields");
    }
    if let (true, Some(fields)) = (object["kind"] == "ConfigMap" || object["kind"] == "Secret", object.as_object_mut())
    {
        fields.retain(|field, _| !field.to_ascii_lowercase().ends_with("data") || field == "metadata");
    }
}

/// Whether the apply might write something. When it changes nothing, the server leaves the time of plat's last write
/// as it was; when it does, that time is now. Whole seconds, so a write of this very moment counts as a change.
fn may_change(planned: &Value, began: Option<Timestamp>) -> bool {
    let written =
        ours(planned).and_then(|entry| entry["time"].as_str()).and_then(|time| time.parse::<Timestamp>().ok());
    match (written, began.and_then(|began| began.checked_sub(SignedDuration::from_secs(1)).ok())) {
        (Some(written), Some(before)) => written >= before,
        _ => true,
    }
}

/// Whether plat has applied it before, or would now.
pub(in crate::cluster) fn is_ours(object: &Value) -> bool {
    ours(object).is_some()
}

/// What plat owns of it.
pub(in crate::cluster) fn ours(object: &Value) -> Option<&Value> {
    managed::applied(object, MANAGER)
}

fn names_missing_namespace(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status)
        if status.is_not_found() && status.details.as_ref().is_some_and(|details| details.kind == "namespaces"))
}

/// `admission webhook "x" does not support dry run` (`k8s.io/apiserver`, `webhookerrors.NewDryRunUnsupportedErr`).
fn cannot_dry_run(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status)
        if status.code == 400 && status.message.contains("does not support dry run"))
}
