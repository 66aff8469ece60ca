//! One object on its way: what it is, what it would be, and how it is written.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::{Asked, Missing, is_ours, slim};
use super::handover::handover;
use crate::cluster::api::{MANAGER, describe};
use crate::diff::adoption::Tools;
use crate::diff::{FieldChange, Held, between, managed};
use crate::event::{Action, Change};
use crate::manifests::Manifest;

/// On a pod template: since when pods have to be newer. `kubectl rollout restart` writes it too.
pub(in crate::cluster) const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// When an object gets its new form.
#[derive(Debug)]
pub(in crate::cluster) enum Switch {
    AtOnce,
    /// When the workloads of the set are ready; until then it is written so, or not at all.
    WhenReady {
        meanwhile: Option<Manifest>,
    },
}

/// What is written about pods that hold older configuration, beside the manifest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cluster) enum Mark {
    #[default]
    Nothing,
    /// They are left as they are.
    Note(String),
    /// They are noted too, for whoever comes after a deploy that is killed; then new ones take their place, as of this
    /// moment (RFC 3339).
    Restart { note: String, at: String },
    /// They have what they should have again.
    Forget,
}

/// One object on its way.
#[derive(Debug)]
pub struct Step {
    pub manifest: Arc<Manifest>,
    pub change: Change,
    /// As it is in the cluster. Read only where something may change.
    pub live: Option<Value>,
    /// As the server says that it would be; none where it cannot say. Where nothing changes, and of what is created,
    /// without `managedFields` and without the data of configuration.
    pub planned: Option<Value>,
    /// What other managers hold of it.
    pub held: Vec<Held>,
    /// Takes over the fields of other managers.
    pub(in crate::cluster) take: bool,
    /// What these tools hold of it becomes plat's before it is applied.
    pub adopts: Option<Tools>,
    pub(in crate::cluster) missing: Option<Missing>,
    /// Written before the object, in another manager's name; see [`crate::cluster::apply::execute`].
    pub(in crate::cluster) handover: Option<Manifest>,
    pub(in crate::cluster) switch: Switch,
    pub(in crate::cluster) mark: Mark,
}

impl Step {
    /// What comes of the answer about one object.
    pub(in crate::cluster) fn of(asked: Asked) -> Self {
        // What is being deleted is made again.
        let exists = asked.exists() && asked.missing != Some(Missing::End);
        let Asked { manifest, live, mut planned, missing, adopts, decisions } = asked;
        let take = decisions.force || adopts.is_some();
        let handover = live.as_ref().and_then(|live| handover(live, &manifest, adopts));
        if let (Some(handover), Some(planned)) = (&handover, &mut planned) {
            // What the dry run could not know.
            planned["spec"]["replicas"] = handover.body["spec"]["replicas"].clone();
        }
        let fields = match (&live, &planned) {
            (Some(live), Some(planned)) => between(live, planned),
            _ => Vec::new(),
        };
        // To own what is the same already is a change that nobody sees, but the next conflict is decided by it.
        // Who applies no field owns none: a Namespace of which only the name is given stays nobody's.
        let owned = |object: &Option<Value>| object.as_ref().is_some_and(is_ours);
        let claims = adopts.is_some() || live.is_some() && !owned(&live) && owned(&planned);
        let action = match &planned {
            _ if !exists => Action::Create,
            // A webhook that cannot do a dry run keeps the answer to itself until the object is written.
            None => Action::Change,
            Some(_) if !fields.is_empty() => Action::Change,
            Some(_) if claims => Action::Track,
            Some(_) => Action::Nothing,
        };
        let held = planned.as_ref().or(live.as_ref()).map(|object| managed::held(object, MANAGER)).unwrap_or_default();
        if let (Action::Nothing, Some(planned)) = (action, &mut planned) {
            slim(planned);
        }
        let change = change(&manifest, action, &fields);
        let (switch, mark) = (Switch::AtOnce, Mark::Nothing);
        Step { manifest, change, live, planned, held, take, adopts, missing, handover, switch, mark }
    }

    /// Its pods are replaced, though nothing of the manifest asks for it. `live`: as it is now.
    pub(super) fn restart(&mut self, live: Value, note: String, at: String) {
        let planned = self.planned.get_or_insert_with(|| live.clone());
        planned["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT] = json!(at);
        self.change = change(&self.manifest, Action::Change, &between(&live, planned));
        self.live = Some(live);
        self.mark = Mark::Restart { note, at };
    }

    /// `Deployment shop/payments-api`
    #[must_use]
    pub fn describe(&self) -> String {
        describe(&self.manifest)
    }
}

fn change(manifest: &Manifest, action: Action, fields: &[FieldChange]) -> Change {
    let told = || fields.iter().filter(|field| !field.is_provenance());
    Change {
        kind: manifest.kind.clone(),
        name: manifest.name.clone(),
        action,
        fields: told().map(FieldChange::sentence).collect(),
        short: told().map(FieldChange::short).collect(),
        only_notes: !fields.is_empty() && told().next().is_none(),
    }
}

/// An object as it is after the apply, without what [`slim`] drops.
#[derive(Debug, Clone)]
pub struct Applied {
    pub manifest: Arc<Manifest>,
    pub object: Value,
}
