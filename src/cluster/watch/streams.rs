//! What goes on around a set: its workloads, their pods and events, and whatever else has a status, watched over the
//! one connection. Workloads of one namespace share their watches: their number depends on kinds, not on objects.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, BoxStream, SelectAll};
use futures::{StreamExt, future};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Resource, ResourceExt};
use kube::core::Status;
use kube::runtime::{WatchStreamExt, watcher};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::selection::{self, Others, Scope};
use super::store::Store;
use crate::cluster::api::{Patience, Rights};
use crate::cluster::connect::Cluster;
use crate::error::Error;
use crate::manifests::Manifest;
use crate::rollout::{Snapshot, Workload};
use crate::text::foreign_line;

/// A rollout that goes well is over before anybody needs its events; the server keeps them, so nothing is lost.
const EVENTS_AFTER: Duration = Duration::from_secs(1);
/// Objects of one page of a listing: what is not kept is dropped page by page.
const PAGE: u32 = 100;

/// A watch that goes on tells nothing until something changes. So trouble that did not come again for this long (longer
/// than a server that hangs can let an attempt wait) is over.
const TROUBLE: Duration = Duration::from_secs(45);

/// A running watch; ends when dropped.
pub struct Watch {
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
}

/// What the watches saw so far.
#[derive(Default)]
struct State {
    store: Store,
    members: BTreeMap<String, Members>,
    /// Why a watch does not go on at the moment, by its plural.
    trouble: BTreeMap<String, (String, Instant)>,
    /// Watches that the API server refuses to this user; they have ended.
    refused: BTreeMap<String, Box<Status>>,
}

/// The UIDs that one watch holds.
#[derive(Default)]
struct Members {
    now: BTreeSet<String>,
    /// Collected while the watch (re)starts: what is not among them was deleted meanwhile.
    listing: BTreeSet<String>,
}

/// What one of the watches saw, ready to be noted.
type Note = Box<dyn FnOnce(&mut State) + Send>;

impl Watch {
    /// Starts watching what these manifests describe, whether it is there already or not.
    #[must_use]
    pub fn start<'m>(cluster: &Cluster, manifests: impl IntoIterator<Item = &'m Manifest>) -> Self {
        let (scopes, others) = selection::of(manifests);
        let mut all = SelectAll::new();
        for (namespace, scope) in scopes {
            watch_workloads(cluster, &namespace, &Arc::new(scope), &mut all);
        }
        for others in others {
            all.push(watch_others(cluster, others));
        }
        let (sender, state) = watch::channel(State::default());
        let task = tokio::spawn(all.for_each(move |note| {
            sender.send_modify(note);
            future::ready(())
        }));
        Self { state, task }
    }

    /// Waits until something is different; for ever once every watch has ended.
    pub async fn changed(&mut self) {
        if self.state.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Raised by everything that may change what there is to say about the object with this UID.
    #[must_use]
    pub fn version(&self, uid: &str) -> u64 {
        self.state.borrow().store.version(uid)
    }

    /// What is known of one workload now. `applied` stands in for it until the watch has caught up with it: a status
    /// from before the apply must not be judged.
    #[must_use]
    pub fn snapshot(&self, applied: &Workload) -> Snapshot {
        self.state.borrow().store.snapshot(applied)
    }

    /// An object of another kind as it is now, and what was said about it last (reason and message of an event).
    #[must_use]
    pub fn other(&self, uid: &str) -> Option<(Value, Vec<Event>)> {
        let state = self.state.borrow();
        Some((state.store.other(uid)?.clone(), state.store.events(uid).cloned().collect()))
    }

    /// Whether someone deleted the object with this UID meanwhile.
    #[must_use]
    pub fn is_deleted(&self, uid: &str) -> bool {
        self.state.borrow().store.is_deleted(uid)
    }

    /// Why nothing new may be seen at the moment.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let state = self.state.borrow();
        let mut fresh = state.trouble.iter().filter(|(_, (_, at))| at.elapsed() < TROUBLE);
        fresh.next().map(|(plural, (why, _))| format!("watching {plural}: {why}"))
    }

    /// Kinds that this user may not watch.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        self.state.borrow().refused.keys().cloned().collect()
    }

    /// Why objects with this plural cannot be watched; without them there is no verdict.
    #[must_use]
    pub fn blind(&self, cluster: &Cluster, plural: &str) -> Option<Error> {
        let status = self.state.borrow().refused.get(plural).cloned()?;
        Some(cluster.explain(kube::Error::Api(status), &format!("watch the {plural} that were applied")))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn watch_workloads(
    cluster: &Cluster,
    namespace: &str,
    scope: &Arc<Scope>,
    all: &mut SelectAll<BoxStream<'static, Note>>,
) {
    let labelled = match scope.selector() {
        Some(selector) => config().labels(&selector),
        None => config(),
    };
    let watch = |kind: &str| scope.workloads.contains_key(kind);
    if watch("Deployment") {
        all.push(workloads::<Deployment>(cluster, namespace, "Deployment", scope));
    }
    if watch("StatefulSet") {
        all.push(workloads::<StatefulSet>(cluster, namespace, "StatefulSet", scope));
    }
    if watch("DaemonSet") {
        all.push(workloads::<DaemonSet>(cluster, namespace, "DaemonSet", scope));
    }
    if watch("Job") {
        all.push(workloads::<Job>(cluster, namespace, "Job", scope));
    }
    if watch("Deployment") || watch("ReplicaSet") {
        all.push(labelled_ones::<ReplicaSet>(cluster, namespace, labelled.clone(), scope));
    }
    all.push(labelled_ones::<Pod>(cluster, namespace, labelled, scope));
    if scope.claims {
        let api = Api::<PersistentVolumeClaim>::namespaced(cluster.direct.clone(), namespace);
        all.push(notes(Source::new("persistentvolumeclaims", namespace, api, config()), |_| true, Store::put_claim));
    }
    let events = Api::<Event>::namespaced(cluster.direct.clone(), namespace);
    let of = namespace.to_owned();
    let events = stream::once(tokio::time::sleep(EVENTS_AFTER))
        .map(move |()| notes(Source::new("events", &of, events.clone(), config()), |_| true, Store::put_event))
        .flatten();
    all.push(events.boxed());
}

/// The workloads of one kind that the set names.
fn workloads<K>(cluster: &Cluster, namespace: &str, kind: &str, scope: &Scope) -> BoxStream<'static, Note>
where
    K: Watched + Into<Workload>,
{
    let names = scope.workloads.get(kind).cloned().unwrap_or_default();
    let api = Api::<K>::namespaced(cluster.direct.clone(), namespace);
    let keep = {
        let names = names.clone();
        move |object: &K| names.contains(&object.name_any())
    };
    let source = Source::new(&K::plural(&()), namespace, api, named(&names));
    notes(source, keep, |store, object: K| store.put(object.into()))
}

/// What is made from the set's workloads, by its labels.
fn labelled_ones<K>(
    cluster: &Cluster,
    namespace: &str,
    config: watcher::Config,
    scope: &Arc<Scope>,
) -> BoxStream<'static, Note>
where
    K: Watched + Into<Workload>,
{
    let api = Api::<K>::namespaced(cluster.direct.clone(), namespace);
    let scope = scope.clone();
    let keep = move |object: &K| scope.keeps(&object.name_any(), object.labels());
    let source = Source::new(&K::plural(&()), namespace, api, config);
    notes(source, keep, |store, object: K| store.put(object.into()))
}

fn watch_others(cluster: &Cluster, others: Others) -> BoxStream<'static, Note> {
    let Others { api_version, kind, resource, namespace, names } = others;
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let of = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, &kind), &resource);
    let api: Api<DynamicObject> = match &namespace {
        Some(namespace) => Api::namespaced_with(cluster.direct.clone(), namespace, &of),
        None => Api::all_with(cluster.direct.clone(), &of),
    };
    let config = named(&names);
    let keep = move |object: &DynamicObject| names.contains(&object.name_any());
    let put = move |store: &mut Store, mut object: DynamicObject| {
        object.metadata.managed_fields = None;
        let uid = object.uid().unwrap_or_default();
        let Ok(mut value) = serde_json::to_value(object) else { return };
        // The items of a list do not say what they are.
        value["apiVersion"] = api_version.clone().into();
        value["kind"] = kind.clone().into();
        store.put_other(&uid, value);
    };
    notes(Source::new(&resource, namespace.as_deref().unwrap_or_default(), api, config), keep, put)
}

fn config() -> watcher::Config {
    watcher::Config::default().page_size(PAGE)
}

/// One object is selected by the server.
fn named(names: &BTreeSet<String>) -> watcher::Config {
    match names.first() {
        Some(name) if names.len() == 1 => config().fields(&format!("metadata.name={name}")),
        _ => config(),
    }
}

/// What a watch of a built-in kind needs.
trait Watched:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static
{
}

impl<K> Watched for K where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static
{
}

/// What one watch reads.
struct Source<K> {
    plural: String,
    /// Claims are watched twice where the set names one: as what pods wait for, and as objects of their own.
    id: String,
    api: Api<K>,
    config: watcher::Config,
}

impl<K> Source<K> {
    fn new(plural: &str, namespace: &str, api: Api<K>, config: watcher::Config) -> Self {
        let id = format!("{plural} {namespace} {}", type_name::<K>());
        Self { plural: plural.to_owned(), id, api, config }
    }
}

fn notes<K>(
    source: Source<K>,
    keep: impl Fn(&K) -> bool + Send + 'static,
    put: impl Fn(&mut Store, K) + Clone + Send + 'static,
) -> BoxStream<'static, Note>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let Source { plural, id, api, config } = source;
    watcher(api, config)
        .backoff(Patience::default())
        .scan(Rights::default(), move |rights, event| {
            if rights.ended() {
                return future::ready(None);
            }
            let (plural, id) = (plural.clone(), id.clone());
            let note: Note = match event {
                Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) if !keep(&object) => {
                    Box::new(|_| ())
                }
                Ok(event) => {
                    rights.granted();
                    let put = put.clone();
                    Box::new(move |state| {
                        state.trouble.remove(&plural);
                        state.take(&id, event, put);
                    })
                }
                Err(error) => {
                    if let Some(status) = refusal(&error).filter(|_| rights.refused(Instant::now())) {
                        Box::new(move |state| drop(state.refused.insert(plural, status)))
                    } else {
                        let why = foreign_line(&cause(&error), 120);
                        Box::new(move |state| drop(state.trouble.insert(plural, (why, Instant::now()))))
                    }
                }
            };
            future::ready(Some(note))
        })
        .boxed()
}

impl State {
    fn take<K: ResourceExt>(&mut self, id: &str, event: watcher::Event<K>, put: impl Fn(&mut Store, K)) {
        let members = self.members.entry(id.to_owned()).or_default();
        let uid = |object: &K| object.uid().unwrap_or_default();
        match event {
            watcher::Event::Apply(object) => {
                members.now.insert(uid(&object));
                put(&mut self.store, object);
            }
            watcher::Event::InitApply(object) => {
                members.listing.insert(uid(&object));
                put(&mut self.store, object);
            }
            watcher::Event::Delete(object) => {
                if members.now.remove(&uid(&object)) {
                    self.store.remove(&uid(&object));
                }
            }
            watcher::Event::Init => members.listing.clear(),
            watcher::Event::InitDone => {
                let before = std::mem::replace(&mut members.now, std::mem::take(&mut members.listing));
                for gone in before.difference(&members.now) {
                    self.store.remove(gone);
                }
            }
        }
    }
}

/// Another attempt would be refused just the same.
pub(in crate::cluster) fn refusal(error: &watcher::Error) -> Option<Box<Status>> {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
            if status.is_forbidden() =>
        {
            Some(status.clone())
        }
        _ => None,
    }
}

fn cause(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status))
        | watcher::Error::WatchError(status) => status.message.clone(),
        _ => "the connection was lost, trying again".to_owned(),
    }
}
