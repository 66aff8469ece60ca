//! A workload: an object that runs pods, of any built-in kind. A rollout is about one.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde::Deserialize;
use serde_json::Value;

use crate::manifests::{MANAGED_BY, MANAGED_BY_LABEL, WorkloadKind};

/// An object that runs pods, of any built-in kind.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Workload {
    Deployment(Box<Deployment>),
    StatefulSet(Box<StatefulSet>),
    DaemonSet(Box<DaemonSet>),
    ReplicaSet(Box<ReplicaSet>),
    Job(Box<Job>),
    CronJob(Box<CronJob>),
    Pod(Box<Pod>),
}

impl Workload {
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    #[must_use]
    pub fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or("default")
    }

    #[must_use]
    pub fn uid(&self) -> &str {
        self.metadata().uid.as_deref().unwrap_or_default()
    }

    /// Whether plat rendered it from a plat.yaml, as its label says.
    #[must_use]
    pub fn is_of_plat(&self) -> bool {
        let labels = self.metadata().labels.as_ref();
        labels.is_some_and(|labels| labels.get(MANAGED_BY_LABEL).is_some_and(|by| by == MANAGED_BY))
    }

    /// Whether Kubernetes removes it by itself when it has ended.
    #[must_use]
    pub fn removes_itself(&self) -> bool {
        let Self::Job(job) = self else { return false };
        job.spec.as_ref().is_some_and(|spec| spec.ttl_seconds_after_finished.is_some())
    }

    /// `Deployment shop/payments-api`
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} {}/{}", self.kind(), self.namespace(), self.name())
    }

    /// How kubectl is told which object is meant: `deployment/payments-api`.
    #[must_use]
    pub fn argument(&self) -> String {
        format!("{}/{}", self.kind().to_lowercase(), self.name())
    }

    /// From what its pods are made; a pod has none.
    #[must_use]
    pub fn template(&self) -> Option<&PodTemplateSpec> {
        match self {
            Self::Deployment(object) => object.spec.as_ref().map(|spec| &spec.template),
            Self::StatefulSet(object) => object.spec.as_ref().map(|spec| &spec.template),
            Self::DaemonSet(object) => object.spec.as_ref().map(|spec| &spec.template),
            Self::ReplicaSet(object) => object.spec.as_ref()?.template.as_ref(),
            Self::Job(object) => object.spec.as_ref().map(|spec| &spec.template),
            Self::CronJob(object) => object.spec.as_ref()?.job_template.spec.as_ref().map(|spec| &spec.template),
            Self::Pod(_) => None,
        }
    }

    /// Whether a probe says of each of its containers that it works: without one a pod is ready as soon as its program
    /// was started.
    #[must_use]
    pub fn is_probed(&self) -> bool {
        self.pod_spec().is_some_and(|pod| pod.containers.iter().all(|container| container.readiness_probe.is_some()))
    }

    /// What its pods run.
    #[must_use]
    pub fn pod_spec(&self) -> Option<&PodSpec> {
        match self {
            Self::Pod(pod) => pod.spec.as_ref(),
            other => other.template()?.spec.as_ref(),
        }
    }

    /// All containers of its pods, those that run first included.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        self.pod_spec().into_iter().flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()))
    }

    /// Which pods are its own, besides their owner; none for a pod, and for a Job that the API server has not seen.
    #[must_use]
    pub fn selector(&self) -> Option<&LabelSelector> {
        match self {
            Self::Deployment(object) => object.spec.as_ref().map(|spec| &spec.selector),
            Self::StatefulSet(object) => object.spec.as_ref().map(|spec| &spec.selector),
            Self::DaemonSet(object) => object.spec.as_ref().map(|spec| &spec.selector),
            Self::ReplicaSet(object) => object.spec.as_ref().map(|spec| &spec.selector),
            Self::Job(object) => object.spec.as_ref()?.selector.as_ref(),
            Self::CronJob(_) | Self::Pod(_) => None,
        }
    }

    /// How many pods it asks for, or how many runs for a Job. A `CronJob` asks for none itself.
    #[must_use]
    pub fn desired(&self) -> i32 {
        // The API server's default is 1.
        let or_one = |replicas: Option<i32>| replicas.unwrap_or(1);
        match self {
            Self::Deployment(object) => or_one(object.spec.as_ref().and_then(|spec| spec.replicas)),
            Self::StatefulSet(object) => or_one(object.spec.as_ref().and_then(|spec| spec.replicas)),
            Self::ReplicaSet(object) => or_one(object.spec.as_ref().and_then(|spec| spec.replicas)),
            Self::DaemonSet(object) => object.status.as_ref().map_or(0, |status| status.desired_number_scheduled),
            Self::Job(object) => or_one(object.spec.as_ref().and_then(|spec| spec.completions)),
            Self::CronJob(_) => 0,
            Self::Pod(_) => 1,
        }
    }

    /// Whether it is done when its pods have ended well, and not when they are ready.
    #[must_use]
    pub fn runs_to_its_end(&self) -> bool {
        match self {
            Self::Pod(pod) => {
                pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()).is_some_and(|p| p != "Always")
            }
            other => WorkloadKind::of_name(other.kind()).is_some_and(|kind| kind.runs_to_its_end),
        }
    }

    #[must_use]
    pub fn deployment(&self) -> Option<&Deployment> {
        match self {
            Self::Deployment(deployment) => Some(deployment),
            _ => None,
        }
    }

    /// `2 of 3 replicas are ready`, in the words of its kind.
    #[must_use]
    pub fn tally(&self, ready: i32) -> String {
        let desired = self.desired();
        match self {
            Self::Job(_) => format!("{ready} of {desired} runs are complete"),
            Self::CronJob(_) => "scheduled".to_owned(),
            Self::Pod(_) if ready > 0 => "ready".to_owned(),
            Self::Pod(_) => "not ready".to_owned(),
            Self::DaemonSet(_) => format!("{ready} of {desired} pods are ready"),
            _ => format!("{ready} of {desired} replicas are ready"),
        }
    }
}

impl Default for Workload {
    fn default() -> Self {
        Self::Deployment(Box::default())
    }
}

/// What is written alike for each kind; the match on the kind's name makes a kind of the table that is missing here a
/// failing test.
macro_rules! each_kind {
    ($($kind:ident),*) => {
        impl Workload {
            /// Reads an object as the API server answered it; none when it is of another kind, or is not an object of its
            /// kind.
            #[must_use]
            pub fn read(object: &Value) -> Option<Self> {
                let kind = WorkloadKind::of(object["apiVersion"].as_str()?, object["kind"].as_str()?)?;
                match kind.kind {
                    $(stringify!($kind) => Box::<$kind>::deserialize(object).ok().map(Self::$kind),)*
                    _ => None,
                }
            }

            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => stringify!($kind),)*
                }
            }

            #[must_use]
            pub fn metadata(&self) -> &ObjectMeta {
                match self {
                    $(Self::$kind(object) => &object.metadata,)*
                }
            }

            #[must_use]
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                match self {
                    $(Self::$kind(object) => &mut object.metadata,)*
                }
            }
        }

        $(impl From<$kind> for Workload {
            fn from(object: $kind) -> Self {
                Self::$kind(Box::new(object))
            }
        })*
    };
}
each_kind!(Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::WORKLOADS;
    use serde_json::json;

    #[test]
    fn every_kind_of_the_table_is_read() {
        for kind in &WORKLOADS {
            let object = json!({"apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {"name": "api"}});
            let workload = Workload::read(&object).unwrap_or_else(|| panic!("{} is not read", kind.kind));
            assert_eq!(workload.argument(), format!("{}/api", kind.singular()));
            assert_eq!(workload.runs_to_its_end(), kind.runs_to_its_end, "{}", kind.kind);
        }
    }
}
