//! What goes on around one Deployment: itself, its replica sets, its pods and their events, watched over the one
//! connection and gathered into a [`Snapshot`].

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::time::{Duration, Instant};

use futures::stream::{self, BoxStream, SelectAll};
use futures::{StreamExt, future};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{Api, Resource, ResourceExt};
use kube::core::Status;
use kube::runtime::{WatchStreamExt, watcher};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::connect::Cluster;
use super::patience::Patience;
use crate::error::Error;
use crate::manifests::NAME_LABEL;
use crate::rollout::Snapshot;
use crate::text::foreign_line;

/// A rollout that goes well is over before anybody needs its events; the server keeps them, so nothing is lost.
const EVENTS_AFTER: Duration = Duration::from_secs(1);

/// How long a server that has just started may take to read the roles of its users.
const ROLES: Duration = Duration::from_secs(20);
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
    deployments: Store<Deployment>,
    replica_sets: Store<ReplicaSet>,
    pods: Store<Pod>,
    events: Store<Event>,
    /// Why a watch does not go on at the moment, by its plural.
    trouble: BTreeMap<&'static str, (String, Instant)>,
    /// Watches that the API server refuses to this user; they have ended.
    refused: BTreeMap<&'static str, Box<Status>>,
}

/// The objects of one kind by UID.
struct Store<K> {
    objects: BTreeMap<String, K>,
    /// Collected while the watch (re)starts: what is not among them was deleted meanwhile.
    listing: BTreeMap<String, K>,
    deleted: HashSet<String>,
}

impl<K> Default for Store<K> {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), listing: BTreeMap::new(), deleted: HashSet::new() }
    }
}

impl<K: ResourceExt> Store<K> {
    fn take(&mut self, event: watcher::Event<K>) {
        let uid = |object: &K| object.uid().unwrap_or_default();
        match event {
            watcher::Event::Apply(object) => drop(self.objects.insert(uid(&object), object)),
            watcher::Event::Delete(object) => {
                self.objects.remove(&uid(&object));
                self.deleted.insert(uid(&object));
            }
            watcher::Event::Init => self.listing.clear(),
            watcher::Event::InitApply(object) => drop(self.listing.insert(uid(&object), object)),
            watcher::Event::InitDone => {
                let before = std::mem::replace(&mut self.objects, std::mem::take(&mut self.listing));
                self.deleted.extend(before.into_keys().filter(|uid| !self.objects.contains_key(uid)));
            }
        }
    }
}

/// What one of the watches saw, ready to be noted.
type Note = Box<dyn FnOnce(&mut State) + Send>;

impl Watch {
    /// Starts watching the Deployment `name` in the cluster's namespace, whether it is there already or not.
    #[must_use]
    pub fn start(cluster: &Cluster, name: &str) -> Self {
        let (client, namespace) = (&cluster.client, &cluster.namespace);
        let named = watcher::Config::default().fields(&format!("metadata.name={name}"));
        let labelled = watcher::Config::default().labels(&selector(name));
        let deployments = Api::namespaced(client.clone(), namespace);
        let replica_sets = Api::namespaced(client.clone(), namespace);
        let pods = Api::namespaced(client.clone(), namespace);
        let events = Api::namespaced(client.clone(), namespace);
        let events = stream::once(tokio::time::sleep(EVENTS_AFTER))
            .map(move |()| notes("events", events.clone(), watcher::Config::default(), |state| &mut state.events))
            .flatten();
        let mut all = SelectAll::new();
        all.push(notes("deployments", deployments, named, |state| &mut state.deployments));
        all.push(notes("replicasets", replica_sets, labelled.clone(), |state| &mut state.replica_sets));
        all.push(notes("pods", pods, labelled, |state| &mut state.pods));
        all.push(events.boxed());

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

    /// What is known now. `applied` stands in for the Deployment until the watch has caught up with it: a status from
    /// before the apply must not be judged.
    #[must_use]
    pub fn snapshot(&self, applied: &Deployment) -> Snapshot {
        let state = self.state.borrow();
        let seen = applied.uid().and_then(|uid| state.deployments.objects.get(&uid));
        let current = seen.filter(|seen| seen.metadata.generation >= applied.metadata.generation);
        gather(
            current.unwrap_or(applied).clone(),
            state.replica_sets.objects.values().cloned().collect(),
            state.pods.objects.values().cloned().collect(),
            state.events.objects.values().cloned(),
        )
    }

    /// Whether somebody deleted the Deployment meanwhile.
    #[must_use]
    pub fn is_deleted(&self, applied: &Deployment) -> bool {
        applied.uid().is_some_and(|uid| self.state.borrow().deployments.deleted.contains(&uid))
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
    pub fn refused(&self) -> Vec<&'static str> {
        self.state.borrow().refused.keys().copied().collect()
    }

    /// Why the Deployment itself cannot be watched; without it there is no verdict.
    #[must_use]
    pub fn blind(&self, cluster: &Cluster) -> Option<Error> {
        let status = self.state.borrow().refused.get("deployments").cloned()?;
        Some(cluster.explain(kube::Error::Api(status), "watch the Deployment that was applied"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Everything about one Deployment; events about anything else are left out.
pub(super) fn gather(
    deployment: Deployment,
    replica_sets: Vec<ReplicaSet>,
    pods: Vec<Pod>,
    events: impl Iterator<Item = Event>,
) -> Snapshot {
    let mut involved: HashSet<String> = deployment.uid().into_iter().collect();
    involved.extend(replica_sets.iter().filter_map(ResourceExt::uid));
    involved.extend(pods.iter().filter_map(ResourceExt::uid));
    let about = |event: &Event| event.involved_object.uid.as_ref().is_some_and(|uid| involved.contains(uid));
    let workload = deployment.into();
    Snapshot { workload, events: events.filter(about).collect(), replica_sets, pods, ..Snapshot::default() }
}

/// Selects what belongs to a service.
pub(super) fn selector(name: &str) -> String {
    format!("{NAME_LABEL}={name}")
}

fn notes<K>(
    plural: &'static str,
    api: Api<K>,
    config: watcher::Config,
    store: fn(&mut State) -> &mut Store<K>,
) -> BoxStream<'static, Note>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    watcher(api, config)
        .backoff(Patience::default())
        .scan(Rights::default(), move |rights, event| {
            if rights.ended {
                return future::ready(None);
            }
            let note: Note = match event {
                Ok(event) => {
                    *rights = Rights { seen: true, ..Rights::default() };
                    Box::new(move |state| {
                        state.trouble.remove(plural);
                        store(state).take(event);
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

/// Whether this user may watch a kind, as far as the API server said.
#[derive(Default)]
struct Rights {
    /// It could be watched.
    seen: bool,
    refused_since: Option<Instant>,
    ended: bool,
}

impl Rights {
    /// Notes a refusal; true when it is final. A server that has just started refuses everybody until it has read the
    /// roles, so what could be watched before is asked for again.
    fn refused(&mut self, now: Instant) -> bool {
        let since = *self.refused_since.get_or_insert(now);
        self.ended = !self.seen || now.duration_since(since) >= ROLES;
        self.ended
    }
}

/// Another attempt would be refused just the same.
pub(super) fn refusal(error: &watcher::Error) -> Option<Box<Status>> {
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
