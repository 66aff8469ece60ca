//! The pod of a service: Pod Security "restricted", probes, requests, a graceful end.

use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMapVolumeSource, Container, ContainerPort, EmptyDirVolumeSource, EnvVar, EnvVarSource,
    HTTPGetAction, Lifecycle, LifecycleHandler, PodSecurityContext, PodSpec, PodTemplateSpec, Probe,
    ResourceRequirements, SeccompProfile, SecretKeySelector, SecurityContext, SleepAction, TCPSocketAction,
    TopologySpreadConstraint, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Context, config_map};
use crate::spec::{Health, Spec};

/// Probes and the Service refer to the container's port by this name.
pub(super) const PORT_NAME: &str = "http";
/// Above the users of the host (kube-score, CIS): a process that escapes is nobody there.
const USER: i64 = 10001;
/// Seconds that a pod still answers after it was told to go, until every node has dropped it from its Service rules.
const DRAIN: i64 = 5;
/// Seconds from the order to go to the kill, [`DRAIN`] included.
const GRACE: i64 = 30;
const CPU: &str = "50m";
const MEMORY: &str = "256Mi";
/// A full /tmp ends this pod instead of filling the node's disk.
const TMP: &str = "1Gi";

pub(super) fn template(context: &Context) -> PodTemplateSpec {
    let spec = context.spec;
    PodTemplateSpec {
        // No annotation that changes with the commit: it would restart the pods.
        metadata: Some(ObjectMeta { labels: Some(context.labels()), ..ObjectMeta::default() }),
        spec: Some(PodSpec {
            service_account_name: Some(spec.name.clone()),
            automount_service_account_token: Some(false),
            // Variables for every Service of the namespace: noise, and a name clash waiting to happen.
            enable_service_links: Some(false),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                run_as_user: Some(USER),
                run_as_group: Some(USER),
                fs_group: Some(USER),
                seccomp_profile: Some(SeccompProfile {
                    type_: "RuntimeDefault".to_owned(),
                    ..SeccompProfile::default()
                }),
                ..PodSecurityContext::default()
            }),
            topology_spread_constraints: Some(
                ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(|key| spread(context, key)).into(),
            ),
            termination_grace_period_seconds: Some(GRACE),
            containers: vec![container(context)],
            volumes: Some(volumes(context)),
            ..PodSpec::default()
        }),
    }
}

fn container(context: &Context) -> Container {
    let spec = context.spec;
    let env = env(spec);
    Container {
        name: spec.name.clone(),
        image: Some(context.inputs.image.clone()),
        command: non_empty(&spec.command),
        args: non_empty(&spec.args),
        env: (!env.is_empty()).then_some(env),
        ports: spec.port.map(|port| {
            vec![ContainerPort {
                name: Some(PORT_NAME.to_owned()),
                container_port: i32::from(port),
                protocol: Some("TCP".to_owned()),
                ..ContainerPort::default()
            }]
        }),
        // Without a port nobody needs to be told that the pod goes.
        lifecycle: spec.port.map(|_| Lifecycle {
            pre_stop: Some(LifecycleHandler {
                sleep: Some(SleepAction { seconds: DRAIN }),
                ..LifecycleHandler::default()
            }),
            ..Lifecycle::default()
        }),
        startup_probe: startup_probe(&spec.health()),
        readiness_probe: readiness_probe(&spec.health()),
        liveness_probe: liveness_probe(&spec.health()),
        resources: Some(resources(spec)),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
            read_only_root_filesystem: Some(true),
            ..SecurityContext::default()
        }),
        volume_mounts: Some(mounts(context)),
        ..Container::default()
    }
}

fn env(spec: &Spec) -> Vec<EnvVar> {
    let literal = spec.env.iter().map(|(name, value)| EnvVar {
        name: name.clone(),
        value: Some(value.clone()),
        ..EnvVar::default()
    });
    let secret = spec.secrets.iter().map(|key| EnvVar {
        name: key.clone(),
        value_from: Some(EnvVarSource {
            secret_key_ref: Some(SecretKeySelector {
                name: spec.name.clone(),
                key: key.clone(),
                ..SecretKeySelector::default()
            }),
            ..EnvVarSource::default()
        }),
        ..EnvVar::default()
    });
    literal.chain(secret).collect()
}

/// Asked every second, so that a fast start is seen at once; a slow one has a minute.
fn startup_probe(health: &Health) -> Option<Probe> {
    probe(health).map(|probe| Probe { period_seconds: Some(1), failure_threshold: Some(60), ..probe })
}

fn readiness_probe(health: &Health) -> Option<Probe> {
    probe(health).map(|probe| Probe { period_seconds: Some(5), failure_threshold: Some(3), ..probe })
}

/// Asks only whether connections are accepted: a path that looks at a database would restart every replica when the
/// database is slow. A minute of silence is needed, so that load alone does not restart anything.
fn liveness_probe(health: &Health) -> Option<Probe> {
    match health {
        Health::None => None,
        Health::Path(_) | Health::Tcp => {
            probe(&Health::Tcp).map(|probe| Probe { period_seconds: Some(10), failure_threshold: Some(6), ..probe })
        }
    }
}

fn probe(health: &Health) -> Option<Probe> {
    let port = IntOrString::String(PORT_NAME.to_owned());
    let probe = match health {
        Health::Path(path) => Probe {
            http_get: Some(HTTPGetAction { path: Some(path.clone()), port, ..HTTPGetAction::default() }),
            ..Probe::default()
        },
        Health::Tcp => {
            Probe { tcp_socket: Some(TCPSocketAction { port, ..TCPSocketAction::default() }), ..Probe::default() }
        }
        Health::None => return None,
    };
    // Kubernetes' default of one second takes a garbage collection for a failure.
    Some(Probe { timeout_seconds: Some(3), ..probe })
}

/// Requests for both, a limit for memory only: CPU is shared by request, a CPU limit throttles idle machines.
fn resources(spec: &Spec) -> ResourceRequirements {
    let cpu = spec.resources.cpu.as_deref().unwrap_or(CPU);
    let memory = spec.resources.memory.as_deref().unwrap_or(MEMORY);
    let quantity = |name: &str, text: &str| (name.to_owned(), Quantity(text.to_owned()));
    ResourceRequirements {
        requests: Some([quantity("cpu", cpu), quantity("memory", memory)].into()),
        limits: Some([quantity("memory", memory)].into()),
        ..ResourceRequirements::default()
    }
}

fn volumes(context: &Context) -> Vec<Volume> {
    let tmp = Volume {
        name: "tmp".to_owned(),
        empty_dir: Some(EmptyDirVolumeSource {
            size_limit: Some(Quantity(TMP.to_owned())),
            ..EmptyDirVolumeSource::default()
        }),
        ..Volume::default()
    };
    let config = (!context.spec.config.is_empty()).then(|| Volume {
        name: "config".to_owned(),
        config_map: Some(ConfigMapVolumeSource { name: config_map::name(context), ..ConfigMapVolumeSource::default() }),
        ..Volume::default()
    });
    std::iter::once(tmp).chain(config).collect()
}

fn mounts(context: &Context) -> Vec<VolumeMount> {
    let tmp = VolumeMount { name: "tmp".to_owned(), mount_path: "/tmp".to_owned(), ..VolumeMount::default() };
    let config = (!context.spec.config.is_empty()).then(|| VolumeMount {
        name: "config".to_owned(),
        mount_path: format!("/etc/{}", context.spec.name),
        read_only: Some(true),
        ..VolumeMount::default()
    });
    std::iter::once(tmp).chain(config).collect()
}

/// Prefers to spread the pods of each revision, and never leaves one unscheduled for it.
fn spread(context: &Context, topology_key: &str) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        max_skew: 1,
        topology_key: topology_key.to_owned(),
        when_unsatisfiable: "ScheduleAnyway".to_owned(),
        label_selector: Some(context.selector()),
        match_label_keys: Some(vec!["pod-template-hash".to_owned()]),
        ..TopologySpreadConstraint::default()
    }
}

fn non_empty(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}
