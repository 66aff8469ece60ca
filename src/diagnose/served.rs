//! Ready, and served? A Service of the set that leads to nobody, or to a port that nobody has. What the manifests alone
//! make certain costs nothing; the cluster is asked only where they make it likely.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use kube::core::Selector;

use super::doubt::{Doubt, doubt, listed};
use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::diff::PART_OF;
use crate::rollout::{Lookup, LookupResult, Workload, is_ready, is_selected, labels, misses};
use crate::text::foreign_line;

/// Labels that name an application: a Service with the same one is meant for it.
const NAMES: [&str; 5] = ["app", "app.kubernetes.io/name", "k8s-app", "name", "run"];

/// How long the endpoints of pods that have just become ready may take to be listed.
const ENDPOINTS: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(300);

/// What is ready and does not serve what it was asked to, a sentence each: by the Services of a set.
/// `maps`: its `ConfigMap`s, which may tell a program its port.
pub async fn by_set(
    cluster: &Cluster,
    services: &[Service],
    workloads: &[Workload],
    maps: &[ConfigMap],
) -> Vec<String> {
    let found = services.iter().map(|service| of_service(cluster, service, workloads, maps));
    join_all(found).await.into_iter().flatten().collect()
}

async fn of_service(
    cluster: &Cluster,
    service: &Service,
    workloads: &[Workload],
    maps: &[ConfigMap],
) -> Option<String> {
    let namespace = service.namespace().unwrap_or_else(|| cluster.namespace.clone());
    let selector = selector(service)?;
    match workloads.iter().find(|workload| workload.namespace() == namespace && is_selected(workload, selector)) {
        Some(workload) => of_ports(cluster, &namespace, service, workload, maps).await,
        // The pods may be those of another set.
        None if has_endpoints(&cluster.within(&namespace), &service.name_any()).await => None,
        None => {
            let near =
                workloads.iter().find(|workload| workload.namespace() == namespace && !workload.runs_to_its_end());
            Some(leads_nowhere(&namespace, service, near))
        }
    }
}

/// The same by the Services that are in the namespaces of the workloads, whoever brought them: those that select their
/// pods, and those that are meant to. For each workload (its place in `workloads`) what is said of it. `except`: those that
/// were looked at.
pub async fn by_namespace(cluster: &Cluster, workloads: &[&Workload], except: &[Service]) -> Vec<(usize, String)> {
    let serving = |workload: &&Workload| !workload.runs_to_its_end() && declares_ports(workload);
    let namespaces: BTreeSet<&str> = workloads.iter().filter(|one| serving(one)).map(|one| one.namespace()).collect();
    let all = namespaces.into_iter().map(|namespace| async move {
        let cluster = cluster.within(namespace);
        let services = inspect::services(&cluster).await.unwrap_or_default();
        let is_known = |service: &Service| {
            let is_it = |known: &Service| {
                let home = known.metadata.namespace.as_deref().unwrap_or(namespace);
                known.metadata.name == service.metadata.name && home == namespace
            };
            except.iter().any(is_it)
        };
        let found = services.into_iter().filter(|(service, _)| !is_known(service)).map(|(service, ready)| {
            let of = workloads.iter().enumerate().filter(|(_, one)| one.namespace() == namespace && serving(one));
            of_neighbour(&cluster, service, ready, of.map(|(at, one)| (at, *one)).collect())
        });
        join_all(found).await
    });
    join_all(all).await.into_iter().flatten().flatten().collect()
}

/// `ready`: its endpoints that are; none where that cannot be read.
async fn of_neighbour(
    cluster: &Cluster,
    service: Service,
    ready: Option<usize>,
    workloads: Vec<(usize, &Workload)>,
) -> Option<(usize, String)> {
    let selector = selector(&service)?;
    if let Some((at, workload)) = workloads.iter().find(|(_, workload)| is_selected(workload, selector)) {
        return Some((*at, of_ports(cluster, &cluster.namespace, &service, workload, &[]).await?));
    }
    let (at, meant) = workloads.into_iter().find(|(_, workload)| is_meant(workload, &service, selector))?;
    if ready != Some(0) || has_endpoints(cluster, &service.name_any()).await {
        return None;
    }
    Some((at, leads_nowhere(&cluster.namespace, &service, Some(meant))))
}

type Labels = BTreeMap<String, String>;

/// None where its endpoints come from somewhere else.
fn selector(service: &Service) -> Option<&Labels> {
    service.spec.as_ref()?.selector.as_ref().filter(|selector| !selector.is_empty())
}

/// Whether the Service was brought with the workload, or names the same application.
fn is_meant(workload: &Workload, service: &Service, selector: &Labels) -> bool {
    let set = |labels: Option<&Labels>| labels.and_then(|labels| labels.get(PART_OF)).cloned();
    let of_set = set(workload.metadata().labels.as_ref());
    let names = NAMES.iter().any(|key| {
        let of_pods = labels(workload).and_then(|labels| labels.get(*key));
        of_pods.is_some() && of_pods == selector.get(*key)
    });
    names || of_set.is_some() && of_set == set(service.metadata.labels.as_ref())
}

/// Whether pods of it are to be called by others.
fn declares_ports(workload: &Workload) -> bool {
    workload.containers().any(|container| container.ports.iter().flatten().next().is_some())
}

/// Whether one of these Services selects its pods.
#[must_use]
pub fn is_selected_by(workload: &Workload, services: &[Service]) -> bool {
    services.iter().filter_map(selector).any(|selector| is_selected(workload, selector))
}

/// `near`: whose pods may be meant.
fn leads_nowhere(namespace: &str, service: &Service, near: Option<&Workload>) -> String {
    let why = selector(service).map(|selector| misses(selector, near)).unwrap_or_default();
    format!("Service {} leads to no ready pod: {why}", shown(namespace, service))
}

fn shown(namespace: &str, service: &Service) -> String {
    foreign_line(&format!("{namespace}/{}", service.name_any()), 200)
}

async fn of_ports(
    cluster: &Cluster,
    namespace: &str,
    service: &Service,
    workload: &Workload,
    maps: &[ConfigMap],
) -> Option<String> {
    let name = shown(namespace, service);
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    for port in ports {
        if let Some(but) = of_port(cluster, &name, port, workload, (selector(service)?, maps)).await {
            return Some(but);
        }
    }
    None
}

async fn has_endpoints(cluster: &Cluster, service: &str) -> bool {
    let asking = async {
        loop {
            let Some(services) = inspect::services(cluster).await else { return true };
            let found = services.iter().find(|(one, _)| one.name_any() == service);
            // What cannot be seen is not blamed.
            if found.and_then(|(_, ready)| *ready).is_none_or(|ready| ready > 0) {
                return true;
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::time::timeout(ENDPOINTS, asking).await.unwrap_or(false)
}

/// A port of the Service that no container has.
async fn of_port(
    cluster: &Cluster,
    name: &str,
    port: &ServicePort,
    workload: &Workload,
    (selector, maps): (&Labels, &[ConfigMap]),
) -> Option<String> {
    let declared: Vec<(Option<&str>, i32)> = workload
        .containers()
        .flat_map(|container| container.ports.iter().flatten())
        .map(|port| (port.name.as_deref(), port.container_port))
        .collect();
    let of = format!("Service {name} sends port {} to", port.port);
    match port.target_port.clone().unwrap_or(IntOrString::Int(port.port)) {
        IntOrString::String(target) if target.parse::<i32>().is_err() => {
            if declared.iter().any(|(name, _)| *name == Some(target.as_str())) {
                return None;
            }
            let has = if declared.is_empty() {
                "they declare no port".to_owned()
            } else {
                format!("they declare {}", listed(&declared))
            };
            Some(format!(
                "{of} the port named {} of the pods of {}, and {has}",
                foreign_line(&target, 60),
                workload.describe()
            ))
        }
        target => {
            let target = match target {
                IntOrString::Int(number) => number,
                IntOrString::String(text) => text.parse().ok()?,
            };
            if port.protocol.as_deref() == Some("UDP") {
                return None;
            }
            // What a container declares is for the reader only; but who writes others has forgotten this one, or means another.
            let Doubt { others, because } = doubt(workload, target, maps)?;
            let selected: Selector = selector.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            let ports = std::iter::once(target).chain(others).collect();
            let open = listening(&cluster.within(workload.namespace()), &selected.to_string(), ports).await?;
            let others = open.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let elsewhere = if others.is_empty() { String::new() } else { format!("; port {others} is open") };
            (!open.contains(&target)).then(|| {
                format!(
                    "{of} port {target} of the pods of {}, where nothing listens; {because}{elsewhere}",
                    workload.describe()
                )
            })
        }
    }
}

/// On which of these ports something listens in one of the ready pods; none where that cannot be told.
async fn listening(cluster: &Cluster, selector: &str, ports: Vec<i32>) -> Option<Vec<i32>> {
    let pods = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    let pods = pods.list(&ListParams::default().labels(selector)).await.ok()?;
    let pod = pods.items.iter().find(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none())?;
    let ask = Lookup::Listens { pod: pod.name_any(), ports };
    match inspect::answer(cluster, &ask).await?.result {
        LookupResult::Listens(open) => Some(open),
        _ => None,
    }
}
