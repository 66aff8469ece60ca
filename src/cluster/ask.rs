//! What the server says about one object before anything is written.

use std::sync::Arc;

use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use kube::core::Status;
use serde_json::Value;

use super::call::{self, MANAGER, Mode, Reply, describe};
use super::conflict::{self, Conflict, Takes};
use super::connect::Cluster;
use crate::manifests::Manifest;
use crate::ui::Ui;

const DRY_RUN: Mode = Mode { manager: MANAGER, dry_run: true, take: false };

/// One object and what the server says about it.
pub(super) struct Asked {
    pub manifest: Arc<Manifest>,
    /// The object as it would be; none where it conflicts, or where the server cannot say.
    pub planned: Option<Value>,
    /// The object as it is. Read only where something may change.
    pub live: Option<Value>,
    /// Why the server cannot say.
    pub missing: Option<Missing>,
    /// Fields that somebody else has set.
    pub conflicts: Vec<Conflict>,
    /// Those fields are taken over.
    pub take: bool,
}

/// What has to be there before the server can say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Namespace,
    /// The definition of a custom resource that is in the same set.
    Kind,
    /// A webhook that can do dry runs.
    DryRun,
}

/// The server's no.
pub(super) struct Refused {
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
        Self { manifest, planned: None, live: None, missing: Some(missing), conflicts: Vec::new(), take: false }
    }

    /// Whether it is in the cluster now.
    pub fn exists(&self) -> bool {
        let version = |object: &Value| !object["metadata"]["resourceVersion"].is_null();
        self.live.is_some() || self.planned.as_ref().is_some_and(version)
    }
}

/// Asks all about one object: a dry run, and the object itself where something may change. `ahead` reads it in the
/// same round already.
pub(super) async fn ask(
    cluster: &Cluster,
    manifest: Arc<Manifest>,
    ahead: bool,
    takes: &Takes,
    ui: &Ui,
) -> Result<Asked, Refused> {
    let read = async |wanted: bool| {
        let refused = |error| Refused { manifest: Arc::clone(&manifest), doing: "read", error };
        if wanted { call::get(cluster, &manifest, ui).await.map_err(refused) } else { Ok(None) }
    };
    let (live, reply) = join(read(ahead), call::apply(cluster, &manifest, DRY_RUN, ui)).await;
    let unknown = |missing| Asked::unknown(Arc::clone(&manifest), missing);
    match reply {
        Ok(Reply { mut object, began }) => {
            let (made, before) = (object["metadata"]["resourceVersion"].is_null(), live?);
            let live = if made || before.is_some() { before } else { read(may_change(&object, began)).await? };
            if live.is_none() {
                slim(&mut object);
            }
            Ok(Asked {
                manifest: Arc::clone(&manifest),
                planned: Some(object),
                live,
                missing: None,
                conflicts: Vec::new(),
                take: false,
            })
        }
        Err(kube::Error::Api(status)) if conflict::is_conflict(&status) => {
            let live = match live? {
                Some(live) => Some(live),
                None => read(true).await?,
            };
            contested(cluster, Arc::clone(&manifest), &status, live, takes, ui).await
        }
        Err(error) if names_missing_namespace(&error) => Ok(unknown(Missing::Namespace)),
        Err(error) if cannot_dry_run(&error) => Ok(Asked { live: read(true).await?, ..unknown(Missing::DryRun) }),
        Err(error) => Err(Refused { manifest: Arc::clone(&manifest), doing: "apply", error }),
    }
}

/// Other managers own fields of it with another value. To take them over is another question to the server.
async fn contested(
    cluster: &Cluster,
    manifest: Arc<Manifest>,
    status: &Status,
    live: Option<Value>,
    takes: &Takes,
    ui: &Ui,
) -> Result<Asked, Refused> {
    let seen = live.as_ref().unwrap_or(&Value::Null);
    let conflicts = conflict::read(status, &describe(&manifest), &manifest.body, seen);
    // `kubectl rollout undo` and `kubectl apply` of a rendering claim plat's own notes: those are nobody's edit.
    let take = takes.all || conflicts.is_empty();
    let mut planned = None;
    if take {
        match call::apply(cluster, &manifest, Mode { take, ..DRY_RUN }, ui).await {
            Ok(reply) => planned = Some(reply.object),
            Err(error) => return Err(Refused { manifest, doing: "apply", error }),
        }
    }
    Ok(Asked { manifest, planned, live, missing: None, conflicts, take })
}

/// Drops the larger half of an object: who owns which field, and contents that no verdict looks at. Many are kept at
/// once.
pub(super) fn slim(object: &mut Value) {
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
pub(super) fn is_ours(object: &Value) -> bool {
    ours(object).is_some()
}

/// What plat owns of it.
pub(super) fn ours(object: &Value) -> Option<&Value> {
    let entries = object["metadata"]["managedFields"].as_array()?;
    entries.iter().find(|entry| entry["manager"] == MANAGER && entry["operation"] == "Apply")
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
