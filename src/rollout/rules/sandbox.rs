//! The node cannot make what the containers run in: its network or its runtime refuses. Only `FailedCreatePodSandBox`
//! events tell of it.

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces};
use crate::rollout::text::{escape, escape_line, message};
use crate::rollout::view::PodView;

pub(super) const RULE: Rule =
    Rule { name: "sandbox", class: Class::cause("Sandbox"), pages: &["node.md"], check: Check::Pod(check) };

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
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let (what, hint, proof) = match class {
        // containerd and CRI-O have no handler of that name in their configuration.
        Some(class) if says(&["no runtime for", "failed to find runtime handler", "unknown runtime handler"]) => (
            format!("node {node} has no runtime for the RuntimeClass {}", escape(class)),
            "remove `runtimeClassName`, or keep the pod on nodes that have it (`scheduling` of the RuntimeClass)"
                .to_owned(),
            Proof::Lasting(graces.unschedulable),
        ),
        _ if says(&[
            "no IP addresses available",
            "no available IP",
            "failed to allocate for range",
            "assign an IP",
        ]) =>
        {
            (
                format!("node {node} has no address left for the pod"),
                "fewer pods on this node, or a larger range of pod addresses: whoever runs the cluster decides"
                    .to_owned(),
                Proof::Never,
            )
        }
        _ if says(&["cni", "CNI", "network"]) => (
            format!("the network of node {node} is not ready for the pod"),
            format!("it is the cluster's own: kubectl describe node {node}; the kubelet tries again by itself"),
            Proof::Never,
        ),
        _ => (
            format!("node {node} cannot set up the pod"),
            format!("it is the node's own: kubectl describe node {node}; the kubelet tries again by itself"),
            Proof::Never,
        ),
    };
    let object = format!("Pod {}", escape(pod.name()));
    let finding =
        Cause { reason: Reason::FailedCreatePodSandBox, what, object, evidence: vec![escape_line(text)], hint };
    Some(Symptom::new(finding, proof))
}
