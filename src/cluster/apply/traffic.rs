//! What leads requests to pods is switched when the pods that it leads to are ready: until then nobody is left behind.

use futures::future::join_all;
use kube::api::ListParams;
use serde_json::{Map, Value};

use super::step::{Step, Switch};
use crate::cluster::api::objects;
use crate::cluster::connect::Cluster;
use crate::diff::traffic::{Backend, Backends, bridge, common, selector};
use crate::event::Action;
use crate::manifests::{Manifest, WorkloadKind};
use crate::rollout::Workload;

/// Pods of one Service that are looked at: the others are made by the same few templates.
const SAMPLE: u32 = 200;
/// Kinds that lead to Services.
const ROUTES: [&str; 6] = ["Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"];

/// Decides it for each step, and says what the reader should know.
pub(in crate::cluster) async fn decide(cluster: &Cluster, steps: &mut [Step]) -> Vec<String> {
    let rolls = steps.iter().any(|step| is_written(step) && Workload::read(&step.manifest.body).is_some());
    let leads = steps.iter().any(|step| is_written(step) && step.manifest.kind == "Service");
    let shared: &[Step] = steps;
    let decisions = join_all(shared.iter().map(async |step| match step.manifest.kind.as_str() {
        "Service" => of_service(cluster, shared, step).await,
        kind if ROUTES.contains(&kind) && (rolls || leads) && leads_elsewhere(step) => {
            Some((Switch::WhenReady { meanwhile: None }, Vec::new()))
        }
        _ => None,
    }));
    let decisions = decisions.await;
    let mut remarks = Vec::new();
    for (step, decision) in steps.iter_mut().zip(decisions) {
        let Some((switch, gaps)) = decision else { continue };
        let object = step.describe();
        remarks.push(match gaps.as_slice() {
            [] => format!("{object} is switched when the new pods are ready"),
            gaps => format!(
                "{object} is switched when the new pods are ready; requests may fail meanwhile: {}",
                gaps.join("; ")
            ),
        });
        step.switch = switch;
    }
    remarks
}

fn is_written(step: &Step) -> bool {
    matches!(step.change.action, Action::Create | Action::Change)
}

/// Whether a route leads to another backend than before; what else changes of it concerns no pod.
fn leads_elsewhere(step: &Step) -> bool {
    let (Some(live), Some(planned)) = (&step.live, &step.planned) else { return false };
    step.change.action == Action::Change && backends(&live["spec"]) != backends(&planned["spec"])
}

/// `backend` and `defaultBackend` of an Ingress, `backendRefs` of a route, wherever they stand.
fn backends(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match key.as_str() {
                "backend" | "defaultBackend" | "backendRefs" => vec![value],
                _ => backends(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(backends).collect(),
        _ => Vec::new(),
    }
}

/// Whether this part of an object that is there changes.
fn is_changed(step: &Step, part: &str) -> bool {
    let (Some(live), Some(planned)) = (&step.live, &step.planned) else { return false };
    step.change.action == Action::Change && live[part] != planned[part]
}

async fn of_service(cluster: &Cluster, steps: &[Step], step: &Step) -> Option<(Switch, Vec<String>)> {
    let live = step.live.as_ref().filter(|_| is_changed(step, "spec"))?;
    let namespace = step.manifest.namespace.as_deref()?;
    let pods = async |labels: &Map<String, Value>| pods(cluster, namespace, labels).await;
    let (wanted, before) = (&step.manifest.body, selector(live));
    let (after, both) = (selector(wanted), common(live, wanted));
    let needs_others = both != before && both != after;
    let old: Vec<Backend> = pods(&before).await.iter().filter(|pod| serves(pod)).map(Backend::of).collect();
    let others = if needs_others { pods(&both).await } else { Vec::new() };
    let others = others.iter().map(Backend::of).filter(|pod| !pod.is_selected(&before) && !pod.is_selected(&after));
    let others = others.collect();
    let here = || steps.iter().filter(|other| other.manifest.namespace == step.manifest.namespace);
    let new = here().filter_map(template).map(|template| Backend::of(&template)).collect();
    let rolled = here().filter(|other| other.change.action == Action::Change);
    let rolled = rolled.filter_map(|other| other.live.as_ref()?["spec"]["selector"]["matchLabels"].as_object());
    let old_stay = !rolled.into_iter().any(|labels| old.iter().any(|pod| pod.is_selected(labels)));
    let found = bridge(live, wanted, &Backends { old, old_stay, new, others });
    let meanwhile = Manifest { body: found.until_ready?, ..step.manifest.as_ref().clone() };
    Some((Switch::WhenReady { meanwhile: Some(meanwhile) }, found.gaps))
}

/// The pods that a workload of the set makes.
fn template(step: &Step) -> Option<Value> {
    let object = step.planned.as_ref().unwrap_or(&step.manifest.body);
    match step.manifest.kind.as_str() {
        "Pod" => Some(object.clone()),
        "Job" | "CronJob" => None,
        _ => Some(object["spec"]["template"].clone()).filter(Value::is_object),
    }
}

/// Where they cannot be read, nobody is known to be left behind.
async fn pods(cluster: &Cluster, namespace: &str, labels: &Map<String, Value>) -> Vec<Value> {
    let Some(kind) = WorkloadKind::of_name("Pod").filter(|_| !labels.is_empty()) else { return Vec::new() };
    let labels: Vec<String> =
        labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    let params = ListParams::default().labels(&labels.join(",")).limit(SAMPLE);
    let resource = objects::workloads(kind);
    let listed = objects::objects(&cluster.client, &resource, Some(namespace)).list(&params).await;
    listed.map(|list| list.items.into_iter().map(|pod| objects::value(&resource, pod)).collect()).unwrap_or_default()
}

/// Whether a Service has it as an endpoint that gets requests.
fn serves(pod: &Value) -> bool {
    let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let is_ready = conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
    is_ready && pod["metadata"]["deletionTimestamp"].is_null()
}
