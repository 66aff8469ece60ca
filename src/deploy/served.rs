//! Ready, and served? A Service of the set that leads to nobody, or to a port that nobody has. What the manifests alone
//! make certain costs nothing; the cluster is asked only where they make it likely.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::{Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use kube::core::Selector;
use serde::Deserialize;

use super::release::Deploy;
use crate::cluster::apply::Plan;
use crate::cluster::inspect;
use crate::manifests::Manifest;
use crate::rollout::{Lookup, LookupResult, ServiceSeen, Workload, is_ready};
use crate::text::foreign_line;

/// How long the endpoints of pods that have just become ready may take to be listed.
const ENDPOINTS: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(300);

/// What is ready and does not serve what it was asked to, a sentence each.
pub async fn buts(deploy: &Deploy<'_>, plan: &Plan) -> Vec<String> {
    let manifests: Vec<&Manifest> = plan.steps().iter().map(|step| &*step.manifest).collect();
    let workloads: Vec<Workload> = manifests.iter().filter_map(|manifest| Workload::read(&manifest.body)).collect();
    let services = manifests.iter().filter(|manifest| manifest.kind == "Service" && manifest.api_version == "v1");
    let services = services.filter_map(|manifest| Service::deserialize(&manifest.body).ok());
    let found = services.map(|service| of_service(deploy, service, &workloads));
    join_all(found).await.into_iter().flatten().collect()
}

async fn of_service(deploy: &Deploy<'_>, service: Service, workloads: &[Workload]) -> Option<String> {
    let spec = service.spec.as_ref()?;
    let selector = spec.selector.as_ref().filter(|selector| !selector.is_empty())?;
    let namespace = service.namespace().unwrap_or_else(|| deploy.cluster().namespace.clone());
    let selects = |workload: &&Workload| {
        workload.namespace() == namespace
            && labels(workload).is_some_and(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
    };
    let name = foreign_line(&format!("{namespace}/{}", service.name_any()), 200);
    let Some(workload) = workloads.iter().find(selects) else {
        // The pods may be those of another set.
        if has_endpoints(deploy, &namespace, &service.name_any()).await {
            return None;
        }
        let wanted: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let near = workloads.iter().find(|workload| workload.namespace() == namespace && !workload.runs_to_its_end());
        let near = near.map(|workload| labels_of(workload, selector.keys())).unwrap_or_default();
        return Some(format!(
            "Service {name} leads to no ready pod: its selector is {}{near}",
            foreign_line(&wanted.join(","), 200)
        ));
    };
    for port in spec.ports.iter().flatten() {
        if let Some(but) = of_port(deploy, &name, port, workload, selector.iter()).await {
            return Some(but);
        }
    }
    None
}

/// Those of its pods.
fn labels(workload: &Workload) -> Option<&BTreeMap<String, String>> {
    workload.template()?.metadata.as_ref()?.labels.as_ref()
}

/// `, and the pods of Deployment shop/api have app=api`
fn labels_of<'k>(workload: &Workload, keys: impl Iterator<Item = &'k String>) -> String {
    let labels = labels(workload);
    let has: Vec<String> = keys
        .map(|key| match labels.and_then(|labels| labels.get(key)) {
            Some(value) => format!("{key}={value}"),
            None => format!("no label {key}"),
        })
        .collect();
    format!(", and the pods of {} have {}", workload.describe(), foreign_line(&has.join(", "), 200))
}

async fn has_endpoints(deploy: &Deploy<'_>, namespace: &str, service: &str) -> bool {
    let cluster = deploy.cluster().within(namespace);
    let asking = async {
        loop {
            let answer = inspect::answer(&cluster, &Lookup::Services).await.map(|record| record.result);
            let Some(LookupResult::Services(services)) = answer else { return true };
            let is_it = |seen: &&ServiceSeen| seen.name == service;
            // What cannot be seen is not blamed.
            if services.iter().find(is_it).and_then(|seen| seen.ready).is_none_or(|ready| ready > 0) {
                return true;
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::time::timeout(ENDPOINTS, asking).await.unwrap_or(false)
}

/// A port of the Service that no container has.
async fn of_port(
    deploy: &Deploy<'_>,
    name: &str,
    port: &ServicePort,
    workload: &Workload,
    selector: impl Iterator<Item = (&String, &String)>,
) -> Option<String> {
    let declared: Vec<(Option<&str>, i32)> = workload
        .containers()
        .flat_map(|container| container.ports.iter().flatten())
        .map(|port| (port.name.as_deref(), port.container_port))
        .collect();
    let listed = || {
        let port = |(name, number): &(Option<&str>, i32)| match name {
            Some(name) => format!("{} ({number})", foreign_line(name, 60)),
            None => number.to_string(),
        };
        declared.iter().map(port).collect::<Vec<_>>().join(", ")
    };
    let of = format!("Service {name} sends port {} to", port.port);
    match port.target_port.clone().unwrap_or(IntOrString::Int(port.port)) {
        IntOrString::String(target) if target.parse::<i32>().is_err() => {
            if declared.iter().any(|(name, _)| *name == Some(target.as_str())) {
                return None;
            }
            let has = if declared.is_empty() {
                "they declare no port".to_owned()
            } else {
                format!("they declare {}", listed())
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
            // What a container declares is for the reader only; but who declares others has forgotten this one, or means another.
            if declared.is_empty()
                || declared.iter().any(|(_, number)| *number == target)
                || port.protocol.as_deref() == Some("UDP")
            {
                return None;
            }
            let selected: Selector = selector.map(|(key, value)| (key.clone(), value.clone())).collect();
            let listens = listens(deploy, workload.namespace(), &selected.to_string(), target).await?;
            (!listens).then(|| {
                format!(
                    "{of} port {target} of the pods of {}, where nothing listens; they declare {}",
                    workload.describe(),
                    listed()
                )
            })
        }
    }
}

/// Whether something listens there in one of the ready pods; none where that cannot be told.
async fn listens(deploy: &Deploy<'_>, namespace: &str, selector: &str, port: i32) -> Option<bool> {
    let cluster = deploy.cluster().within(namespace);
    let pods = Api::<Pod>::namespaced(cluster.client.clone(), namespace);
    let pods = pods.list(&ListParams::default().labels(selector)).await.ok()?;
    let pod = pods.items.iter().find(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none())?;
    let ask = Lookup::Listens { pod: pod.name_any(), ports: vec![port] };
    match inspect::answer(&cluster, &ask).await?.result {
        LookupResult::Listens(ports) => Some(ports.contains(&port)),
        _ => None,
    }
}
