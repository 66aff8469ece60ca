//! Whose pods: those of a service of plat, or of any object that has pods.

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::Selector;
use kube::runtime::watcher;

use super::lists;
use super::missing::missing;
use super::related::{JOB_LABEL, text_of};
use super::target::Target;
use crate::cluster::api::objects;
use crate::cluster::connect::Cluster;
use crate::error::{Error, Result};
use crate::manifests::{NAME_LABEL, WORKLOADS, WorkloadKind, service_selector};
use crate::reason::Reason;

/// How the API server is asked for the pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pods {
    labels: String,
    fields: String,
    /// The pods of a `CronJob` know its Jobs only: their name begins with this.
    job: Option<String>,
}

impl Pods {
    fn labelled(labels: String) -> Self {
        Self { labels, fields: String::new(), job: None }
    }

    #[must_use]
    pub fn watch(&self) -> watcher::Config {
        let config = watcher::Config::default().labels(&self.labels);
        if self.fields.is_empty() { config } else { config.fields(&self.fields) }
    }

    fn list(&self) -> ListParams {
        let params = ListParams::default().labels(&self.labels);
        if self.fields.is_empty() { params } else { params.fields(&self.fields) }
    }

    /// Whether it is one of them, beyond what the API server can be asked.
    #[must_use]
    pub fn has(&self, pod: &Pod) -> bool {
        self.job.as_ref().is_none_or(|prefix| {
            let number = pod.labels().get(JOB_LABEL).and_then(|job| job.strip_prefix(prefix.as_str()));
            number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
        })
    }
}

/// Finds out which pods belong to it, in the namespace of this cluster.
///
/// # Errors
/// When it is not there, with what is there instead; when this user may not look.
pub async fn pods_of(cluster: &Cluster, target: &Target) -> Result<Pods> {
    let name = &target.name;
    let Some(kind) = target.kind else {
        return Ok(Pods::labelled(match &target.labels {
            Some(labels) => labels.clone(),
            None => of_service(cluster, name).await,
        }));
    };
    if kind.kind == "Pod" {
        return Ok(Pods { fields: format!("metadata.name={name}"), ..Pods::labelled(String::new()) });
    }
    let api = objects::objects(&cluster.client, &objects::workloads(kind), Some(&cluster.namespace));
    let place = format!("{} {}/{name}", kind.kind, cluster.namespace);
    let object = api.get_opt(name).await.map_err(|e| cluster.explain(e, &format!("read {place}")))?;
    let Some(object) = object else { return Err(missing(cluster, kind, name).await) };
    if kind.kind == "CronJob" {
        return Ok(Pods { job: Some(format!("{name}-")), ..Pods::labelled(JOB_LABEL.to_owned()) });
    }
    let selector = &object.data["spec"]["selector"];
    let found = if kind.kind == "Service" {
        selector.as_object().map(|labels| {
            let label = |(key, value): (&String, &serde_json::Value)| {
                (key.clone(), value.as_str().unwrap_or_default().to_owned())
            };
            labels.iter().map(label).collect::<Selector>().to_string()
        })
    } else {
        serde_json::from_value(selector.clone()).ok().and_then(text_of)
    };
    found.filter(|labels| !labels.is_empty()).map(Pods::labelled).ok_or_else(|| {
        Error::user(format!("{place} selects no pods"))
            .at(cluster.place())
            .hint("its spec.selector is empty")
            .reason(Reason::NoPods)
    })
}

/// What selects the pods of a service: its Deployment, which may have been there before plat, else plat's own label.
async fn of_service(cluster: &Cluster, name: &str) -> String {
    let api = objects::objects(&cluster.client, &objects::workloads(&WORKLOADS[0]), Some(&cluster.namespace));
    // Who may not read it may still see the pods.
    let deployment = api
        .get_opt(name)
        .await
        .ok()
        .flatten()
        .filter(|found| found.labels().get(NAME_LABEL).is_some_and(|of| of == name));
    let selector = deployment.map(|found| found.data["spec"]["selector"].clone());
    let found = selector.and_then(|selector| serde_json::from_value(selector).ok()).and_then(text_of);
    found.unwrap_or_else(|| service_selector(name))
}

/// The pods that are there now.
///
/// # Errors
/// `no-pods` when it has none now; when it is not there; when this user may not look.
pub async fn list(cluster: &Cluster, target: &Target, pods: &Pods) -> Result<Vec<Pod>> {
    let of = objects::resource("v1", "Pod", "pods");
    let mut found: Vec<Pod> = lists::list(cluster, &cluster.namespace, &of, &pods.list())
        .await?
        .into_iter()
        .filter_map(|pod| serde_json::from_value(pod).ok())
        .collect();
    found.retain(|pod| pods.has(pod));
    if !found.is_empty() {
        found.sort_by_key(|pod| pod.metadata.creation_timestamp.clone());
        return Ok(found);
    }
    if target.labels.is_some() {
        return Err(Error::user(format!("no pod in namespace {} has the labels {}", cluster.namespace, target.name))
            .at(cluster.place())
            .hint("see which labels there are: kubectl get pods --show-labels")
            .reason(Reason::NoPods));
    }
    let kind = target.kind.unwrap_or(&WORKLOADS[0]);
    // These were asked for by name or label alone.
    if (target.kind.is_none() || kind.kind == "Pod") && !is_there(cluster, kind, &target.name).await {
        return Err(missing(cluster, kind, &target.name).await);
    }
    Err(Error::user(format!("{target} has no pods now"))
        .at(format!("{} {}/{}", kind.kind, cluster.namespace, target.name))
        .hint(format!("see why: kubectl describe {}/{} -n {}", kind.plural, target.name, cluster.namespace))
        .reason(Reason::NoPods))
}

async fn is_there(cluster: &Cluster, kind: &WorkloadKind, name: &str) -> bool {
    let api = objects::objects(&cluster.client, &objects::workloads(kind), Some(&cluster.namespace));
    api.get_metadata_opt(name).await.is_ok_and(|object| object.is_some())
}
