//! What else is in the namespace that a line of a log may speak of: Services, `LimitRange`s.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join, join3};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{LimitRange, Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;
use kube::api::{Api, ListParams};

use crate::cluster::connect::Cluster;
use crate::rollout::{LookupResult, ServiceSeen, Workload, is_selected, meant, misses};

/// Objects of one kind that are read at most.
const MOST: u32 = 500;

fn some() -> ListParams {
    ListParams::default().limit(MOST)
}

/// The Services of the namespace, with how many endpoints of each are ready: none where that cannot be read, or where they
/// come from somewhere else than pods. Nothing where they cannot be read.
pub async fn services(cluster: &Cluster) -> Option<Vec<(Service, Option<usize>)>> {
    let all = with_endpoints(cluster).await?;
    Some(all.into_iter().map(|(service, endpoints)| (service, endpoints.map(|all| all.ready))).collect())
}

/// How many endpoints a Service has.
#[derive(Clone, Default)]
struct Endpoints {
    ready: usize,
    /// Of pods that are not ready too.
    all: usize,
    /// The ports of the Service that lead somewhere, by their names.
    ports: BTreeSet<String>,
}

async fn with_endpoints(cluster: &Cluster) -> Option<Vec<(Service, Option<Endpoints>)>> {
    let services = Api::<Service>::namespaced(cluster.client.clone(), &cluster.namespace);
    let slices = Api::<EndpointSlice>::namespaced(cluster.client.clone(), &cluster.namespace);
    let (services, (params, also)) = (services, (some(), some()));
    let (services, slices) = join(services.list(&params), slices.list(&also)).await;
    let endpoints = slices.ok().map(|slices| endpoints(&slices.items));
    let seen = services.ok()?.items.into_iter().map(|service| {
        let is_own = service.spec.as_ref().is_some_and(|spec| spec.selector.is_some());
        let of_own = endpoints.as_ref().filter(|_| is_own);
        let of_own = of_own.map(|all| all.get(&service.name_any()).cloned().unwrap_or_default());
        (service, of_own)
    });
    Some(seen.collect())
}

/// What a rule of `rollout` reads of them.
pub(super) async fn services_seen(cluster: &Cluster) -> LookupResult {
    let Some(services) = with_endpoints(cluster).await else { return LookupResult::Unknown };
    // Only of a Service without any it is asked whose pods it may mean.
    let is_empty = |endpoints: &Option<Endpoints>| endpoints.as_ref().is_some_and(|endpoints| endpoints.all == 0);
    let has_number = |service: &Service| numbered(service).next().is_some();
    let is_any = services.iter().any(|(service, endpoints)| is_empty(endpoints) || has_number(service));
    let workloads = if is_any { workloads(cluster).await } else { None };
    let seen = services.into_iter().map(|(service, endpoints)| {
        let name = service.name_any();
        let undeclared = workloads.as_deref().map(|all| undeclared(&service, all)).unwrap_or_default();
        let spec = service.spec.unwrap_or_default();
        let ready = endpoints.as_ref().map(|all| all.ready);
        let selector = spec.selector.filter(|selector| is_empty(&endpoints) && !selector.is_empty());
        let (misses, idle) = match workloads.as_deref().zip(selector) {
            Some((workloads, selector)) => match workloads.iter().find(|workload| is_selected(workload, &selector)) {
                Some(selected) => (None, selected.idle()),
                None => (Some(misses(&selector, meant(&name, &selector, workloads))), None),
            },
            None => (None, None),
        };
        let addresses = spec.cluster_ips.unwrap_or_default().into_iter().filter(|ip| ip != "None").collect();
        let ports = spec.ports.iter().flatten().map(|port| port.port).collect();
        let unnamed = endpoints
            .filter(|all| all.ready > 0)
            .map(|all| unnamed(spec.ports.as_deref().unwrap_or_default(), &all))
            .unwrap_or_default();
        ServiceSeen { name, addresses, ports, ready, misses, unnamed, undeclared, idle }
    });
    LookupResult::Services(seen.collect())
}

/// Ports whose target is a number: the port, and the target.
fn numbered(service: &Service) -> impl Iterator<Item = (i32, i32)> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    ports.filter_map(|port| match port.target_port.as_ref() {
        Some(IntOrString::Int(target)) => Some((port.port, *target)),
        _ => None,
    })
}

/// Those whose number no container of what it selects declares, where they declare some.
fn undeclared(service: &Service, workloads: &[Workload]) -> Vec<String> {
    let Some(selector) = service.spec.as_ref().and_then(|spec| spec.selector.as_ref()) else { return Vec::new() };
    let selected: Vec<&Workload> = workloads.iter().filter(|workload| is_selected(workload, selector)).collect();
    let containers = selected.iter().flat_map(|workload| workload.containers());
    let declared: BTreeSet<i32> =
        containers.flat_map(|one| one.ports.iter().flatten()).map(|port| port.container_port).collect();
    if declared.is_empty() || selector.is_empty() {
        return Vec::new();
    }
    let listed = declared.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let wrong = numbered(service).filter(|(_, target)| !declared.contains(target));
    wrong.map(|(port, target)| format!("{port} -> {target}, and its pods declare {listed}")).collect()
}

/// Ports whose target is a name that none of the pods has for one of its own: they are left out of the endpoints.
fn unnamed(ports: &[ServicePort], endpoints: &Endpoints) -> Vec<String> {
    let leads_nowhere = |port: &&ServicePort| !endpoints.ports.contains(port.name.as_deref().unwrap_or_default());
    let named = ports.iter().filter(leads_nowhere).filter_map(|port| match port.target_port.as_ref()? {
        IntOrString::String(target) => Some(format!("{} -> {target}", port.port)),
        IntOrString::Int(_) => None,
    });
    named.collect()
}

/// What may be behind a Service; none where some of it cannot be read.
async fn workloads(cluster: &Cluster) -> Option<Vec<Workload>> {
    let (deployments, sets) = (Api::<Deployment>::namespaced(cluster.client.clone(), &cluster.namespace), some());
    let stateful = Api::<StatefulSet>::namespaced(cluster.client.clone(), &cluster.namespace);
    let daemons = Api::<DaemonSet>::namespaced(cluster.client.clone(), &cluster.namespace);
    let (deployments, stateful, daemons) =
        join3(deployments.list(&sets), stateful.list(&sets), daemons.list(&sets)).await;
    let deployments = deployments.ok()?.items.into_iter().map(Workload::from);
    let stateful = stateful.ok()?.items.into_iter().map(Workload::from);
    let daemons = daemons.ok()?.items.into_iter().map(Workload::from);
    Some(deployments.chain(stateful).chain(daemons).collect())
}

/// What may run a database or a broker: as far as it can be read; none where nothing of it can.
pub(super) async fn servers(cluster: &Cluster) -> Option<Vec<Workload>> {
    let sets = Api::<StatefulSet>::namespaced(cluster.client.clone(), &cluster.namespace);
    let deployments = Api::<Deployment>::namespaced(cluster.client.clone(), &cluster.namespace);
    let params = some();
    let (sets, deployments) = join(sets.list(&params), deployments.list(&params)).await;
    if sets.is_err() && deployments.is_err() {
        return None;
    }
    let sets = sets.into_iter().flat_map(|list| list.items).map(Workload::from);
    let deployments = deployments.into_iter().flat_map(|list| list.items).map(Workload::from);
    Some(sets.chain(deployments).collect())
}

/// The namespaces that have a Service of this name, as far as this user may see them.
pub(super) async fn namespaces_of_service(cluster: &Cluster, name: &str) -> LookupResult {
    let params = some().fields(&format!("metadata.name={name}"));
    match Api::<Service>::all(cluster.client.clone()).list_metadata(&params).await {
        Ok(list) => LookupResult::Present(list.iter().filter_map(ResourceExt::namespace).collect()),
        Err(_) => LookupResult::Unknown,
    }
}

/// By Service (`discovery/v1`: an endpoint of which nothing is known counts as ready).
fn endpoints(slices: &[EndpointSlice]) -> BTreeMap<String, Endpoints> {
    let mut all: BTreeMap<String, Endpoints> = BTreeMap::new();
    for slice in slices {
        let Some(service) = slice.labels().get("kubernetes.io/service-name") else { continue };
        let is_ready = |ready: Option<bool>| ready.unwrap_or(true);
        let ready = slice.endpoints.iter().filter(|one| is_ready(one.conditions.as_ref().and_then(|all| all.ready)));
        let of_service = all.entry(service.clone()).or_default();
        of_service.ready += ready.count();
        of_service.all += slice.endpoints.len();
        of_service.ports.extend(slice.ports.iter().flatten().map(|port| port.name.clone().unwrap_or_default()));
    }
    all
}

pub(super) async fn limit_ranges(cluster: &Cluster) -> LookupResult {
    let ranges = Api::<LimitRange>::namespaced(cluster.client.clone(), &cluster.namespace);
    match ranges.list_metadata(&some()).await {
        Ok(list) => LookupResult::Present(list.iter().map(ResourceExt::name_any).collect()),
        Err(_) => LookupResult::Unknown,
    }
}
