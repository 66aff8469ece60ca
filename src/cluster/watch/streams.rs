//! What goes on around a set: its workloads, their pods and events, and whatever else has a status, watched over the
//! one connection. Workloads of one namespace share their watches: their number depends on kinds, not on objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, BoxStream, SelectAll};
use futures::{Stream, StreamExt, future};
use k8s_openapi::api::core::v1::Event;
use kube::api::{Api, ApiResource, DynamicObject, ResourceExt};
use kube::core::Status;
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::members::{Change, Members};
use super::selection::{self, Others, Scope};
use super::store::{Role, Store};
use crate::cluster::api::{Patience, Rights, objects};
use crate::cluster::connect::Cluster;
use crate::error::Error;
use crate::manifests::{Manifest, WORKLOADS, WorkloadKind};
use crate::rollout::{Snapshot, Workload};
use crate::text::foreign_line;

/// A rollout that goes well is over before anybody needs its events; the server keeps them, so nothing is lost.
const EVENTS_AFTER: Duration = Duration::from_secs(1);
/// Objects of one page of a listing: what is not kept is dropped page by page.
const PAGE: u32 = 100;

/// A running watch; ends when dropped.
pub struct Watch {
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
}

/// What the watches saw so far.
#[derive(Default)]
struct State {
    store: Store,
    /// By plural, namespace and role.
    members: BTreeMap<(String, Option<String>, Role), Members>,
    /// Why a watch does not go on at the moment, by its plural.
    trouble: BTreeMap<String, String>,
    /// Watches that the API server refuses to this user; they have ended.
    refused: BTreeMap<String, Box<Status>>,
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
        state.trouble.iter().next().map(|(plural, why)| format!("watching {plural}: {why}"))
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
    let source = |api_version: &str, kind: &str, plural: &str, role: Role| Source {
        of: objects::resource(api_version, kind, plural),
        namespace: Some(namespace.to_owned()),
        role,
    };
    let of_kind = |kind: &WorkloadKind| source(&kind.api_version(), kind.kind, kind.plural, Role::Workload);
    let labelled = || match scope.selector() {
        Some(selector) => config().labels(&selector),
        None => config(),
    };
    for kind in &WORKLOADS {
        let names = scope.workloads.get(kind.kind);
        // ReplicaSets and pods are made from the set's workloads, and bear their labels.
        let is_made = kind.kind == "Pod" || kind.kind == "ReplicaSet" && scope.workloads.contains_key("Deployment");
        if is_made || kind.kind == "ReplicaSet" && names.is_some() {
            let scope = scope.clone();
            let keep = move |object: &DynamicObject| scope.keeps(&object.name_any(), object.labels());
            all.push(notes(cluster, of_kind(kind), labelled(), keep));
        } else if let Some(names) = names.cloned() {
            let config = named(&names);
            all.push(notes(cluster, of_kind(kind), config, move |object| names.contains(&object.name_any())));
        }
    }
    if scope.claims {
        let claims = source("v1", "PersistentVolumeClaim", "persistentvolumeclaims", Role::Claim);
        all.push(notes(cluster, claims, config(), |_| true));
    }
    let (cluster, events) = (cluster.clone(), source("v1", "Event", "events", Role::Event));
    let events = stream::once(tokio::time::sleep(EVENTS_AFTER))
        .map(move |()| notes(&cluster, events.clone(), config(), |_| true))
        .flatten();
    all.push(events.boxed());
}

fn watch_others(cluster: &Cluster, others: Others) -> BoxStream<'static, Note> {
    let Others { api_version, kind, resource, namespace, names } = others;
    let source = Source { of: objects::resource(&api_version, &kind, &resource), namespace, role: Role::Other };
    let config = named(&names);
    notes(cluster, source, config, move |object| names.contains(&object.name_any()))
}

pub(super) fn config() -> watcher::Config {
    watcher::Config::default().page_size(PAGE)
}

/// One object is selected by the server.
fn named(names: &BTreeSet<String>) -> watcher::Config {
    match names.first() {
        Some(name) if names.len() == 1 => config().fields(&format!("metadata.name={name}")),
        _ => config(),
    }
}

/// What one watch reads.
#[derive(Clone)]
struct Source {
    of: ApiResource,
    namespace: Option<String>,
    role: Role,
}

fn notes(
    cluster: &Cluster,
    source: Source,
    config: watcher::Config,
    keep: impl Fn(&DynamicObject) -> bool + Send + Sync + 'static,
) -> BoxStream<'static, Note> {
    let api = objects::objects(&cluster.direct, &source.of, source.namespace.as_deref());
    // Both go with every event.
    let (source, keep) = (Arc::new(source), Arc::new(keep));
    relisted(api, config)
        .backoff(Patience::default())
        .scan(Rights::default(), move |rights, event| {
            if rights.ended() {
                return future::ready(None);
            }
            let note: Note = match event {
                Ok(event) => {
                    if is_answered(&event) {
                        rights.granted();
                    }
                    let (source, keep) = (Arc::clone(&source), Arc::clone(&keep));
                    Box::new(move |state| state.take(&source, event, &*keep))
                }
                Err(error) => {
                    let plural = source.of.plural.clone();
                    if let Some(status) = refusal(&error).filter(|_| rights.refused(Instant::now())) {
                        Box::new(move |state| drop(state.refused.insert(plural, status)))
                    } else {
                        let why = foreign_line(&cause(&error), 120);
                        Box::new(move |state| drop(state.trouble.insert(plural, why)))
                    }
                }
            };
            future::ready(Some(note))
        })
        .boxed()
}

/// A watch that begins with a list again once it was lost: one that only goes on is silent until something changes, and
/// that the connection is back would not be known.
fn relisted(
    api: Api<DynamicObject>,
    config: watcher::Config,
) -> impl Stream<Item = watcher::Result<watcher::Event<DynamicObject>>> + Send {
    let begin = move || watcher(api.clone(), config.clone()).boxed();
    stream::unfold((begin(), begin), |(mut watch, begin)| async move {
        let event = watch.next().await?;
        if event.is_err() {
            watch = begin();
        }
        Some((event, (watch, begin)))
    })
}

impl State {
    fn take(&mut self, source: &Source, event: watcher::Event<DynamicObject>, keep: impl Fn(&DynamicObject) -> bool) {
        let Source { of, namespace, role } = source;
        if is_answered(&event) {
            self.trouble.remove(&of.plural);
        }
        let members = self.members.entry((of.plural.clone(), namespace.clone(), *role)).or_default();
        match members.note(event, keep) {
            Change::Seen(mut object) => {
                // Nobody reads it here, and it is half of what an object weighs.
                object.metadata.managed_fields = None;
                if self.store.keep(*role, objects::value(of, *object)).is_none() {
                    let why = format!("an object that is no {}", of.kind);
                    self.trouble.insert(of.plural.clone(), why);
                }
            }
            Change::Gone(gone) | Change::Listed(gone) => gone.iter().for_each(|uid| self.store.remove(uid)),
            Change::Nothing => {}
        }
    }
}

/// Whether the API server said it: that a listing begins is said before it was asked.
fn is_answered(event: &watcher::Event<DynamicObject>) -> bool {
    !matches!(event, watcher::Event::Init)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_over_when_the_server_answers_and_not_when_it_is_asked_again() {
        let source = || Source { of: objects::resource("v1", "Pod", "pods"), namespace: None, role: Role::Workload };
        let mut state = State::default();
        state.trouble.insert("pods".to_owned(), "the connection was lost".to_owned());
        state.take(&source(), watcher::Event::Init, |_| true);
        assert!(!state.trouble.is_empty());
        state.take(&source(), watcher::Event::InitDone, |_| true);
        assert!(state.trouble.is_empty());
    }
}
