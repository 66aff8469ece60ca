//! The pod of a service: Pod Security "restricted", probes, requests, a graceful end.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, HTTPGetAction, Lifecycle, LifecycleHandler, PodSecurityContext, PodSpec,
    PodTemplateSpec, Probe, ResourceRequirements, SeccompProfile, SecurityContext, SleepAction, TCPSocketAction,
    TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::context::Context;
use super::metadata::{MANAGED, NAME_LABEL};
use super::program::Program;
use super::volumes;
use crate::spec::{Health, Resources, User};

/// Seconds that a pod still answers after it was told to go, until every node has dropped it from its Service rules.
const DRAIN: i64 = 5;
/// Seconds from the order to go to the kill, [`DRAIN`] included.
const GRACE: i64 = 30;
const CPU: &str = "50m";
const MEMORY: &str = "256Mi";
/// On the pod template: which Secret its pods have read, so that another one restarts them.
const SECRET: &str = "plat.dev/secret";

pub(super) fn template(program: &Program) -> PodTemplateSpec {
    PodTemplateSpec {
        metadata: Some(metadata(program)),
        spec: Some(PodSpec {
            service_account_name: program.account.clone(),
            automount_service_account_token: program.adds_defaults.then_some(false),
            // Variables for every Service of the namespace: noise, and a name clash waiting to happen.
            enable_service_links: program.adds_defaults.then_some(false),
            security_context: program.user.map(|user| security_context(program, user)),
            topology_spread_constraints: (program.adds_defaults && !program.ends).then(|| {
                ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(|key| spread(program.context, key)).into()
            }),
            restart_policy: program.ends.then(|| "Never".to_owned()),
            termination_grace_period_seconds: program.adds_defaults.then_some(GRACE),
            containers: vec![container(program)],
            volumes: non_empty(volumes::volumes(program)),
            ..PodSpec::default()
        }),
    }
}

fn security_context(program: &Program, user: User) -> PodSecurityContext {
    let context = PodSecurityContext {
        run_as_user: Some(user.uid.into()),
        // An image that names no group means the one of its own /etc/passwd.
        run_as_group: user.gid.map(Into::into),
        ..PodSecurityContext::default()
    };
    if !program.adds_defaults {
        return context;
    }
    let has_claim = program.is_service && program.context.spec.has_single_node_volume();
    PodSecurityContext {
        run_as_non_root: Some(true),
        fs_group: Some(user.gid.unwrap_or(user.uid).into()),
        // Else each start walks through all files of a volume.
        fs_group_change_policy: has_claim.then(|| "OnRootMismatch".to_owned()),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), ..SeccompProfile::default() }),
        ..context
    }
}

/// No label or annotation that changes with the commit: it would restart the pods.
fn metadata(program: &Program) -> ObjectMeta {
    let secret = program.context.inputs.secret.clone().filter(|_| !program.ends);
    ObjectMeta {
        labels: Some(labels(program)),
        annotations: secret.map(|secret| BTreeMap::from([(SECRET.to_owned(), secret)])),
        ..ObjectMeta::default()
    }
}

/// Pods that another selector finds keep the labels that they had, so that taking them over restarts none.
fn labels(program: &Program) -> BTreeMap<String, String> {
    if program.is_service && !program.context.spec.selector.is_empty() {
        return program.context.pod_labels();
    }
    BTreeMap::from([(NAME_LABEL.to_owned(), program.identity.clone()), (MANAGED.0.to_owned(), MANAGED.1.to_owned())])
}

fn container(program: &Program) -> Container {
    let adds_defaults = program.adds_defaults;
    let probe = |probe: fn(&Health) -> Option<Probe>| {
        probe(&program.health).zip(program.port).map(|(probe, port)| asking(probe, &program.context.port(port)))
    };
    Container {
        name: program.name.to_owned(),
        image: Some(program.image.to_owned()),
        command: non_empty(program.command.to_vec()),
        args: non_empty(program.args.to_vec()),
        env: non_empty(program.env()),
        ports: program.port.map(|port| {
            vec![ContainerPort {
                name: program.context.port_name().map(ToOwned::to_owned),
                container_port: i32::from(port),
                protocol: Some("TCP".to_owned()),
                ..ContainerPort::default()
            }]
        }),
        // Without a port nobody needs to be told that the pod goes.
        lifecycle: program.port.filter(|_| adds_defaults).map(|_| Lifecycle {
            pre_stop: Some(LifecycleHandler {
                sleep: Some(SleepAction { seconds: DRAIN }),
                ..LifecycleHandler::default()
            }),
            ..Lifecycle::default()
        }),
        startup_probe: probe(startup_probe),
        readiness_probe: probe(readiness_probe),
        liveness_probe: probe(liveness_probe),
        resources: if adds_defaults { Some(resources(program.resources)) } else { asked_resources(program.resources) },
        security_context: adds_defaults.then(|| SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
            read_only_root_filesystem: Some(true),
            ..SecurityContext::default()
        }),
        volume_mounts: non_empty(volumes::mounts(program)),
        ..Container::default()
    }
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
    let probe = match health {
        Health::Path(path) => Probe {
            http_get: Some(HTTPGetAction { path: Some(path.clone()), ..HTTPGetAction::default() }),
            ..Probe::default()
        },
        Health::Tcp => Probe { tcp_socket: Some(TCPSocketAction::default()), ..Probe::default() },
        Health::None => return None,
    };
    // Kubernetes' default of one second takes a garbage collection for a failure.
    Some(Probe { timeout_seconds: Some(3), ..probe })
}

/// The probe with the port that it asks.
fn asking(mut probe: Probe, port: &IntOrString) -> Probe {
    if let Some(get) = &mut probe.http_get {
        get.port = port.clone();
    }
    if let Some(socket) = &mut probe.tcp_socket {
        socket.port = port.clone();
    }
    probe
}

/// What was asked for, and nothing else.
fn asked_resources(asked: &Resources) -> Option<ResourceRequirements> {
    let quantity = |name: &str, text: &Option<String>| Some((name.to_owned(), Quantity(text.clone()?)));
    let memory = quantity("memory", &asked.memory);
    let requests: BTreeMap<_, _> = quantity("cpu", &asked.cpu).into_iter().chain(memory.clone()).collect();
    (!requests.is_empty()).then(|| ResourceRequirements {
        requests: Some(requests),
        limits: memory.map(|memory| [memory].into()),
        ..ResourceRequirements::default()
    })
}

/// Requests for both, a limit for memory only: CPU is shared by request, a CPU limit throttles idle machines.
fn resources(asked: &Resources) -> ResourceRequirements {
    let cpu = asked.cpu.as_deref().unwrap_or(CPU);
    let memory = asked.memory.as_deref().unwrap_or(MEMORY);
    let quantity = |name: &str, text: &str| (name.to_owned(), Quantity(text.to_owned()));
    ResourceRequirements {
        requests: Some([quantity("cpu", cpu), quantity("memory", memory)].into()),
        limits: Some([quantity("memory", memory)].into()),
        ..ResourceRequirements::default()
    }
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

fn non_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
