//! What the server says about one object before anything is written.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::adopt;
use super::answer::{Asked, DRY_RUN, Decisions, Missing, Refused, ours, slim};
use super::conflict::{self, Takes};
use super::resolve;
use crate::cluster::api::request::is_ending;
use crate::cluster::api::{Reply, describe, is_terminating, request};
use crate::cluster::applyset::Set;
use crate::cluster::connect::Cluster;
use crate::manifests::{Manifest, order};

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
    let adoption = |live: Option<&Value>| adopt::of(&manifest, live?, takes.adopt);
    let (planned, live, status) = match reply {
        Ok(Reply { object, .. }) if is_ending(&object) => {
            return Ok(Asked { live: Some(object), ..unknown(Missing::End) });
        }
        Ok(Reply { mut object, began, .. }) => {
            let (made, before) = (object["metadata"]["resourceVersion"].is_null(), live?);
            let live = if made || before.is_some() { before } else { read(may_change(&object, began)).await? };
            if live.is_none() {
                slim(&mut object);
            }
            (Some(object), live, None)
        }
        Err(error) if names_missing_namespace(&error) => return Ok(unknown(Missing::Namespace)),
        Err(error) if names_ending_namespace(&error) => return Ok(unknown(Missing::NamespaceEnd)),
        Err(error) if cannot_dry_run(&error) => {
            return Ok(Asked { live: read(true).await?, ..unknown(Missing::DryRun) });
        }
        Err(kube::Error::Api(status)) if conflict::is_conflict(&status) || status.code == 422 => {
            let live = match live? {
                Some(live) => Some(live),
                None => read(true).await?,
            };
            match (adoption(live.as_ref()), live) {
                (_, live) if live.as_ref().is_some_and(is_ending) => {
                    return Ok(Asked { live, ..unknown(Missing::End) });
                }
                (_, live) if conflict::is_conflict(&status) => (None, live, Some(status)),
                (Some(tools), Some(live)) => {
                    let refused = |error| Refused { manifest: Arc::clone(&manifest), doing: "apply", error };
                    let planned = adopt::dry_run(cluster, &manifest, (&live, tools), DRY_RUN).await.map_err(refused)?;
                    (Some(planned), Some(live), None)
                }
                _ => return Err(Refused { manifest, doing: "apply", error: kube::Error::Api(status) }),
            }
        }
        Err(error) => return Err(Refused { manifest: Arc::clone(&manifest), doing: "apply", error }),
    };
    let adopts = adoption(live.as_ref());
    let mut asked = Asked { manifest, planned, live, missing: None, decisions: Decisions::default(), adopts };
    resolve::decide(cluster, &mut asked, status.as_deref(), takes, set).await?;
    if asked.adopts.is_some() {
        resolve::decide_edits(&mut asked, takes);
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
        Ok(Some(object)) if is_ending(&object) => {
            Ok(Asked { live: Some(object), ..Asked::unknown(manifest, Missing::End) })
        }
        Ok(Some(object)) => Ok(Asked::settled(manifest, object)),
        Ok(None) => ask(cluster, manifest, Reads::WhereNeeded, takes, set).await,
        Err(error) => Err(Refused { manifest, doing: "read", error }),
    }
}

/// Namespaces that are known not to be there: the first objects of each have been refused, so the others are not asked
/// about.
#[derive(Default)]
pub(in crate::cluster) struct Absent(Mutex<BTreeSet<String>>);

impl Absent {
    pub fn is_in(&self, manifest: &Manifest) -> bool {
        manifest.namespace.as_ref().is_some_and(|namespace| self.names().contains(namespace))
    }

    /// Notes what an answer says about its namespace.
    pub fn learn(&self, answer: Result<Asked, Refused>) -> Result<Asked, Refused> {
        if let Ok(Asked { missing: Some(Missing::Namespace), manifest, .. }) = &answer {
            self.names().extend(manifest.namespace.clone());
        }
        answer
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those that are planned later, as they are now: nobody may take them for new.
pub(in crate::cluster) async fn read_live(cluster: &Cluster, manifests: &[Arc<Manifest>], asked: &mut [Asked]) {
    for asked in asked.iter_mut().filter(|asked| asked.is_late() && asked.live.is_none()) {
        let mut address = Manifest::clone(&asked.manifest);
        let group = address.api_version.rsplit_once('/').map(|(group, _)| group.to_owned());
        let definition = order::definition(manifests, &address).map(|definition| &definition.body["spec"]["versions"]);
        let others = definition.and_then(|versions| versions.as_array()).into_iter().flatten();
        let others = others.filter_map(|version| Some(format!("{}/{}", group.as_deref()?, version["name"].as_str()?)));
        // Its own version may be one that is only just to be served.
        for version in std::iter::once(address.api_version.clone()).chain(others) {
            address.api_version = version;
            if let Ok(Some(live)) = request::get(cluster, &address).await {
                asked.live = Some(live);
                break;
            }
        }
    }
}

/// A namespace that is not there, and that no manifest makes in time.
#[derive(Debug, Clone)]
pub struct AbsentNamespace {
    pub name: String,
    /// The object that names it itself; none for the namespace that plat is pointed at.
    pub named_by: Option<String>,
    /// It is there still, and being deleted.
    pub is_ending: bool,
}

/// The namespaces that have to be created before the set is written.
pub(in crate::cluster) fn absent_namespaces(cluster: &Cluster, set: &Set, asked: &[Asked]) -> Vec<AbsentNamespace> {
    let mut absent: Vec<AbsentNamespace> = Vec::new();
    for asked in asked {
        let is_ending = match asked.missing {
            Some(Missing::Namespace) => false,
            Some(Missing::NamespaceEnd) => true,
            _ => continue,
        };
        // What is noted about a set is in that namespace, so it is there before anything else. With one that ends goes
        // also what is there of it, so all is planned again after its end.
        let is_made =
            |name: &&str| !is_ending && set.makes_namespace(name) && (set.name.is_none() || *name != cluster.namespace);
        let Some(name) = asked.manifest.namespace.as_deref().filter(|name| !is_made(name)) else { continue };
        if absent.iter().all(|known| known.name != name) {
            let named_by = (name != cluster.namespace).then(|| describe(&asked.manifest));
            absent.push(AbsentNamespace { name: name.to_owned(), named_by, is_ending });
        }
    }
    absent
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

fn names_missing_namespace(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status)
        if status.is_not_found() && status.details.as_ref().is_some_and(|details| details.kind == "namespaces"))
}

/// `k8s.io/apiserver`, `NamespaceLifecycle`.
fn names_ending_namespace(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if is_terminating(status))
}

/// `admission webhook "x" does not support dry run` (`k8s.io/apiserver`, `webhookerrors.NewDryRunUnsupportedErr`).
fn cannot_dry_run(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status)
        if status.code == 400 && status.message.contains("does not support dry run"))
}
