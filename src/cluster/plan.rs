//! The first round of an apply: the server does all but write, for all objects at once, so that a conflict or a
//! refusal is known before anything changes. An unchanged deploy ends here. See docs/decisions/0011-apply.md.

use futures::future::{join, join_all, try_join_all};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::call::{self, MANAGER, Mode, Reply, describe};
use super::conflict::{self, Conflict};
use super::connect::Cluster;
use crate::diff::{FieldChange, between};
use crate::error::{Error, Result};
use crate::manifests::{self, Manifest};
use crate::ui::Ui;

/// On the Deployment: which rendering was applied last, as a whole.
const RENDERED: &str = "plat.dev/rendered";

/// What the first round found out.
pub enum Planning {
    /// Nothing can be asked before the namespace exists.
    NamespaceMissing,
    Ready(Box<Plan>),
}

/// What is to be written.
pub struct Plan {
    pub(super) steps: Vec<Step>,
    /// Written before the Deployment, in another manager's name; see [`handover`].
    pub(super) handover: Option<Manifest>,
    /// The Deployment before this deploy; none on the first.
    pub before: Option<Deployment>,
    /// The Deployment as it is, when nothing has to be written.
    pub unchanged: Option<Deployment>,
    /// Fields that are taken over from others because the user said so.
    pub taken: Vec<Conflict>,
}

pub(super) struct Step {
    pub manifest: Manifest,
    pub take: bool,
    pub change: Change,
}

/// What an apply does to one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub kind: String,
    pub name: String,
    pub action: Action,
    /// Fields that change, where they are known: always those of the Deployment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    Change,
    Nothing,
}

impl Plan {
    /// What each object is in for, in the order of the manifests.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().map(|step| &step.change)
    }
}

/// Asks what applying these manifests would do. Nothing is written.
///
/// # Errors
/// All conflicts at once (unless `take`), or why the API server refuses an object.
pub async fn plan(cluster: &Cluster, mut manifests: Vec<Manifest>, take: bool, ui: &Ui) -> Result<Planning> {
    let rendered = manifests::hash(&manifests);
    // Its pods need what the others are, so it is written last.
    manifests.sort_by_key(|manifest| manifest.kind == "Deployment");
    let deployment = manifests
        .last_mut()
        .filter(|manifest| manifest.kind == "Deployment")
        .map(|manifest| {
            manifest.body["metadata"]["annotations"][RENDERED] = json!(rendered);
            manifest.clone()
        })
        .ok_or_else(|| Error::bug("the manifests hold no Deployment"))?;
    let dry_runs = manifests.iter().map(|manifest| call::apply(cluster, manifest, DRY_RUN, ui));
    let (live, replies) = join(call::get(cluster, &deployment, ui), join_all(dry_runs)).await;
    if replies.iter().any(|reply| reply.as_ref().is_err_and(names_missing_namespace)) {
        return Ok(Planning::NamespaceMissing);
    }
    let live = live.map_err(|e| cluster.explain(e, &format!("read {}", describe(&deployment))))?;
    let handover = live.as_ref().and_then(|live| handover(live, &deployment));
    let (mut asked, refused) = sort(manifests, replies, live.as_ref());
    if !refused.is_empty() {
        return Err(refusal(cluster, refused));
    }
    let same = live.as_ref().is_some_and(|live| live["metadata"]["annotations"][RENDERED] == json!(rendered));
    let mut conflicts = if same { removals(cluster, &mut asked, ui).await? } else { Vec::new() };
    conflicts.extend(claims(cluster, &mut asked, take, ui).await?);
    if !conflicts.is_empty() && !take {
        return Err(conflict::error(&conflicts, live.as_ref().is_none_or(is_ours)));
    }
    if let (Some(handover), Some(last)) = (&handover, asked.last_mut().and_then(|last| last.planned.as_mut())) {
        // What the dry run could not know.
        last.object["spec"]["replicas"] = handover.body["spec"]["replicas"].clone();
    }
    let steps: Vec<Step> = asked.iter().map(Asked::step).collect();
    let nothing = steps.iter().all(|step| step.change.action == Action::Nothing);
    let unchanged = asked.last().filter(|_| nothing).and_then(|last| last.planned.as_ref());
    Ok(Planning::Ready(Box::new(Plan {
        unchanged: unchanged.map(|reply| typed(&reply.object)).transpose()?,
        before: live.as_ref().map(typed).transpose()?,
        taken: conflicts,
        handover,
        steps,
    })))
}

const DRY_RUN: Mode = Mode { manager: MANAGER, dry_run: true, take: false };

/// One object and what the server says about it.
struct Asked {
    manifest: Manifest,
    /// The object as it would be; none where it conflicts, or where a webhook cannot do a dry run.
    planned: Option<Reply>,
    conflict: Option<Box<kube::core::Status>>,
    /// The object as it is, where it was read.
    live: Option<Value>,
    take: bool,
}

impl Asked {
    fn step(&self) -> Step {
        let fields = match (&self.live, &self.planned) {
            (Some(live), Some(planned)) => Some(between(live, &planned.object)),
            _ => None,
        };
        let action = match (&self.planned, &fields) {
            // A webhook that cannot do a dry run keeps the answer to itself until the object is written.
            (None, _) => Action::Change,
            (Some(planned), _) if planned.object["metadata"]["resourceVersion"].is_null() => Action::Create,
            (Some(planned), None) if may_change(planned) => Action::Change,
            (Some(planned), Some(fields)) if !fields.is_empty() || !is_ours(&planned.object) => Action::Change,
            (Some(_), _) => Action::Nothing,
        };
        Step {
            manifest: self.manifest.clone(),
            take: self.take,
            change: Change {
                kind: self.manifest.kind.clone(),
                name: self.manifest.name.clone(),
                action,
                fields: fields
                    .unwrap_or_default()
                    .iter()
                    .filter(|field| !field.is_provenance())
                    .map(FieldChange::sentence)
                    .collect(),
            },
        }
    }
}

type Refused = (Manifest, kube::Error);

fn sort(
    manifests: Vec<Manifest>,
    replies: Vec<Result<Reply, kube::Error>>,
    live: Option<&Value>,
) -> (Vec<Asked>, Vec<Refused>) {
    let mut asked = Vec::new();
    let mut refused = Vec::new();
    for (manifest, reply) in manifests.into_iter().zip(replies) {
        let (planned, conflict) = match reply {
            Ok(reply) => (Some(reply), None),
            Err(kube::Error::Api(status)) if conflict::is_conflict(&status) => (None, Some(status)),
            Err(error) if cannot_dry_run(&error) => (None, None),
            Err(error) => {
                refused.push((manifest, error));
                continue;
            }
        };
        let live = live.filter(|_| manifest.kind == "Deployment").cloned();
        asked.push(Asked { manifest, planned, conflict, live, take: false });
    }
    (asked, refused)
}

fn refusal(cluster: &Cluster, refused: Vec<Refused>) -> Error {
    let names: Vec<String> = refused.iter().map(|(manifest, _)| describe(manifest)).collect();
    let Some((manifest, error)) = refused.into_iter().next() else { return Error::bug("nothing was refused") };
    let mut error = cluster.explain(error, &format!("apply {}", describe(&manifest)));
    if names.len() > 1 {
        error = error.detail(format!("also refused: {}", names[1..].join(", ")));
    }
    error.hint("nothing was written")
}

/// Fields that other managers own with another value. To take them over is another question to the server.
async fn claims(cluster: &Cluster, asked: &mut [Asked], take: bool, ui: &Ui) -> Result<Vec<Conflict>> {
    let conflicting: Vec<&mut Asked> = asked.iter_mut().filter(|asked| asked.conflict.is_some()).collect();
    let read = try_join_all(conflicting.into_iter().map(|asked| async move {
        read_live(cluster, asked, ui).await?;
        let name = describe(&asked.manifest);
        let live = asked.live.as_ref().unwrap_or(&Value::Null);
        let status = asked.conflict.take();
        let conflicts = status.map(|status| conflict::read(&status, &name, &asked.manifest.body, live));
        let conflicts = conflicts.unwrap_or_default();
        // `kubectl rollout undo` and `kubectl apply` of a rendering claim plat's own notes: those are nobody's edit.
        if take || conflicts.is_empty() {
            asked.take = true;
            let reply = call::apply(cluster, &asked.manifest, Mode { take: true, ..DRY_RUN }, ui).await;
            asked.planned = Some(reply.map_err(|e| cluster.explain(e, &format!("apply {name}")))?);
        }
        Ok::<_, Error>(conflicts)
    }))
    .await?;
    Ok(read.into_iter().flatten().collect())
}

/// Fields of an unchanged rendering that are gone from the cluster: server-side apply sees no conflict there, because
/// what is not there has no owner. Somebody removed them on purpose.
async fn removals(cluster: &Cluster, asked: &mut [Asked], ui: &Ui) -> Result<Vec<Conflict>> {
    let suspects = asked.iter_mut().filter(|asked| asked.planned.as_ref().is_some_and(may_change));
    let read = try_join_all(suspects.map(|asked| async move {
        read_live(cluster, asked, ui).await?;
        let (Some(live), Some(planned)) = (&asked.live, &asked.planned) else { return Ok(Vec::new()) };
        let name = describe(&asked.manifest);
        let changes = between(live, &planned.object);
        Ok::<_, Error>(conflict::removed(&name, &asked.manifest.body, &changes))
    }))
    .await?;
    Ok(read.into_iter().flatten().collect())
}

async fn read_live(cluster: &Cluster, asked: &mut Asked, ui: &Ui) -> Result<()> {
    if asked.live.is_none() {
        let live = call::get(cluster, &asked.manifest, ui).await;
        asked.live = live.map_err(|e| cluster.explain(e, &format!("read {}", describe(&asked.manifest))))?;
    }
    Ok(())
}

/// The number of replicas that goes from plat to an autoscaler: a field that its only owner no longer applies is
/// removed, and then the server's default of 1 would be the end of all others. So another manager claims the present
/// number first; the autoscaler overwrites it without asking.
fn handover(live: &Value, deployment: &Manifest) -> Option<Manifest> {
    let replicas = live["spec"]["replicas"].as_i64()?;
    let given_up = deployment.body["spec"]["replicas"].is_null();
    let owned = ours(live).is_some_and(|entry| !entry["fieldsV1"]["f:spec"]["f:replicas"].is_null());
    (given_up && owned).then(|| Manifest {
        body: json!({
            "apiVersion": deployment.api_version,
            "kind": deployment.kind,
            "metadata": { "name": deployment.name, "namespace": deployment.namespace },
            "spec": { "replicas": replicas },
        }),
        ..deployment.clone()
    })
}

/// Whether the apply might write something. When it changes nothing, the server leaves the time of plat's last write
/// as it was; when it does, that time is now. Whole seconds, so a write of this very moment counts as a change.
fn may_change(planned: &Reply) -> bool {
    let written =
        ours(&planned.object).and_then(|entry| entry["time"].as_str()).and_then(|time| time.parse::<Timestamp>().ok());
    match (written, planned.began.and_then(|began| began.checked_sub(SignedDuration::from_secs(1)).ok())) {
        (Some(written), Some(before)) => written >= before,
        _ => true,
    }
}

fn is_ours(object: &Value) -> bool {
    ours(object).is_some()
}

fn ours(object: &Value) -> Option<&Value> {
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

pub(super) fn typed<T: DeserializeOwned>(object: &Value) -> Result<T> {
    T::deserialize(object).map_err(|e| {
        Error::user("the API server answered an object that plat cannot read")
            .hint("is this server older or newer than the supported Kubernetes versions? kubectl version")
            .because(e)
    })
}
