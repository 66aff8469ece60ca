//! What else is in the namespace that a line of a log may speak of: Services, Roles, `LimitRange`s.

use std::collections::BTreeMap;

use futures::future::join;
use k8s_openapi::api::core::v1::{LimitRange, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::rbac::v1::{ClusterRoleBinding, RoleBinding, RoleRef, Subject};
use kube::ResourceExt;
use kube::api::{Api, ListParams};

use crate::cluster::connect::Cluster;
use crate::rollout::{LookupResult, ServiceSeen};

/// Objects of one kind that are read at most.
const MOST: u32 = 500;

fn some() -> ListParams {
    ListParams::default().limit(MOST)
}

/// The Services of the namespace, with how many endpoints of each are ready: none where that cannot be read, or where they
/// come from somewhere else than pods. Nothing where they cannot be read.
pub async fn services(cluster: &Cluster) -> Option<Vec<(Service, Option<usize>)>> {
    let services = Api::<Service>::namespaced(cluster.client.clone(), &cluster.namespace);
    let slices = Api::<EndpointSlice>::namespaced(cluster.client.clone(), &cluster.namespace);
    let (services, (params, also)) = (services, (some(), some()));
    let (services, slices) = join(services.list(&params), slices.list(&also)).await;
    let ready = slices.ok().map(|slices| ready_endpoints(&slices.items));
    let seen = services.ok()?.items.into_iter().map(|service| {
        let is_own = service.spec.as_ref().is_some_and(|spec| spec.selector.is_some());
        let ready = ready.as_ref().filter(|_| is_own);
        let ready = ready.map(|all| all.get(&service.name_any()).copied().unwrap_or(0));
        (service, ready)
    });
    Some(seen.collect())
}

/// What a rule of `rollout` reads of them.
pub(super) async fn services_seen(cluster: &Cluster) -> LookupResult {
    let Some(services) = services(cluster).await else { return LookupResult::Unknown };
    let seen = services.into_iter().map(|(service, ready)| {
        let name = service.name_any();
        let spec = service.spec.unwrap_or_default();
        let addresses = spec.cluster_ips.unwrap_or_default().into_iter().filter(|ip| ip != "None").collect();
        ServiceSeen { name, addresses, ports: spec.ports.iter().flatten().map(|port| port.port).collect(), ready }
    });
    LookupResult::Services(seen.collect())
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
fn ready_endpoints(slices: &[EndpointSlice]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for slice in slices {
        let Some(service) = slice.labels().get("kubernetes.io/service-name") else { continue };
        let is_ready = |ready: Option<bool>| ready.unwrap_or(true);
        let ready = slice.endpoints.iter().filter(|one| is_ready(one.conditions.as_ref().and_then(|all| all.ready)));
        *all.entry(service.clone()).or_default() += ready.count();
    }
    all
}

/// `Role reader`, `ClusterRole view`: those that are bound to the `ServiceAccount` in its own namespace, and in all.
pub(super) async fn roles(cluster: &Cluster, account: &str) -> LookupResult {
    let here = Api::<RoleBinding>::namespaced(cluster.client.clone(), &cluster.namespace);
    let everywhere = Api::<ClusterRoleBinding>::all(cluster.client.clone());
    let (params, also) = (some(), some());
    let (here, everywhere) = join(here.list(&params), everywhere.list(&also)).await;
    let Ok(here) = here else { return LookupResult::Unknown };
    let is_it = |subjects: &Option<Vec<Subject>>, own: &str| {
        let mut subjects = subjects.iter().flatten();
        subjects.any(|one| {
            let namespace = one.namespace.as_deref().unwrap_or(own);
            one.kind == "ServiceAccount" && one.name == account && namespace == cluster.namespace
        })
    };
    let named = |role: &RoleRef| format!("{} {}", role.kind, role.name);
    let own = here.items.iter().filter(|one| is_it(&one.subjects, &cluster.namespace)).map(|one| named(&one.role_ref));
    // Whoever may not see these sees those of the namespace.
    let wide = everywhere.map(|list| list.items).unwrap_or_default();
    let wide: Vec<String> =
        wide.iter().filter(|one| is_it(&one.subjects, "")).map(|one| named(&one.role_ref)).collect();
    LookupResult::Present(own.chain(wide).collect())
}

pub(super) async fn limit_ranges(cluster: &Cluster) -> LookupResult {
    let ranges = Api::<LimitRange>::namespaced(cluster.client.clone(), &cluster.namespace);
    match ranges.list_metadata(&some()).await {
        Ok(list) => LookupResult::Present(list.iter().map(ResourceExt::name_any).collect()),
        Err(_) => LookupResult::Unknown,
    }
}
