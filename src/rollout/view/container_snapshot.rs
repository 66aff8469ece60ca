//! One container as it is now.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Event, Pod,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::current_pods::{namespace, uid};
use super::subject::Subject;
use crate::rollout::model::{Log, Lookup, LookupResult, Snapshot, newest_record};
use crate::rollout::text::{about, has_reason};

pub(in crate::rollout) struct ContainerSnapshot<'a> {
    pub pod: &'a Pod,
    pub spec: &'a Container,
    pub status: Option<&'a ContainerStatus>,
    pub init: bool,
    pub events: Vec<&'a Event>,
    pub snapshot: &'a Snapshot,
    pub now: Timestamp,
}

impl<'a> ContainerSnapshot<'a> {
    /// Those of a pod: init containers first, as they run.
    pub fn all(snapshot: &'a Snapshot, pod: &'a Pod, now: Timestamp) -> impl Iterator<Item = Self> {
        let of_pod = about(&snapshot.events, uid(&pod.metadata));
        containers(pod).map(move |(init, spec, status)| {
            let field = format!("spec.{}{{{}}}", if init { "initContainers" } else { "containers" }, spec.name);
            let is_about = |event: &&&Event| event.involved_object.field_path.as_deref() == Some(&*field);
            let events = of_pod.iter().filter(is_about).copied().collect();
            Self { pod, spec, status, init, events, snapshot, now }
        })
    }

    pub fn name(&self) -> &'a str {
        &self.spec.name
    }

    pub fn namespace(&self) -> &'a str {
        namespace(&self.pod.metadata)
    }

    pub fn subject(&self) -> Subject {
        Subject::container(uid(&self.pod.metadata), self.name())
    }

    /// `Pod payments-api-7d9f-abc, container app`
    pub fn object(&self) -> String {
        let pod = self.pod.metadata.name.as_deref().unwrap_or_default();
        format!("Pod {pod}, {}", self.title())
    }

    /// As its pod has it, whoever wrote it.
    pub fn memory_limit(&self) -> Option<&'a Quantity> {
        self.spec.resources.as_ref()?.limits.as_ref()?.get("memory")
    }

    /// The other containers of its pod.
    pub fn beside(&self) -> impl Iterator<Item = &'a Container> + Clone {
        let (spec, own) = (self.pod.spec.as_ref(), self.spec);
        let all = spec.into_iter().flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
        all.filter(move |one| one.name != own.name)
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
        matches!(policy, Some("Never" | "OnFailure"))
    }

    /// Whether its pod, and its log, go when its Job gives up.
    pub fn is_taken_away(&self) -> bool {
        let owners = self.pod.metadata.owner_references.as_deref().unwrap_or_default();
        owners.iter().any(|owner| owner.kind == "Job") && self.may_end() && !self.is_last_try()
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

    /// Whether it is ready only once a probe says so; else it is as long as it runs.
    pub fn is_probed(&self) -> bool {
        self.spec.readiness_probe.is_some() || self.spec.startup_probe.is_some()
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

    /// Whether it was ended by SIGKILL although neither a probe nor a deletion asked for its end: the kernel may have done
    /// it for want of memory, without the runtime having heard why.
    pub fn is_killed_unasked(&self, exit: &ContainerStateTerminated) -> bool {
        /// 128 and SIGKILL.
        const SIGKILL: i32 = 137;
        let asked = self.event("Killing").is_some() || self.pod.metadata.deletion_timestamp.is_some();
        exit.exit_code == SIGKILL && !asked
    }

    /// Whether it is meant to end: an init container, and each container of a pod that is not started again.
    pub fn is_to_end(&self) -> bool {
        let policy = self.pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
        !self.is_sidecar() && (self.init || policy.is_some_and(|policy| policy != "Always"))
    }

    /// Whether the kubelet never starts it again, so that this end was the last.
    pub fn is_last_try(&self) -> bool {
        self.pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()) == Some("Never")
    }

    /// Ends of this container that are failures: one that is done is none.
    pub fn exits(&self) -> i32 {
        let done = self.is_to_end() && self.terminated().is_some_and(|exit| exit.exit_code == 0);
        // Waiting for a restart whose count is not up yet is an end too; the kubelet counts at the start.
        let ended = self.terminated().is_some() || (self.waiting().is_some() && self.last_exit().is_some());
        self.restarts() + i32::from(ended && !done)
    }

    pub fn event(&self, reason: &str) -> Option<&'a Event> {
        self.events.iter().find(|event| has_reason(event, reason)).copied()
    }

    /// What the newest of these look-ups showed.
    pub fn result_of(&self, lookup: &Lookup) -> Option<&'a LookupResult> {
        newest_record(&self.snapshot.lookups, lookup).map(|record| &record.result)
    }

    /// Whether its node was not ready when that was last asked: what the status says is not of now.
    pub fn is_out_of_sight(&self) -> bool {
        let node = self.pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
        let result = node.and_then(|node| self.result_of(&Lookup::Node(node)));
        matches!(result, Some(LookupResult::NotReady(_)))
    }

    pub fn logs(&self) -> impl Iterator<Item = &'a Log> {
        let (pod, name) = (self.pod.metadata.name.as_deref(), self.name());
        self.snapshot
            .logs
            .iter()
            .filter(move |log| Some(log.request.pod.as_str()) == pod && log.request.container == name)
    }
}

/// Each container with its status: init containers first, as they run.
fn containers(pod: &Pod) -> impl Iterator<Item = (bool, &Container, Option<&ContainerStatus>)> {
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
