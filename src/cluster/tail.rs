//! Logs of all pods of a service: at once, or followed through restarts and new pods.

use std::collections::BTreeSet;

use futures::future::join_all;
use futures::stream::{BoxStream, SelectAll};
use futures::{AsyncBufReadExt, StreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, ListParams, LogParams};
use kube::runtime::{WatchStreamExt, watcher};

use super::connect::Cluster;
use super::look::{list, missing};
use super::watch::selector;
use crate::error::Result;

/// One line of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub pod: String,
    pub container: String,
    /// As the container wrote it: neither escaped nor redacted.
    pub text: String,
}

/// Which part of the logs.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Lines from the end of each log; none for all.
    pub lines: Option<i64>,
    /// The instance before the present one.
    pub previous: bool,
}

/// Hands over the logs of all pods, pod by pod.
///
/// # Errors
/// When there is no pod, or its logs may not be read.
pub async fn read(cluster: &Cluster, name: &str, part: Part, mut out: impl FnMut(Line)) -> Result<()> {
    let mut pods = list::<Pod>(cluster, &ListParams::default().labels(&selector(name))).await?;
    if pods.is_empty() {
        return Err(missing(cluster, "Deployment", name).await);
    }
    pods.sort_by_key(|pod| pod.metadata.creation_timestamp.clone());
    let api = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    let started = pods.iter().flat_map(|pod| started(pod, part.previous));
    let logs = join_all(started.map(|of| async {
        let text = api.logs(&of.pod, &params(&of, part, false)).await;
        (of, text)
    }))
    .await;
    for (of, text) in logs {
        let doing = || format!("read the log of pod {}/{}", cluster.namespace, of.pod);
        for line in text.map_err(|e| cluster.explain(e, &doing()))?.lines() {
            out(of.line(line.to_owned()));
        }
    }
    Ok(())
}

/// Hands over what all pods write, until the caller stops.
///
/// # Errors
/// When the pods may not be watched.
pub async fn follow(cluster: &Cluster, name: &str, part: Part, mut out: impl FnMut(Line)) -> Result<()> {
    let api = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    // Also the first word on whether this user may see the pods at all; a watch would try for ever.
    list::<Pod>(cluster, &ListParams::default().labels(&selector(name)).limit(1)).await?;
    let config = watcher::Config::default().labels(&selector(name));
    let mut pods = watcher(api.clone(), config).default_backoff().applied_objects().boxed();
    let mut followed: BTreeSet<Instance> = BTreeSet::new();
    let mut logs: SelectAll<BoxStream<'static, Line>> = SelectAll::new();
    loop {
        tokio::select! {
            Some(pod) = pods.next() => {
                let Ok(pod) = pod else { continue };
                for of in started(&pod, false) {
                    if followed.insert(of.clone()) {
                        logs.push(lines(api.clone(), of, part));
                    }
                }
            }
            Some(line) = logs.next(), if !logs.is_empty() => out(line),
        }
    }
}

/// One instance of a container: a restart is another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Instance {
    pod: String,
    container: String,
    id: String,
}

impl Instance {
    fn line(&self, text: String) -> Line {
        Line { pod: self.pod.clone(), container: self.container.clone(), text }
    }
}

/// Containers that have run, so that there is a log.
fn started(pod: &Pod, previous: bool) -> Vec<Instance> {
    let status = pod.status.clone().unwrap_or_default();
    let init = status.init_container_statuses.unwrap_or_default();
    let containers = init.into_iter().chain(status.container_statuses.unwrap_or_default());
    containers
        .filter(|container| if previous { container.restart_count > 0 } else { container.container_id.is_some() })
        .map(|container| Instance {
            pod: pod.name_any(),
            container: container.name,
            id: container.container_id.unwrap_or_default(),
        })
        .collect()
}

fn params(of: &Instance, part: Part, follow: bool) -> LogParams {
    LogParams {
        container: Some(of.container.clone()),
        follow,
        previous: part.previous,
        tail_lines: part.lines,
        ..LogParams::default()
    }
}

/// Ends with the container. One that writes nothing for long is asked again: the server answers with the first line.
fn lines(api: Api<Pod>, of: Instance, part: Part) -> BoxStream<'static, Line> {
    let log = {
        let of = of.clone();
        async move {
            loop {
                match api.log_stream(&of.pod, &params(&of, part, true)).await {
                    Ok(log) => return Some(log.lines()),
                    Err(error) if super::errors::is_timeout(&error) => {}
                    Err(_) => return None,
                }
            }
        }
    };
    stream::once(log)
        .filter_map(std::future::ready)
        .flatten()
        .take_while(|line| std::future::ready(line.is_ok()))
        .filter_map(|line| std::future::ready(line.ok()))
        .map(move |text| of.line(text))
        .boxed()
}
