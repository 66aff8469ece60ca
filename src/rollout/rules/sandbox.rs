//! The node cannot make what the containers run in: its network or its runtime refuses. Only `FailedCreatePodSandBox`
//! events tell of it.

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Remedy, Words};
use crate::rollout::text::{escape, escape_line, message};
use crate::rollout::view::PodView;

pub(super) const RULE: Rule =
    Rule { name: "sandbox", class: Class::cause("Sandbox"), pages: &["node.md"], check: Check::Pod(check) };

/// containerd and CRI-O have no handler of that name in their configuration.
const NO_RUNTIME: [&str; 3] = ["no runtime for", "failed to find runtime handler", "unknown runtime handler"];
const NO_ADDRESS: [&str; 4] =
    ["no IP addresses available", "no available IP", "failed to allocate for range", "assign an IP"];

fn check(pod: &PodView, graces: &Graces) -> Option<Symptom> {
    let waits = |reason: &str| matches!(reason, "ContainerCreating" | "PodInitializing");
    if pod.containers.iter().any(|one| one.is_running() || one.exits() > 0)
        || !pod.containers.iter().any(|one| waits(one.waiting_reason()))
    {
        return None;
    }
    let text = message(pod.event("FailedCreatePodSandBox")?);
    let spec = pod.pod.spec.as_ref();
    let class = spec.and_then(|spec| spec.runtime_class_name.as_deref());
    let node = escape(spec.and_then(|spec| spec.node_name.as_deref()).unwrap_or_default());
    let of = |whose: &str| {
        Remedy::look(format!(
            "it is the {whose}'s own: kubectl describe node {node}; the kubelet tries again by itself"
        ))
    };
    let (what, hint, proof) = match (class, Words::any(text, &NO_RUNTIME)) {
        (Some(class), Some(words)) => (
            format!("node {node} has no runtime for the RuntimeClass {}", escape(class)),
            Remedy::given(
                &words,
                "remove `runtimeClassName`, or keep the pod on nodes that have it (`scheduling` of the RuntimeClass)",
            ),
            Proof::Lasting(graces.unschedulable),
        ),
        _ if Words::any(text, &NO_ADDRESS).is_some() => (
            format!("node {node} has no address left for the pod"),
            Remedy::look(
                "fewer pods on this node, or a larger range of pod addresses: whoever runs the cluster decides",
            ),
            Proof::Never,
        ),
        _ if Words::any(text, &["cni", "CNI", "network"]).is_some() => {
            (format!("the network of node {node} is not ready for the pod"), of("cluster"), Proof::Never)
        }
        _ => (format!("node {node} cannot set up the pod"), of("node"), Proof::Never),
    };
    let object = format!("Pod {}", escape(pod.name()));
    let finding =
        Cause { reason: Reason::FailedCreatePodSandBox, what, object, evidence: vec![escape_line(text)], hint };
    Some(Symptom::new(finding, proof))
}
