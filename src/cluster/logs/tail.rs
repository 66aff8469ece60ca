//! Logs of all pods of a service or any other object: at once, or followed through restarts, new pods and lost
//! connections.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
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
use crate::cluster::inspect::{Pods, Target, pods, pods_of};
use crate::cluster::watch::refusal;
use crate::error::{Error, Result};
use crate::reason::Reason;

/// Logs that are followed at once. More would not be read by anybody, and each holds a stream of the connection.
const MOST: usize = 100;
/// Lines on their way to the reader; a reader that is slow makes the logs wait, not memory grow.
const QUEUE: usize = 256;
/// Logs that are read ahead of the one that is handed over.
const AHEAD: usize = 8;

/// Hands over the logs of all pods of all targets, pod by pod, the oldest pod of a target first. `tell` answers whether
/// there is still a reader.
///
/// # Errors
/// When there is no pod, no such container, or its logs may not be read.
pub async fn read(cluster: &Cluster, targets: &[Target], part: Part, mut tell: impl FnMut(Told) -> bool) -> Result<()> {
    let (sources, pods) = sources(cluster, targets, &part).await?;
    let there: Vec<&Pod> = pods.iter().flatten().flatten().collect();
    if there.is_empty() {
        return Err(none(pods));
    }
    check_container(targets, &there, &part)?;
    let instances: Vec<(Api<Pod>, Instance)> = sources
        .iter()
        .zip(&pods)
        .flat_map(|(source, pods)| pods.iter().flatten().map(move |pod| (source, pod)))
        .flat_map(|(source, pod)| {
            container::instances(pod, &part).into_iter().map(|of| (source.reads.clone(), of)).collect::<Vec<_>>()
        })
        .collect();
    if instances.is_empty() {
        return Err(nothing_yet(targets, &part));
    }
    let start = |(api, of): (Api<Pod>, Instance)| {
        let (sender, told) = mpsc::channel(QUEUE);
        let part = part.clone();
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

/// Hands over what all pods of all targets write, until `tell` says that nobody reads any more.
///
/// # Errors
/// When the pods may not be watched or their logs not be read.
pub async fn follow(
    cluster: &Cluster,
    targets: &[Target],
    part: Part,
    mut tell: impl FnMut(Told) -> bool,
) -> Result<()> {
    let (mut sources, pods) = sources(cluster, targets, &part).await?;
    if sources.is_empty() {
        return Err(none(pods));
    }
    let there: Vec<&Pod> = pods.iter().flatten().flatten().collect();
    // A Job that was just made, a Deployment without replicas: its pods are waited for.
    if there.is_empty() {
        if !tell(Told::NoPods) {
            return Ok(());
        }
    } else {
        check_container(targets, &there, &part)?;
    }
    let watches = sources.iter().enumerate().map(|(at, source)| {
        let watch = watcher(source.follows.clone(), source.pods.watch()).backoff(Patience::default());
        watch.map(move |event| (at, event)).boxed()
    });
    let mut watch = stream::select_all(watches.collect::<Vec<_>>());
    let (sender, mut told) = mpsc::channel(QUEUE);
    let mut logs = Followed { sender, known: BTreeMap::new(), tasks: JoinSet::new(), full: false };
    loop {
        let (at, event) = tokio::select! {
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
        let source = &mut sources[at];
        let news = match event {
            Ok(watcher::Event::Apply(pod) | watcher::Event::InitApply(pod)) if source.pods.has(&pod) => {
                logs.take(at, source, &pod)
            }
            Ok(watcher::Event::Delete(pod)) => {
                logs.known.remove(&(at, pod.name_any()));
                continue;
            }
            Ok(watcher::Event::InitDone) => {
                source.began = true;
                // What starts from here on is read from its begin.
                (source.part.lines, source.part.since) = (None, None);
                continue;
            }
            Ok(_) => continue,
            // A server that has just started refuses everybody until it has read the roles.
            Err(error) => match refusal(&error).filter(|_| !source.began) {
                Some(status) => {
                    return Err(
                        cluster.explain(kube::Error::Api(status), &format!("watch the pods of {}", targets[at]))
                    );
                }
                None => continue,
            },
        };
        if source.began && !news.into_iter().all(&mut tell) {
            return Ok(());
        }
    }
}

/// The pods of one target, and how they are asked for.
struct Source {
    pods: Pods,
    /// Each request tried again where that is safe.
    reads: Api<Pod>,
    /// Whoever follows tries again by himself.
    follows: Api<Pod>,
    part: Part,
    /// All that was there when the following began is known.
    began: bool,
}

/// The pods of one target, or why it has none now.
type Now = Result<Vec<Pod>>;

/// The sources, and what each has now: also the first word on whether this user may see the pods at all, since a watch would
/// try for ever.
///
/// # Errors
/// When one is not there, or may not be seen.
async fn sources(cluster: &Cluster, targets: &[Target], part: &Part) -> Result<(Vec<Source>, Vec<Now>)> {
    let asked = targets.iter().map(|target| async move {
        let place = target.place(cluster);
        let pods = pods_of(&place, target).await?;
        let now = match pods::list(&place, target, &pods).await {
            Err(error) if error.reason != Some(Reason::NoPods) => return Err(error),
            now => now,
        };
        let api = |client: &kube::Client| Api::<Pod>::namespaced(client.clone(), &place.namespace);
        let (reads, follows) = (api(&place.client), api(&place.direct));
        Ok((Source { pods, reads, follows, part: part.clone(), began: false }, now))
    });
    Ok(try_join_all(asked).await?.into_iter().unzip())
}

/// The logs that are followed.
struct Followed {
    sender: Sender<Told>,
    /// By source and pod, so that those of a deleted pod are forgotten.
    known: BTreeMap<(usize, String), BTreeSet<Instance>>,
    tasks: JoinSet<std::result::Result<(), container::Refused>>,
    full: bool,
}

impl Followed {
    /// Begins to follow what is new of this pod.
    fn take(&mut self, at: usize, source: &Source, pod: &Pod) -> Vec<Told> {
        let mut news = Vec::new();
        for of in container::instances(pod, &source.part) {
            let known = self.known.entry((at, of.pod.clone())).or_default();
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
            let (api, part, sender) = (source.follows.clone(), source.part.clone(), self.sender.clone());
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

fn check_container(targets: &[Target], pods: &[&Pod], part: &Part) -> Result<()> {
    let Some(wanted) = &part.container else { return Ok(()) };
    let names: BTreeSet<&str> = pods.iter().filter_map(|pod| pod.spec.as_ref()).flat_map(names).collect();
    if names.contains(wanted.as_str()) {
        return Ok(());
    }
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    Err(Error::user(format!("no pod of {} has a container {wanted}", all(targets)))
        .hint(format!("containers there: {names}"))
        .reason(Reason::NotFound))
}

/// The targets, for a reader.
fn all(targets: &[Target]) -> String {
    targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Why none has a pod now.
fn none(pods: Vec<Now>) -> Error {
    let why = pods.into_iter().find_map(Result::err);
    why.unwrap_or_else(|| Error::user("nothing in this set runs pods").reason(Reason::NoPods))
}

fn names(spec: &k8s_openapi::api::core::v1::PodSpec) -> impl Iterator<Item = &str> {
    let init = spec.init_containers.iter().flatten().map(|container| container.name.as_str());
    init.chain(spec.containers.iter().map(|container| container.name.as_str()))
}

fn nothing_yet(targets: &[Target], part: &Part) -> Error {
    if part.previous {
        return Error::user(format!(
            "no container of {} has restarted, so there is no log of an earlier instance",
            all(targets)
        ))
        .hint("what runs now: plat logs, without --previous")
        .reason(Reason::NoLog);
    }
    Error::user(format!("no container of {} has started yet, so there is no log", all(targets)))
        .hint("see what it waits for: plat status; or wait for the log: plat logs --follow")
        .reason(Reason::NoLog)
}
