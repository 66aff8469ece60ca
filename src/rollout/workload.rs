//! The readiness rule of whatever runs pods: a Deployment, `StatefulSet` or `DaemonSet`, by the rules of
//! `kubectl rollout status` (`kubectl/pkg/polymorphichelpers/rollout_status.go`).

use std::hash::{DefaultHasher, Hash, Hasher};

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::model::Status;
use super::status;

/// One object that runs pods, as far as readiness goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    pub kind: &'static str,
    pub namespace: String,
    pub name: String,
    pub uid: String,
    /// Raised by the API server whenever the spec changes, and for a Deployment when only an annotation does.
    pub generation: i64,
    /// A hash of the pod template: another one means other pods. Comparable within this process only.
    pub template: u64,
    /// The digest in the image of its first container, when it is pinned by one.
    pub digest: Option<String>,
    pub status: Status,
    /// What is still missing, in one line; none when it is complete.
    pub waits_for: Option<String>,
}

impl Workload {
    fn new(kind: &'static str, metadata: &ObjectMeta, template: Option<&PodTemplateSpec>, missing: Missing) -> Self {
        let container = template.and_then(|template| template.spec.as_ref()?.containers.first());
        let image = container.and_then(|container| container.image.as_deref());
        let status = match &missing {
            _ if metadata.deletion_timestamp.is_some() => Status::Terminating,
            Missing::Failed(_) => Status::Failed,
            Missing::Something(_) => Status::InProgress,
            Missing::Nothing => Status::Current,
        };
        Self {
            kind,
            namespace: metadata.namespace.clone().unwrap_or_default(),
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone().unwrap_or_default(),
            generation: metadata.generation.unwrap_or_default(),
            template: hash(template),
            digest: image.and_then(|image| Some(image.split_once('@')?.1.to_owned())),
            status,
            waits_for: match missing {
                Missing::Nothing => None,
                Missing::Something(what) | Missing::Failed(what) => Some(what),
            },
        }
    }

    /// `Deployment shop/payments-api`
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

fn hash(template: Option<&PodTemplateSpec>) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Kubernetes' types have no hash of their own; their JSON is in a fixed order.
    serde_json::to_vec(&template).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

enum Missing {
    Nothing,
    Something(String),
    /// The controller gave up, and says why.
    Failed(String),
}

impl From<Option<String>> for Missing {
    fn from(waits_for: Option<String>) -> Self {
        waits_for.map_or(Self::Nothing, Self::Something)
    }
}

impl From<Deployment> for Workload {
    fn from(deployment: Deployment) -> Self {
        let missing = match status::status(&deployment) {
            Status::Failed => {
                Missing::Failed(status::progress_deadline_exceeded(&deployment).unwrap_or_default().to_owned())
            }
            _ => status::waits_for(&deployment).into(),
        };
        let template = deployment.spec.as_ref().map(|spec| &spec.template);
        Self::new("Deployment", &deployment.metadata, template, missing)
    }
}

impl From<StatefulSet> for Workload {
    fn from(set: StatefulSet) -> Self {
        let missing = stateful_set_waits_for(&set).into();
        Self::new("StatefulSet", &set.metadata, set.spec.as_ref().map(|spec| &spec.template), missing)
    }
}

impl From<DaemonSet> for Workload {
    fn from(set: DaemonSet) -> Self {
        let missing = daemon_set_waits_for(&set).into();
        Self::new("DaemonSet", &set.metadata, set.spec.as_ref().map(|spec| &spec.template), missing)
    }
}

fn stateful_set_waits_for(set: &StatefulSet) -> Option<String> {
    let spec = set.spec.clone().unwrap_or_default();
    let status = set.status.clone().unwrap_or_default();
    if set.metadata.generation > status.observed_generation {
        return Some("the StatefulSet controller has not seen the change yet".to_owned());
    }
    let wanted = spec.replicas.unwrap_or(1);
    let ready = status.ready_replicas.unwrap_or(0);
    if ready < wanted {
        return Some(format!("{ready} of {wanted} replicas are ready"));
    }
    let strategy = spec.update_strategy.unwrap_or_default();
    if strategy.type_.as_deref() == Some("OnDelete") {
        // Old pods stay until somebody deletes them: that is what was asked for.
        return None;
    }
    let partition = strategy.rolling_update.and_then(|update| update.partition).unwrap_or(0);
    if partition > 0 {
        let (updated, due) = (status.updated_replicas.unwrap_or(0), wanted - partition);
        return (updated < due).then(|| format!("{updated} of {due} replicas above the partition are updated"));
    }
    (status.update_revision != status.current_revision)
        .then(|| format!("{} of {wanted} replicas are updated", status.updated_replicas.unwrap_or(0)))
}

fn daemon_set_waits_for(set: &DaemonSet) -> Option<String> {
    let status = set.status.clone().unwrap_or_default();
    if set.metadata.generation > status.observed_generation {
        return Some("the DaemonSet controller has not seen the change yet".to_owned());
    }
    let wanted = status.desired_number_scheduled;
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref()?.type_.as_deref());
    let updated = status.updated_number_scheduled.unwrap_or(0);
    if strategy != Some("OnDelete") && updated < wanted {
        return Some(format!("{updated} of {wanted} pods are updated"));
    }
    let available = status.number_available.unwrap_or(0);
    (available < wanted).then(|| format!("{available} of {wanted} pods are available"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde::de::DeserializeOwned;

    fn waits_for<K: DeserializeOwned + Into<Workload>>(text: &str) -> Option<String> {
        serde_yaml::from_str::<K>(text).expect("valid YAML").into().waits_for
    }

    #[rstest]
    #[case::no_status_yet("{}", Some("the StatefulSet controller has not seen the change yet"))]
    #[case::not_ready(
        "{observedGeneration: 2, replicas: 3, readyReplicas: 1, currentRevision: a, updateRevision: a}",
        Some("1 of 3 replicas are ready")
    )]
    #[case::not_updated(
        "{observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}",
        Some("1 of 3 replicas are updated")
    )]
    #[case::complete(
        "{observedGeneration: 2, replicas: 3, readyReplicas: 3, currentRevision: b, updateRevision: b}",
        None
    )]
    fn a_stateful_set_is_ready_when_all_are_updated(#[case] status: &str, #[case] expected: Option<&str>) {
        let text = format!(
            "metadata: {{generation: 2}}\nspec: {{replicas: 3, selector: {{}}, template: {{}}}}\nstatus: {}",
            if status == "{}" { "{replicas: 0}" } else { status }
        );
        assert_eq!(waits_for::<StatefulSet>(&text).as_deref(), expected);
    }

    #[rstest]
    #[case::partition("{type: RollingUpdate, rollingUpdate: {partition: 2}}", None)]
    #[case::larger_part(
        "{type: RollingUpdate, rollingUpdate: {partition: 1}}",
        Some("1 of 2 replicas above the partition are updated")
    )]
    #[case::on_delete("{type: OnDelete}", None)]
    fn a_stateful_set_may_keep_old_pods_on_purpose(#[case] strategy: &str, #[case] expected: Option<&str>) {
        let text = format!(
            "metadata: {{generation: 2}}\nspec: {{replicas: 3, updateStrategy: {strategy}, selector: {{}}, template: {{}}}}\n\
             status: {{observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}}"
        );
        assert_eq!(waits_for::<StatefulSet>(&text).as_deref(), expected);
    }

    #[rstest]
    #[case::no_status_yet(1, 0, 0, 0, Some("the DaemonSet controller has not seen the change yet"))]
    #[case::not_updated(2, 3, 1, 3, Some("1 of 3 pods are updated"))]
    #[case::not_available(2, 3, 3, 2, Some("2 of 3 pods are available"))]
    #[case::complete(2, 3, 3, 3, None)]
    #[case::no_node_fits(2, 0, 0, 0, None)]
    fn a_daemon_set_is_ready_when_all_are_available(
        #[case] observed: i64,
        #[case] wanted: i32,
        #[case] updated: i32,
        #[case] available: i32,
        #[case] expected: Option<&str>,
    ) {
        let text = format!(
            "metadata: {{generation: 2}}\nspec: {{selector: {{}}, template: {{}}}}\n\
             status: {{observedGeneration: {observed}, desiredNumberScheduled: {wanted}, updatedNumberScheduled: {updated}, \
             numberAvailable: {available}, currentNumberScheduled: {wanted}, numberMisscheduled: 0, numberReady: {available}}}"
        );
        assert_eq!(waits_for::<DaemonSet>(&text).as_deref(), expected);
    }

    #[test]
    fn a_deployment_has_the_digest_of_its_image() {
        let text = "metadata: {generation: 1, name: api, namespace: shop}\n\
                    spec: {replicas: 0, selector: {}, template: {spec: {containers: [{name: api, image: 'r/api@sha256:ab'}]}}}\n\
                    status: {observedGeneration: 1}";
        let workload = Workload::from(serde_yaml::from_str::<Deployment>(text).expect("valid YAML"));
        assert_eq!((workload.status, workload.digest.as_deref()), (Status::Current, Some("sha256:ab")));
        assert_eq!(workload.describe(), "Deployment shop/api");
    }
}
