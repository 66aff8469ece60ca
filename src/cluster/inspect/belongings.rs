//! A workload and all that may belong to it, whoever made it: to make a plat.yaml of.

use futures::future::join_all;
use kube::api::{ApiResource, ListParams};
use serde_json::Value;

use super::missing::missing;
use super::target::Target;
use crate::cluster::api::{objects, request};
use crate::cluster::connect::Cluster;
use crate::diff::managed;
use crate::error::{Error, Result};
use crate::manifests::{MANAGED_BY, MANAGED_BY_LABEL, Manifest, WorkloadKind};
use crate::reason::Reason;

/// Kinds of which all of the namespace are looked at: version, kind, plural. The workloads too: what two of them use is
/// neither's alone.
const KINDS: [(&str, &str, &str); 9] = [
    ("apps/v1", "Deployment", "deployments"),
    ("batch/v1", "CronJob", "cronjobs"),
    ("batch/v1", "Job", "jobs"),
    ("v1", "Service", "services"),
    ("networking.k8s.io/v1", "Ingress", "ingresses"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes"),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
];
/// Kinds that a pod refers to by name, and how.
const NAMED: [(&str, &str, &[&str]); 2] = [
    ("ConfigMap", "configmaps", &["configMapRef", "configMapKeyRef", "configMap"]),
    ("PersistentVolumeClaim", "persistentvolumeclaims", &["persistentVolumeClaim"]),
];

/// The objects; the workload itself is among them.
///
/// # Errors
/// When it is not there, or plat runs it already; when this user may not look.
pub async fn belongings(cluster: &Cluster, target: &Target) -> Result<Vec<Manifest>> {
    let Some(kind) = target.kind else {
        return Err(
            Error::usage(format!("{target} has no kind")).hint("name it: deployment/NAME, cronjob/NAME, job/NAME")
        );
    };
    let api = objects::objects(&cluster.client, &objects::workloads(kind), Some(&cluster.namespace));
    let place = format!("{} {}/{}", kind.kind, cluster.namespace, target.name);
    let workload = api.get_opt(&target.name).await.map_err(|e| cluster.explain(e, &format!("read {place}")))?;
    let Some(workload) = workload else { return Err(missing(cluster, kind, &target.name).await) };
    let workload = objects::value(&objects::workloads(kind), workload);
    if workload["metadata"]["labels"][MANAGED_BY_LABEL] == MANAGED_BY
        && managed::applied(&workload, MANAGED_BY).is_some()
    {
        return Err(Error::user(format!("{place} is plat's already"))
            .at(cluster.place())
            .hint(format!("who deployed it: plat history {} -n {}", target.argument(), cluster.namespace))
            .reason(Reason::Occupied));
    }
    let mut found = vec![manifest(cluster, kind.plural, workload)];
    let params = ListParams::default();
    let lists = KINDS.map(|(version, kind, plural)| {
        let of = objects::resource(version, kind, plural);
        let params = &params;
        async move { (of.plural.clone(), all(cluster, &of, params).await) }
    });
    for (plural, listed) in join_all(lists).await {
        let others = listed?.into_iter().map(|object| manifest(cluster, &plural, object));
        found.extend(others.filter(|other| other.kind != kind.kind || other.name != target.name));
    }
    let named = named(cluster, &found).await?;
    found.extend(named);
    Ok(found)
}

/// None of a kind that the cluster does not have; of one that this user may not see either, but then that is said.
async fn all(cluster: &Cluster, of: &ApiResource, params: &ListParams) -> Result<Vec<Value>> {
    let api = objects::objects(&cluster.client, of, Some(&cluster.namespace));
    match api.list(params).await {
        Ok(list) => Ok(list.items.into_iter().map(|object| objects::value(of, object)).collect()),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Vec::new()),
        Err(kube::Error::Api(status)) if status.is_forbidden() => {
            cluster.events.warn(format!(
                "you are not allowed to list the {} of namespace {}; those that belong to it are not taken along",
                of.plural, cluster.namespace
            ));
            Ok(Vec::new())
        }
        Err(error) => {
            Err(cluster.explain(error, &format!("list the {} of namespace {}", of.plural, cluster.namespace)))
        }
    }
}

/// What the workload refers to by name: accounts, configuration, claims. Secrets are not read.
async fn named(cluster: &Cluster, found: &[Manifest]) -> Result<Vec<Manifest>> {
    let Some(workload) = found.first() else { return Ok(Vec::new()) };
    let mut wanted: Vec<Manifest> = Vec::new();
    for (kind, plural, references) in NAMED {
        let names = names(&workload.body["spec"], references);
        wanted.extend(names.into_iter().map(|name| request::core(kind, plural, Some(&cluster.namespace), &name)));
    }
    let account = names(&workload.body["spec"], &["serviceAccountName"]);
    let account = if account.is_empty() { vec!["default".to_owned()] } else { account };
    wanted.extend(
        account
            .into_iter()
            .map(|name| request::core("ServiceAccount", "serviceaccounts", Some(&cluster.namespace), &name)),
    );
    let reads = wanted.iter().map(async |address| {
        let read = request::get(cluster, address).await;
        let doing = format!("read {}", address.describe());
        Ok(read.map_err(|e| cluster.explain(e, &doing))?.map(|body| Manifest { body, ..address.clone() }))
    });
    let read: Result<Vec<Option<Manifest>>> = join_all(reads).await.into_iter().collect();
    Ok(read?.into_iter().flatten().collect())
}

/// The image that a container of this object has now; none where it is not there or may not be read.
pub async fn image_of(cluster: &Cluster, kind: &str, name: &str, container: &str) -> Option<String> {
    let kind = WorkloadKind::of_name(kind)?;
    let api = objects::objects(&cluster.client, &objects::workloads(kind), Some(&cluster.namespace));
    let object = api.get_opt(name).await.ok()??;
    let template = &object.data["spec"];
    let template = if template["jobTemplate"].is_null() { template } else { &template["jobTemplate"]["spec"] };
    let containers = template["template"]["spec"]["containers"].as_array()?;
    let found = containers.iter().find(|found| found["name"] == container)?;
    found["image"].as_str().map(ToOwned::to_owned)
}

/// The names behind references of these names.
fn names(value: &Value, references: &[&str]) -> Vec<String> {
    fn walk(value: &Value, references: &[&str], found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    if references.contains(&key.as_str()) {
                        let name = value.as_str().or(value["name"].as_str()).or(value["claimName"].as_str());
                        found.extend(name.map(str::to_owned));
                    }
                    walk(value, references, found);
                }
            }
            Value::Array(list) => list.iter().for_each(|item| walk(item, references, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, references, &mut found);
    found.sort();
    found.dedup();
    found
}

fn manifest(cluster: &Cluster, plural: &str, body: Value) -> Manifest {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Manifest {
        api_version: text(&body["apiVersion"]),
        kind: text(&body["kind"]),
        resource: plural.to_owned(),
        name: text(&body["metadata"]["name"]),
        namespace: Some(cluster.namespace.clone()),
        body,
    }
}
