//! A snapshot as the rules read it: only the new ReplicaSet, its pods, their containers, each with its events.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Event, Pod,
    PodTemplateSpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::events;
use super::memory::{Key, Memory, Seen, key};
use super::model::{Answer, Ask, Log, Snapshot};

pub(super) struct View<'a> {
    pub deployment: &'a Deployment,
    pub replica_set: Option<&'a ReplicaSet>,
    pub pods: Vec<PodView<'a>>,
}

pub(super) struct PodView<'a> {
    pub pod: &'a Pod,
    pub events: Vec<&'a Event>,
    pub containers: Vec<ContainerView<'a>>,
}

pub(super) struct ContainerView<'a> {
    pub pod: &'a Pod,
    pub spec: &'a Container,
    pub status: Option<&'a ContainerStatus>,
    pub init: bool,
    pub events: Vec<&'a Event>,
    pub seen: Seen,
    pub snapshot: &'a Snapshot,
    pub now: Timestamp,
}

impl<'a> View<'a> {
    pub fn new(snapshot: &'a Snapshot, memory: &'a Memory, now: Timestamp) -> Self {
        let replica_set = new_replica_set(snapshot);
        let mut pods: Vec<_> = new_pods(snapshot).map(|pod| PodView::new(snapshot, memory, pod, now)).collect();
        pods.sort_by_key(PodView::name);
        Self { deployment: &snapshot.deployment, replica_set, pods }
    }

    pub fn name(&self) -> &'a str {
        self.deployment.metadata.name.as_deref().unwrap_or_default()
    }

    pub fn namespace(&self) -> &'a str {
        namespace(&self.deployment.metadata)
    }
}

impl<'a> PodView<'a> {
    fn new(snapshot: &'a Snapshot, memory: &'a Memory, pod: &'a Pod, now: Timestamp) -> Self {
        let events = events::about(&snapshot.events, uid(&pod.metadata));
        let containers = containers(pod)
            .map(|(init, spec, status)| {
                let field = format!("spec.{}{{{}}}", if init { "initContainers" } else { "containers" }, spec.name);
                let events =
                    events.iter().filter(|e| e.involved_object.field_path.as_deref() == Some(&*field)).copied();
                let seen = Seen::default();
                let mut view = ContainerView { pod, spec, status, init, events: events.collect(), seen, snapshot, now };
                view.seen = memory.next(&view);
                view
            })
            .collect();
        Self { pod, events, containers }
    }

    pub fn name(&self) -> &'a str {
        self.pod.metadata.name.as_deref().unwrap_or_default()
    }

    pub fn uid(&self) -> &'a str {
        uid(&self.pod.metadata)
    }

    pub fn namespace(&self) -> &'a str {
        namespace(&self.pod.metadata)
    }

    /// The condition of this type, as (status, reason, message).
    pub fn condition(&self, of: &str) -> Option<(&'a str, &'a str, &'a str)> {
        let conditions = self.pod.status.as_ref()?.conditions.as_deref()?;
        let condition = conditions.iter().find(|condition| condition.type_ == of)?;
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        Some((&condition.status, text(&condition.reason), text(&condition.message)))
    }

    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(|(status, ..)| status == "True")
    }

    pub fn event(&self, reason: &str) -> Option<&'a Event> {
        self.events.iter().find(|event| events::has_reason(event, reason)).copied()
    }
}

impl<'a> ContainerView<'a> {
    pub fn name(&self) -> &'a str {
        &self.spec.name
    }

    pub fn namespace(&self) -> &'a str {
        namespace(&self.pod.metadata)
    }

    pub fn key(&self) -> Key {
        key(uid(&self.pod.metadata), self.name())
    }

    /// `Pod payments-api-7d9f-abc, container app`
    pub fn object(&self) -> String {
        let pod = self.pod.metadata.name.as_deref().unwrap_or_default();
        format!("Pod {pod}, {}", self.title())
    }

    /// `container app`, `init container migrate` or `sidecar container proxy`
    pub fn title(&self) -> String {
        let kind = match (self.is_sidecar(), self.init) {
            (true, _) => "sidecar ",
            (false, true) => "init ",
            (false, false) => "",
        };
        format!("{kind}container {}", self.name())
    }

    /// A pod of a Job may end, well or badly: the Job says how often it tries again.
    pub fn may_end(&self) -> bool {
        let policy = self.pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
        matches!(policy, Some("Never" | "OnFailure")) && !self.is_sidecar()
    }

    fn state(&self) -> Option<&'a ContainerState> {
        self.status?.state.as_ref()
    }

    pub fn waiting(&self) -> Option<&'a ContainerStateWaiting> {
        self.state()?.waiting.as_ref()
    }

    pub fn waiting_reason(&self) -> &'a str {
        self.waiting().and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default()
    }

    pub fn is_running(&self) -> bool {
        self.state().is_some_and(|state| state.running.is_some())
    }

    pub fn is_ready(&self) -> bool {
        self.status.is_some_and(|status| status.ready)
    }

    pub fn is_started(&self) -> bool {
        self.status.is_some_and(|status| status.started == Some(true))
    }

    /// An init container that stays beside the others (a sidecar, KEP-753).
    pub fn is_sidecar(&self) -> bool {
        self.init && self.spec.restart_policy.as_deref() == Some("Always")
    }

    pub fn restarts(&self) -> i32 {
        self.status.map_or(0, |status| status.restart_count)
    }

    /// How the present instance ended, when it did.
    pub fn terminated(&self) -> Option<&'a ContainerStateTerminated> {
        self.state()?.terminated.as_ref()
    }

    /// How the last instance that ended did so; while it waits for its restart the kubelet moves it to `lastState`.
    pub fn last_exit(&self) -> Option<&'a ContainerStateTerminated> {
        self.known_exits().next()
    }

    /// The exits that the status still shows.
    pub fn known_exits(&self) -> impl Iterator<Item = &'a ContainerStateTerminated> {
        let before = self.status.and_then(|status| status.last_state.as_ref()?.terminated.as_ref());
        self.terminated().into_iter().chain(before)
    }

    /// Ends of this container that are failures: an init container that is done is none.
    pub fn exits(&self) -> i32 {
        let done = self.init && !self.is_sidecar() && self.terminated().is_some_and(|exit| exit.exit_code == 0);
        // Waiting for a restart whose count is not up yet is an end too; the kubelet counts at the start.
        let ended = self.terminated().is_some() || (self.waiting().is_some() && self.last_exit().is_some());
        self.restarts() + i32::from(ended && !done)
    }

    pub fn event(&self, reason: &str) -> Option<&'a Event> {
        self.events.iter().find(|event| events::has_reason(event, reason)).copied()
    }

    /// The newest answer to a question.
    pub fn answer(&self, ask: &Ask) -> Option<&'a Answer> {
        newest_answer(&self.snapshot.answers, ask)
    }

    pub fn logs(&self) -> impl Iterator<Item = &'a Log> {
        let (pod, name) = (self.pod.metadata.name.as_deref(), self.name());
        self.snapshot
            .logs
            .iter()
            .filter(move |log| Some(log.request.pod.as_str()) == pod && log.request.container == name)
    }
}

pub(super) fn newest_answer<'a>(answers: &'a [Answer], ask: &Ask) -> Option<&'a Answer> {
    answers.iter().filter(|answer| answer.ask == *ask).max_by_key(|answer| answer.at)
}

/// The ReplicaSet of the present template: the controller's own rule (`FindNewReplicaSet`, pkg/controller/deployment/util).
fn new_replica_set(snapshot: &Snapshot) -> Option<&ReplicaSet> {
    let deployment = &snapshot.deployment;
    let template = deployment.spec.as_ref().map(|spec| without_hash(&spec.template)).unwrap_or_default();
    snapshot
        .replica_sets
        .iter()
        .filter(|set| is_owned_by(&set.metadata, uid(&deployment.metadata)))
        .filter(|set| {
            let of = set.spec.as_ref().and_then(|spec| spec.template.as_ref()).map(without_hash).unwrap_or_default();
            of == template
        })
        .min_by_key(|set| set.metadata.creation_timestamp.as_ref().map(|time| time.0))
}

fn without_hash(template: &PodTemplateSpec) -> PodTemplateSpec {
    let mut template = template.clone();
    if let Some(labels) = template.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()) {
        labels.remove("pod-template-hash");
    }
    template
}

/// Pods of the new ReplicaSet that could serve: those that end or have ended are replaced by others.
pub(super) fn new_pods(snapshot: &Snapshot) -> impl Iterator<Item = &Pod> {
    let owner = new_replica_set(snapshot).map(|set| uid(&set.metadata)).unwrap_or_default();
    snapshot.pods.iter().filter(move |pod| {
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        is_owned_by(&pod.metadata, owner)
            && pod.metadata.deletion_timestamp.is_none()
            && !matches!(phase, Some("Succeeded" | "Failed"))
    })
}

/// Each container with its status: init containers first, as they run.
pub(super) fn containers(pod: &Pod) -> impl Iterator<Item = (bool, &Container, Option<&ContainerStatus>)> {
    let (init, main) = pod.spec.as_ref().map_or((&[][..], &[][..]), |spec| {
        (spec.init_containers.as_deref().unwrap_or_default(), spec.containers.as_slice())
    });
    let status_of = move |init: bool, name: &str| {
        let status = pod.status.as_ref()?;
        let all = if init { &status.init_container_statuses } else { &status.container_statuses };
        all.as_deref()?.iter().find(|status| status.name == name)
    };
    init.iter()
        .map(|container| (true, container))
        .chain(main.iter().map(|container| (false, container)))
        .map(move |(init, container)| (init, container, status_of(init, &container.name)))
}

fn is_owned_by(metadata: &ObjectMeta, owner: &str) -> bool {
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    !owner.is_empty() && owners.iter().any(|reference| reference.uid == owner)
}

pub(super) fn uid(metadata: &ObjectMeta) -> &str {
    metadata.uid.as_deref().unwrap_or_default()
}

fn namespace(metadata: &ObjectMeta) -> &str {
    metadata.namespace.as_deref().unwrap_or("default")
}
