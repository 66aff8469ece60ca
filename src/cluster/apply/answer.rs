//! What the server said about one object, and what was decided about its fields.

use std::sync::Arc;

use serde_json::Value;

use super::conflict::Conflict;
use crate::cluster::api::{MANAGER, Mode};
use crate::diff::adoption::Tools;
use crate::diff::managed;
use crate::event::Kept;
use crate::manifests::Manifest;
use crate::text::foreign_line;

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
    /// What these tools hold becomes plat's first.
    pub adopts: Option<Tools>,
}

/// What has to be there before the server can say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Missing {
    Namespace,
    /// The end of its namespace, which is being deleted.
    NamespaceEnd,
    /// The definition of a custom resource that is made or changed in the same run.
    Kind,
    /// What admission looks up, which is made or changed in the same run.
    Others,
    /// The end of what is there now: it is being deleted.
    End,
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

impl Asked {
    /// The server cannot say anything yet.
    pub fn unknown(manifest: Arc<Manifest>, missing: Missing) -> Self {
        Self {
            manifest,
            planned: None,
            live: None,
            missing: Some(missing),
            decisions: Decisions::default(),
            adopts: None,
        }
    }

    /// The object is as it is wanted.
    pub fn settled(manifest: Arc<Manifest>, object: Value) -> Self {
        let decisions = Decisions::default();
        Self { manifest, planned: Some(object), live: None, missing: None, decisions, adopts: None }
    }

    /// Whether applying it may write something.
    pub fn may_change(&self) -> bool {
        self.live.is_some() || !self.exists()
    }

    /// Whether it is planned once more, when what it waits for is there.
    pub fn is_late(&self) -> bool {
        matches!(self.missing, Some(Missing::Kind | Missing::Others | Missing::End))
    }

    /// Whether it is in the cluster now.
    pub fn exists(&self) -> bool {
        let version = |object: &Value| !object["metadata"]["resourceVersion"].is_null();
        self.live.is_some() || self.planned.as_ref().is_some_and(version)
    }
}

/// What was decided about the fields of one object.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Decisions {
    /// Nobody decided yet.
    pub open: Vec<Conflict>,
    pub taken: Vec<Conflict>,
    /// Left to the other from now on.
    pub kept: Vec<Conflict>,
    /// Left to the other by this run or an earlier one.
    pub left: Vec<Kept>,
    /// Others apply them too, without having changed them.
    pub shared: Vec<Conflict>,
    /// The number of replicas is an autoscaler's.
    pub autoscaler: Option<Conflict>,
    /// That is assumed, because this user may not look.
    pub autoscaler_hidden: bool,
    /// The apply has to say that it takes fields over.
    pub force: bool,
}

impl Decisions {
    /// Every field that plat and someone else set, whatever became of it.
    pub fn all(&self) -> impl Iterator<Item = &Conflict> {
        let Self { open, taken, kept, shared, autoscaler, .. } = self;
        [open, taken, kept, shared].into_iter().flatten().chain(autoscaler)
    }

    /// Whether the server took the apply as it came.
    pub fn is_quiet(&self) -> bool {
        !self.force && self.open.is_empty()
    }

    /// What the reader should know about decisions that nobody was asked for.
    pub fn notes(&self, object: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(conflict) = &self.autoscaler {
            let now = conflict.theirs.as_deref().unwrap_or("unknown");
            notes.push(if self.autoscaler_hidden {
                format!(
                    "{object}: not allowed to list HorizontalPodAutoscalers, so an autoscaler is assumed to keep the \
                     number of replicas, {now} now; the one you ask for is not applied"
                )
            } else {
                format!(
                    "{object}: an autoscaler keeps the number of replicas, {now} now; the one you ask for is not applied"
                )
            });
        }
        if let Some(first) = self.shared.first() {
            let manager = foreign_line(first.manager.as_deref().unwrap_or_default(), 80);
            let fields: Vec<&str> = self.shared.iter().map(|shared| shared.field.as_str()).collect();
            notes.push(format!(
                "{object}: {manager} applied the same as plat and plat changes it now: {}; another kubectl apply of \
                 the old manifests would set it back",
                some(&fields)
            ));
        }
        notes
    }
}

fn some(fields: &[&str]) -> String {
    const SHOWN: usize = 5;
    match fields.len().saturating_sub(SHOWN) {
        0 => fields.join(", "),
        more => format!("{} and {more} more", fields[..SHOWN].join(", ")),
    }
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

/// Whether plat has applied it before, or would now.
pub(in crate::cluster) fn is_ours(object: &Value) -> bool {
    ours(object).is_some()
}

/// What plat owns of it.
pub(in crate::cluster) fn ours(object: &Value) -> Option<&Value> {
    managed::applied(object, MANAGER)
}

/// Names for a reader, cut where they are many.
pub(in crate::cluster) fn some_of(names: &[String]) -> String {
    const NAMES: usize = 10;
    match names.len().saturating_sub(NAMES) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..NAMES].join(", ")),
    }
}
