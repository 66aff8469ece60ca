//! Which workloads someone else changed, and when they were ready: for `plat time`, whose command says nothing of it.
//! The watch is open before the command starts; changed is what has a new UID or a raised generation after it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures::stream::{BoxStream, SelectAll};
use futures::{StreamExt, future};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::ResourceExt;
use kube::api::{DynamicObject, ListParams, PartialObjectMeta};
use kube::core::Status as Refusal;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::members::{Change, Members};
use super::streams::refusal;
use crate::cluster::api::{objects, request};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Result};
use crate::manifests::{self, MANAGED_BY, WORKLOADS, WorkloadKind};
use crate::reason::Reason;
use crate::rollout::{Status, Workload, WorkloadSummary};

/// Listing what is there before the command starts; a server that takes longer is not observed.
const FIRST_LISTING: Duration = Duration::from_secs(10);

/// Field managers that are not the command's.
const OTHERS: [&str; 2] = ["kube-controller-manager", MANAGED_BY];

/// Watches the workloads of a namespace, or of all.
pub struct Observer {
    cluster: Cluster,
    namespace: Option<String>,
    state: watch::Receiver<State>,
    /// The server's clock when the watch was open; none where it did not say.
    since: Option<Timestamp>,
    /// What was there before the command started, by UID.
    before: BTreeMap<String, WorkloadSummary>,
    task: JoinHandle<()>,
}

/// A workload that was created or changed since the observer started.
#[derive(Debug, Clone)]
pub struct Changed {
    pub workload: WorkloadSummary,
    /// Nothing of its name was there before.
    pub new: bool,
    /// Its pods are others than before; a Deployment's annotation alone does not make it so.
    pub replaced: bool,
}

/// Where a changed workload stands.
#[derive(Debug, Clone)]
pub enum Progress {
    /// Since then.
    Ready(Instant),
    Waits(String),
    /// Its controller gave up.
    Failed(String),
    /// Someone deleted it meanwhile.
    Gone,
}

#[derive(Default)]
struct State {
    seen: BTreeMap<String, Seen>,
    deleted: BTreeSet<String>,
    kinds: BTreeMap<&'static str, Kind>,
}

struct Seen {
    workload: WorkloadSummary,
    ready_at: Option<Instant>,
}

/// How the watch of one kind stands.
#[derive(Default)]
struct Kind {
    members: Members,
    listed: bool,
    refused: Option<Box<Refusal>>,
}

type Note = Box<dyn FnOnce(&mut State) + Send>;

impl Observer {
    /// Starts the watches and waits until what is there now is known.
    ///
    /// # Errors
    /// When no kind of workload may be watched, or the API server takes too long.
    pub async fn start(cluster: &Cluster, everywhere: bool) -> Result<Self> {
        let namespace = (!everywhere).then(|| cluster.namespace.clone());
        let mut all = SelectAll::new();
        for kind in kinds() {
            all.push(notes(cluster, namespace.as_deref(), kind));
        }
        let (sender, mut state) = watch::channel(State::default());
        let task = tokio::spawn(all.for_each(move |note: Note| {
            sender.send_modify(note);
            future::ready(())
        }));
        let known = tokio::time::timeout(FIRST_LISTING, state.wait_for(State::is_known)).await;
        let before = known.ok().and_then(std::result::Result::ok).map(|state| state.workloads());
        let since = request::server_time(cluster).await.ok().flatten();
        let mut observer = Self { cluster: cluster.clone(), namespace, state, since, before: BTreeMap::new(), task };
        observer.before = before.ok_or_else(|| {
            Error::user(format!("the workloads were not listed within {} s", FIRST_LISTING.as_secs()))
                .at(cluster.place())
                .reason(Reason::Timeout)
        })?;
        match observer.blind() {
            Some(refusal) => Err(cluster.explain(kube::Error::Api(refusal), "watch the workloads")),
            None => Ok(observer),
        }
    }

    /// Whether there was any workload before the command started.
    #[must_use]
    pub fn was_empty(&self) -> bool {
        self.before.is_empty()
    }

    /// Where it looks, for a reader.
    #[must_use]
    pub fn scope(&self) -> String {
        self.namespace.as_ref().map_or_else(|| "any namespace".to_owned(), |name| format!("namespace {name}"))
    }

    /// Kinds that this user may not watch.
    #[must_use]
    pub fn refused(&self) -> Vec<&'static str> {
        let state = self.state.borrow();
        state.kinds.iter().filter(|(_, kind)| kind.refused.is_some()).map(|(name, _)| *name).collect()
    }

    /// What was created or changed since the start. Asks the API server anew: the watch may lag behind a command that
    /// has just ended.
    ///
    /// # Errors
    /// When a listing fails.
    pub async fn changed(&self) -> Result<Vec<Changed>> {
        let refused = self.refused();
        let lists = kinds().filter(|kind| !refused.contains(&kind.kind)).map(|kind| self.list(kind));
        let lists = future::try_join_all(lists).await.map_err(|e| self.cluster.explain(e, "list the workloads"))?;
        let mut changed = Vec::new();
        for workload in lists.into_iter().flatten() {
            let before = self.before.get(&workload.uid);
            let touched = before.is_none_or(|before| before.generation < workload.generation);
            if touched && workload.status != Status::Terminating {
                let held = workload.held_back.as_ref().is_some_and(|held| held.all);
                let replaced = before.is_none_or(|before| before.template != workload.template && !held);
                // Replaced by another object, of whatever kind, it served before all the same.
                let named =
                    |other: &WorkloadSummary| (&other.namespace, &other.name) == (&workload.namespace, &workload.name);
                changed.push(Changed { new: !self.before.values().any(named), replaced, workload });
            }
        }
        Ok(changed)
    }

    /// Workloads of other namespaces that were written since the start; none where that cannot be known. Asked only
    /// where nothing changed here.
    pub async fn elsewhere(&self) -> Option<Vec<String>> {
        let since = self.since?;
        if self.namespace.is_none() {
            return Some(Vec::new());
        }
        let lists = kinds().map(async |kind| {
            let api = objects::objects(&self.cluster.client, &objects::workloads(kind), None);
            let list = api.list_metadata(&ListParams::default()).await?;
            Ok::<_, kube::Error>(list.items.into_iter().map(move |object| (kind, object)))
        });
        let written = future::try_join_all(lists).await.ok()?.into_iter().flatten().filter(|(_, object)| {
            let mut entries = object.metadata.managed_fields.iter().flatten();
            let wrote = |entry: &ManagedFieldsEntry| {
                // Controllers and plat itself write all the time.
                let is_other = entry.manager.as_deref().is_some_and(|name| !OTHERS.contains(&name));
                is_other && entry.subresource.is_none() && entry.time.as_ref().is_some_and(|time| time.0 >= since)
            };
            object.metadata.namespace != self.namespace
                && object.metadata.owner_references.is_none()
                && entries.any(wrote)
        });
        let name = |(kind, object): (&WorkloadKind, PartialObjectMeta<DynamicObject>)| {
            manifests::describe(kind.kind, object.metadata.namespace.as_deref(), &object.name_any())
        };
        Some(written.map(name).collect())
    }

    /// Where a changed workload stands, as the watch knows it.
    #[must_use]
    pub fn progress(&self, changed: &Changed) -> Progress {
        let state = self.state.borrow();
        let uid = &changed.workload.uid;
        let seen = state.seen.get(uid).filter(|seen| seen.workload.generation >= changed.workload.generation);
        match seen {
            _ if state.deleted.contains(uid) => Progress::Gone,
            None => Progress::Waits("the watch has not seen it yet".to_owned()),
            Some(Seen { ready_at: Some(at), .. }) => Progress::Ready(*at),
            Some(Seen { workload, .. }) => {
                let what = workload.waits_for.clone().unwrap_or_default();
                match workload.status {
                    Status::Failed => Progress::Failed(what),
                    Status::Terminating => Progress::Gone,
                    _ => Progress::Waits(what),
                }
            }
        }
    }

    /// Waits until something is different; for ever once every watch has ended.
    pub async fn next(&mut self) {
        if self.state.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Why there is nothing to see at all.
    fn blind(&self) -> Option<Box<Refusal>> {
        let state = self.state.borrow();
        let mut refusals: Vec<_> = state.kinds.values().filter_map(|kind| kind.refused.clone()).collect();
        if refusals.len() < kinds().count() { None } else { refusals.pop() }
    }

    async fn list(&self, kind: &WorkloadKind) -> kube::Result<Vec<WorkloadSummary>> {
        let api = objects::objects(&self.cluster.client, &objects::workloads(kind), self.namespace.as_deref());
        // Without a resourceVersion the answer is as new as the last write that was acknowledged to anybody.
        let list = api.list(&ListParams::default()).await?;
        Ok(list.items.into_iter().filter_map(|object| read(kind, object)).collect())
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn workloads(&self) -> BTreeMap<String, WorkloadSummary> {
        self.seen.iter().map(|(uid, seen)| (uid.clone(), seen.workload.clone())).collect()
    }

    fn is_known(&self) -> bool {
        self.kinds.values().filter(|kind| kind.listed || kind.refused.is_some()).count() == kinds().count()
    }

    fn see(&mut self, workload: WorkloadSummary) {
        let before = self.seen.get(&workload.uid).filter(|seen| seen.workload.generation == workload.generation);
        let since = before.and_then(|seen| seen.ready_at);
        let ready_at = (workload.status == Status::Current).then(|| since.unwrap_or_else(Instant::now));
        self.seen.insert(workload.uid.clone(), Seen { workload, ready_at });
    }

    fn forget(&mut self, uid: String) {
        // How a Job ended still counts when it is removed at once (`ttlSecondsAfterFinished`).
        if self.seen.get(&uid).is_some_and(|seen| seen.workload.has_run) {
            return;
        }
        self.seen.remove(&uid);
        self.deleted.insert(uid);
    }

    fn take(&mut self, kind: &'static WorkloadKind, event: watcher::Event<DynamicObject>) {
        let watched = self.kinds.entry(kind.kind).or_default();
        let change = watched.members.note(event, |_| true);
        watched.listed |= matches!(change, Change::Listed(_));
        match change {
            Change::Seen(object) => {
                if let Some(workload) = read(kind, *object) {
                    self.see(workload);
                }
            }
            Change::Gone(gone) | Change::Listed(gone) => {
                for uid in gone {
                    self.forget(uid);
                }
            }
            Change::Nothing => {}
        }
    }
}

/// The kinds whose rollout a command of another tool may begin.
fn kinds() -> impl Iterator<Item = &'static WorkloadKind> {
    WORKLOADS.iter().filter(|kind| kind.rolls_out)
}

fn read(kind: &WorkloadKind, object: DynamicObject) -> Option<WorkloadSummary> {
    Workload::read(&objects::value(&objects::workloads(kind), object)).as_ref().map(WorkloadSummary::of)
}

fn notes(cluster: &Cluster, namespace: Option<&str>, kind: &'static WorkloadKind) -> BoxStream<'static, Note> {
    let api = objects::objects(&cluster.direct, &objects::workloads(kind), namespace);
    watcher(api, watcher::Config::default())
        .default_backoff()
        .scan(false, move |ended, event| {
            if *ended {
                return future::ready(None);
            }
            let note: Note = match event {
                Ok(event) => Box::new(move |state| state.take(kind, event)),
                Err(error) => match refusal(&error) {
                    Some(refusal) => {
                        *ended = true;
                        Box::new(move |state| state.kinds.entry(kind.kind).or_default().refused = Some(refusal))
                    }
                    // The watcher tries again; the deadline of the caller bounds it.
                    None => Box::new(|_| ()),
                },
            };
            future::ready(Some(note))
        })
        .boxed()
}
