//! Why no node takes a pod, by the scheduler's message and the nodes themselves.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Pod, PodSpec};

use super::explanation::Explanation;
use super::nodes::{self, Excluded, requests_text, resource_requests};
use crate::rollout::model::NodeCapacity;
use crate::rollout::text::escape;
use crate::rollout::text::quantity::show;
use crate::text::nearest;

/// What pods of other priorities could do for it is of no use to the reader.
pub(in crate::rollout) fn without_preemption(message: &str) -> &str {
    let end = message.find(". no new claims to deallocate").or_else(|| message.find(". preemption: "));
    message.get(..end.unwrap_or(message.len())).unwrap_or(message)
}

/// The scheduler says "Preemption is not helpful" of a node on which the pod would not fit were it empty
/// (`UnschedulableAndUnresolvable`), and "No preemption victims found" where only others are in the way.
pub(in crate::rollout) fn never_fits(message: &str) -> bool {
    let may_change = [
        "not eligible due to preemptionPolicy",
        // a node that starts, restarts or was cordoned
        "node.kubernetes.io/",
        "were unschedulable",
    ];
    // Whoever has a port keeps it as long as it runs.
    let only_others_in_the_way = message.contains("No preemption victims found") && !message.contains(PORTS);
    !only_others_in_the_way && !may_change.iter().any(|words| message.contains(words))
}

const PORTS: &str = "didn't have free ports";

/// Whether it is the pod's own siblings, which stay, that leave it no room: they may not share a node with it, or what
/// they ask for is more than any node has beside them. `siblings`: those that run.
pub(in crate::rollout) fn own_in_the_way(
    message: &str,
    pod: &Pod,
    siblings: &[&PodSpec],
    nodes: &[NodeCapacity],
) -> bool {
    let Some(spec) = &pod.spec else { return false };
    if message.contains("anti-affinity rules") {
        return repels_itself(pod, spec);
    }
    let Some(resource) = insufficient(message) else { return false };
    let asks = |spec: &PodSpec| resource_requests(spec).get(resource).copied().unwrap_or(0.0);
    let beside = |node: &NodeCapacity| {
        let here = siblings.iter().filter(|sibling| sibling.node_name.as_deref() == Some(node.name.as_str()));
        node.allocatable.get(resource).copied().unwrap_or(0.0) - here.map(|sibling| asks(sibling)).sum::<f64>()
    };
    let own = asks(spec);
    !nodes.is_empty()
        && nodes.iter().filter(|node| nodes::excluded(spec, node).is_none()).all(|node| beside(node) < own)
}

/// Whether a rule that keeps it away from others means its own siblings.
fn repels_itself(pod: &Pod, spec: &PodSpec) -> bool {
    let anti = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    let terms = anti.and_then(|anti| anti.required_during_scheduling_ignored_during_execution.as_ref());
    let own = pod.metadata.labels.clone().unwrap_or_default();
    terms.into_iter().flatten().filter_map(|term| term.label_selector.clone()).any(|selector| {
        kube::core::Selector::try_from(selector).is_ok_and(|selector| kube::core::SelectorExt::matches(&selector, &own))
    })
}

pub(in crate::rollout) fn explain_unschedulable(message: &str, pod: &PodSpec, nodes: &[NodeCapacity]) -> Explanation {
    let says = |words: &str| message.contains(words);
    let said = |what: &str, hint: &str| Explanation { what: what.to_owned(), hint: hint.to_owned() };
    if let Some(resource) = insufficient(message) {
        room(message, pod, nodes, resource)
    } else if says(PORTS) {
        port(pod, nodes)
    } else if says("didn't match Pod's node affinity/selector") {
        label(pod, nodes)
    } else if says("taint") {
        taint(pod, nodes)
    } else if says("Too many pods") {
        said("every node has as many pods as it may have", "remove what is not needed, or add a node")
    } else if says("pod affinity rules") || says("pod anti-affinity rules") {
        said(
            "no node has (or lacks) the pods that the pod wants to be near (or away from)",
            "look at podAffinity and podAntiAffinity of the pod: required rules exclude nodes, preferred ones do not",
        )
    } else if says("topology spread constraints") {
        said(
            "no node keeps the pod's topology spread",
            "whenUnsatisfiable: ScheduleAnyway in topologySpreadConstraints prefers instead of refusing",
        )
    } else if says("volume node affinity conflict") {
        said(
            "the pod's volume is on a node or in a zone where the pod is not allowed to run",
            "compare the PersistentVolume's nodeAffinity with the pod's nodeSelector and tolerations",
        )
    } else if says("were unschedulable") {
        said("the nodes are cordoned", "uncordon one: kubectl uncordon NODE, or wait for another")
    } else {
        said("no node takes the pod", "the scheduler's message names what each node lacks")
    }
}

/// `Insufficient cpu`, `Insufficient nvidia.com/gpu`
fn insufficient(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("Insufficient ")?;
    rest.split([',', ' ']).next().map(|name| name.trim_end_matches('.')).filter(|name| !name.is_empty())
}

fn room(message: &str, pod: &PodSpec, nodes: &[NodeCapacity], resource: &str) -> Explanation {
    let requests = requests_text(&resource_requests(pod));
    let is = if never_fits(message) { "is large enough" } else { "has room" };
    let (shown, resource) = (|value| show(resource, value), escape(resource));
    let largest = nodes::largest(pod, nodes, &resource);
    let (has, limit) = match largest {
        Some((name, free, all)) => {
            let used = if free < all { format!(" of {}", shown(all)) } else { String::new() };
            (
                format!("; the largest that it may use, {}, has {}{used} {resource} free", escape(name), shown(free)),
                if never_fits(message) {
                    format!("at most {} {resource}", shown(free))
                } else {
                    format!("less {resource}")
                },
            )
        }
        None => (String::new(), format!("less {resource}")),
    };
    Explanation {
        what: format!("no node {is}: the pod asks for {requests}{has}"),
        hint: format!("ask for {limit} (`resources`), or add a larger node"),
    }
}

fn port(pod: &PodSpec, nodes: &[NodeCapacity]) -> Explanation {
    let mut ports = pod.containers.iter().flat_map(|container| container.ports.iter().flatten());
    let port = ports.find_map(|port| port.host_port).unwrap_or_default();
    let holder = nodes.iter().find_map(|node| match nodes::excluded(pod, node) {
        Some(Excluded::Port { port, pod }) => Some((port, pod)),
        _ => None,
    });
    let (port, by) = match holder {
        Some((port, pod)) => (port, format!(" by Pod {}", escape(&pod))),
        None => (port, String::new()),
    };
    Explanation {
        what: format!("host port {port} is taken on every node that the pod may use{by}"),
        hint: "take another hostPort, or none: a Service reaches pods without it; a rollout of such a pod needs \
               maxUnavailable 1 (or strategy Recreate), so that the old one goes first"
            .to_owned(),
    }
}

fn label(pod: &PodSpec, nodes: &[NodeCapacity]) -> Explanation {
    let compare = "correct nodeSelector or affinity, or label a node: kubectl label node NODE ";
    let wanted = nodes.iter().find_map(|node| match nodes::excluded(pod, node) {
        Some(Excluded::Label(label)) => Some(label),
        _ => None,
    });
    let own = || pod.node_selector.iter().flatten().map(|(key, value)| format!("{key}={value}")).next();
    let Some(wanted) = wanted.or_else(own) else {
        return Explanation {
            what: "no node has the labels that the pod selects".to_owned(),
            hint: "compare nodeSelector and affinity with: kubectl get nodes --show-labels".to_owned(),
        };
    };
    let key = wanted.split(['=', ' ']).next().unwrap_or_default();
    let labels = || nodes.iter().flat_map(|node| &node.labels);
    let values: BTreeSet<&str> = labels().filter(|(other, _)| *other == key).map(|(_, value)| value.as_str()).collect();
    let near = nearest(key, labels().map(|(key, _)| key.as_str()).filter(|other| *other != key));
    let there = match (values.is_empty(), near) {
        (false, _) => {
            format!("; nodes have {key}={}", values.into_iter().take(5).collect::<Vec<_>>().join(", "))
        }
        (true, Some(near)) => format!("; there is a label {near}"),
        (true, None) => String::new(),
    };
    Explanation {
        what: format!("no node has the label {}{}", escape(&wanted), escape(&there)),
        hint: format!("{compare}{}", escape(&wanted)),
    }
}

fn taint(pod: &PodSpec, nodes: &[NodeCapacity]) -> Explanation {
    let taint = nodes.iter().find_map(|node| match nodes::excluded(pod, node) {
        Some(Excluded::Taint(taint)) => Some(taint),
        _ => None,
    });
    match taint {
        Some(taint) => {
            let shown = escape(&taint.shown());
            let value = match taint.value.as_str() {
                "" => "operator: Exists".to_owned(),
                value => format!("value: {}", escape(value)),
            };
            Explanation {
                what: format!("the pod does not tolerate the taint {shown}"),
                hint: format!(
                    "if it may run there, tolerate it: tolerations: [{{key: {}, {value}, effect: {}}}]",
                    escape(&taint.key),
                    escape(&taint.effect)
                ),
            }
        }
        None => Explanation {
            what: "every node has a taint that the pod does not tolerate".to_owned(),
            hint: "add a toleration, or see the taints: kubectl describe nodes | grep Taints".to_owned(),
        },
    }
}
