//! Logs of all pods of a service or any other object: at once, or followed through restarts, new pods and lost
//! connections.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;

use super::container;
use super::entry::{Instance, Part, Told};
use crate::cluster::api::Patience;
use crate::cluster::connect::Cluster;
use crate::cluster::inspect::{Target, pods, pods_of};
use crate::cluster::watch::refusal;
use crate::error::{Error, Result};
use crate::reason::Reason;

/// Logs that are followed at once. More would not be read by anybody, and each holds a stream of the connection.
const MOST: usize = 100;
/// Lines on their way to the reader; a reader that is slow makes the logs wait, not memory grow.
const QUEUE: usize = 256;
/// Logs that are read ahead of the one that is handed over.
const AHEAD: usize = 8;

/// Hands over the logs of all pods, pod by pod, the oldest pod first. `tell` answers whether there is still a reader.
///
/// # Errors
/// When there is no pod, no such container, or its logs may not be read.
pub async fn read(cluster: &Cluster, target: &Target, part: Part, mut tell: impl FnMut(Told) -> bool) -> Result<()> {
    let pods = pods::list(cluster, target, &pods_of(cluster, target).await?).await?;
    check_container(target, &pods, &part)?;
    let instances: Vec<Instance> = pods.iter().flat_map(|pod| container::instances(pod, &part)).collect();
    if instances.is_empty() {
        return Err(nothing_yet(target, &part));
    }
    let api = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    let start = |of: Instance| {
        let (sender, told) = mpsc::channel(QUEUE);
        let (api, part) = (api.clone(), part.clone());
        let reading = tokio::spawn(async move { of.read(&api, &part, &sender).await });
        std::future::ready((told, reading))
    };
    // The next ones are on their way while one is handed over.
    let mut logs = stream::iter(instances).map(start).buffered(AHEAD);
    while let Some((mut told, reading)) = logs.next().await {
        while let Some(told) = told.recv().await {
            if !tell(told) {
                return Ok(());
            }
        }
        reading
            .await
            .map_err(|e| Error::bug("reading a log stopped").because(e))?
            .map_err(|refused| explain(cluster, refused))?;
    }
    Ok(())
}

/// Hands over what all pods write, until `tell` says that nobody reads any more.
///
/// # Errors
/// When the pods may not be watched or their logs not be read.
pub async fn follow(cluster: &Cluster, target: &Target, part: Part, mut tell: impl FnMut(Told) -> bool) -> Result<()> {
    let pods = pods_of(cluster, target).await?;
    // Also the first word on whether this user may see the pods at all; a watch would try for ever.
    match pods::list(cluster, target, &pods).await {
        Ok(now) => check_container(target, &now, &part)?,
        // A Job that was just made, a Deployment without replicas: its pods are waited for.
        Err(none) if none.reason == Some(Reason::NoPods) => {
            if !tell(Told::NoPods) {
                return Ok(());
            }
        }
        Err(error) => return Err(error),
    }
    let api = Api::<Pod>::namespaced(cluster.direct.clone(), &cluster.namespace);
    let mut watch = watcher(api.clone(), pods.watch()).backoff(Patience::default()).boxed();
    let (sender, mut told) = mpsc::channel(QUEUE);
    let mut logs = Followed { api, part, sender, known: BTreeMap::new(), tasks: JoinSet::new(), full: false };
    let mut began = false;
    loop {
        let event = tokio::select! {
            Some(event) = watch.next() => event,
            Some(told) = told.recv() => {
                if tell(told) { continue }
                return Ok(());
            }
            Some(ended) = logs.tasks.join_next() => {
                if let Ok(Err(refused)) = ended {
                    drain(&mut told, &mut tell);
                    return Err(explain(cluster, refused));
                }
                continue;
            }
        };
        let news = match event {
            Ok(watcher::Event::Apply(pod) | watcher::Event::InitApply(pod)) if pods.has(&pod) => logs.take(&pod),
            Ok(watcher::Event::Delete(pod)) => {
                logs.known.remove(&pod.name_any());
                continue;
            }
            Ok(watcher::Event::InitDone) => {
                began = true;
                // What starts from here on is read from its begin.
                (logs.part.lines, logs.part.since) = (None, None);
                continue;
            }
            Ok(_) => continue,
            // A server that has just started refuses everybody until it has read the roles.
            Err(error) => match refusal(&error).filter(|_| !began) {
                Some(status) => {
                    return Err(cluster.explain(kube::Error::Api(status), &format!("watch the pods of {target}")));
                }
                None => continue,
            },
        };
        if began && !news.into_iter().all(&mut tell) {
            return Ok(());
        }
    }
}

/// The logs that are followed.
struct Followed {
    api: Api<Pod>,
    part: Part,
    sender: Sender<Told>,
    /// By pod, so that those of a deleted pod are forgotten.
    known: BTreeMap<String, BTreeSet<Instance>>,
    tasks: JoinSet<std::result::Result<(), container::Refused>>,
    full: bool,
}

impl Followed {
    /// Begins to follow what is new of this pod.
    fn take(&mut self, pod: &Pod) -> Vec<Told> {
        let mut news = Vec::new();
        for of in container::instances(pod, &self.part) {
            let known = self.known.entry(of.pod.clone()).or_default();
            if known.contains(&of) {
                continue;
            }
            if self.tasks.len() >= MOST {
                // It is looked at again with the pod's next change.
                if !std::mem::replace(&mut self.full, true) {
                    news.push(Told::TooMany);
                }
                continue;
            }
            known.insert(of.clone());
            let (api, part, sender) = (self.api.clone(), self.part.clone(), self.sender.clone());
            news.push(Told::New(of.clone()));
            self.tasks.spawn(async move { of.follow(&api, &part, &sender).await });
        }
        news
    }
}

/// What came before the end is worth more than the end.
fn drain(told: &mut Receiver<Told>, tell: &mut impl FnMut(Told) -> bool) {
    while let Ok(told) = told.try_recv() {
        if !tell(told) {
            return;
        }
    }
}

fn explain(cluster: &Cluster, (of, error): container::Refused) -> Error {
    cluster.explain(error, &format!("read the log of pod {}/{}, container {}", cluster.namespace, of.pod, of.container))
}

fn check_container(target: &Target, pods: &[Pod], part: &Part) -> Result<()> {
    let Some(wanted) = &part.container else { return Ok(()) };
    let names: BTreeSet<&str> = pods.iter().filter_map(|pod| pod.spec.as_ref()).flat_map(names).collect();
    if names.contains(wanted.as_str()) {
        return Ok(());
    }
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    Err(Error::user(format!("no pod of {target} has a container {wanted}"))
        .hint(format!("containers there: {names}"))
        .reason(Reason::NotFound))
}

fn names(spec: &k8s_openapi::api::core::v1::PodSpec) -> impl Iterator<Item = &str> {
    let init = spec.init_containers.iter().flatten().map(|container| container.name.as_str());
    init.chain(spec.containers.iter().map(|container| container.name.as_str()))
}

fn nothing_yet(target: &Target, part: &Part) -> Error {
    if part.previous {
        return Error::user(format!(
            "no container of {target} has restarted, so there is no log of an earlier instance"
        ))
        .hint("what runs now: plat logs, without --previous")
        .reason(Reason::NoLog);
    }
    Error::user(format!("no container of {target} has started yet, so there is no log"))
        .hint("see what it waits for: plat status; or wait for the log: plat logs --follow")
        .reason(Reason::NoLog)
}
