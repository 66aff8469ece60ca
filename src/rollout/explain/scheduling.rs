//! Why no node takes a pod, by the scheduler's message and the nodes themselves.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm, PodSpec};

use super::explanation::Explanation;
use super::nodes::{self, Excluded, requests_text, resource_requests};
use crate::rollout::model::{NodeCapacity, Remedy, Taint, Words};
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

/// How the pod's own siblings, which stay, leave it no room.
#[derive(Clone, Copy)]
pub(in crate::rollout) enum InTheWay<'a> {
    /// They may not share a node with it.
    Repelled(&'a PodAffinityTerm),
    /// What they ask for is more than any node has beside them.
    Filled,
}

/// Whether they do so. `siblings`: those that run.
pub(in crate::rollout) fn own_in_the_way<'a>(
    message: &str,
    pod: &'a Pod,
    siblings: &[&PodSpec],
    nodes: &[NodeCapacity],
) -> Option<InTheWay<'a>> {
    let spec = pod.spec.as_ref()?;
    if message.contains("anti-affinity rules") {
        return repels_itself(pod, spec).map(InTheWay::Repelled);
    }
    let words = insufficient(message)?;
    let resource = resource_of(words);
    let asks = |spec: &PodSpec| resource_requests(spec).get(resource).copied().unwrap_or(0.0);
    let beside = |node: &NodeCapacity| {
        let here = siblings.iter().filter(|sibling| sibling.node_name.as_deref() == Some(node.name.as_str()));
        node.allocatable.get(resource).copied().unwrap_or(0.0) - here.map(|sibling| asks(sibling)).sum::<f64>()
    };
    let own = asks(spec);
    let fills = !nodes.is_empty()
        && nodes.iter().filter(|node| nodes::excluded(spec, node).is_none()).all(|node| beside(node) < own);
    fills.then_some(InTheWay::Filled)
}

/// The rule that keeps it away from others and means its own siblings.
fn repels_itself<'a>(pod: &Pod, spec: &'a PodSpec) -> Option<&'a PodAffinityTerm> {
    let anti = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    let terms = anti.and_then(|anti| anti.required_during_scheduling_ignored_during_execution.as_ref());
    let own = pod.metadata.labels.clone().unwrap_or_default();
    terms.into_iter().flatten().find(|term| {
        let selector = term.label_selector.clone().map(kube::core::Selector::try_from);
        selector.is_some_and(|selector| selector.is_ok_and(|one| kube::core::SelectorExt::matches(&one, &own)))
    })
}

/// `own`: whether a pod is one of the same workload, by `namespace/name`.
pub(in crate::rollout) fn explain_unschedulable(
    message: &str,
    pod: &PodSpec,
    nodes: &[NodeCapacity],
    own: &dyn Fn(&str) -> bool,
) -> Explanation {
    let says = |words: &str| Words::of(message, words);
    let said = |what: &str, hint: Remedy| Explanation { what: what.to_owned(), hint };
    if let Some(words) = insufficient(message) {
        room(message, pod, nodes, words)
    } else if let Some(words) = says(PORTS) {
        port(pod, nodes, words, own)
    } else if let Some(words) = says("didn't match Pod's node affinity/selector") {
        label(pod, nodes, words)
    } else if says("taint").is_some() {
        taint(message, pod, nodes)
    } else if let Some(words) = says("Too many pods") {
        said(
            "every node has as many pods as it may have",
            Remedy::given(&words, "remove what is not needed, or add a node"),
        )
    } else if let Some((words, term)) = says("pod anti-affinity rules").zip(required_apart(pod)) {
        Explanation {
            what: format!("every node has a pod already that this one may not share it with: {}", escape(&term)),
            hint: Remedy::given(
                &words,
                "add nodes, as many as there are such pods, or prefer instead of require (preferredDuringScheduling…)",
            ),
        }
    } else if Words::any(message, &["pod affinity rules", "pod anti-affinity rules"]).is_some() {
        said(
            "no node has (or lacks) the pods that the pod wants to be near (or away from)",
            Remedy::look(
                "look at podAffinity and podAntiAffinity of the pod: required rules exclude nodes, preferred ones do not",
            ),
        )
    } else if says("topology spread constraints").is_some() {
        said(
            "no node keeps the pod's topology spread",
            Remedy::look("whenUnsatisfiable: ScheduleAnyway in topologySpreadConstraints prefers instead of refusing"),
        )
    } else if says("volume node affinity conflict").is_some() {
        said(
            "the pod's volume is on a node or in a zone where the pod is not allowed to run",
            Remedy::look("compare the PersistentVolume's nodeAffinity with the pod's nodeSelector and tolerations"),
        )
    } else if let Some(words) = says("were unschedulable") {
        said(
            "the nodes are cordoned",
            Remedy::given(&words, "uncordon one: kubectl uncordon NODE, or wait for another"),
        )
    } else {
        said("no node takes the pod", Remedy::look("the scheduler's message names what each node lacks"))
    }
}

/// `podAntiAffinity keeps app=api apart by kubernetes.io/hostname`
fn required_apart(pod: &PodSpec) -> Option<String> {
    let anti = pod.affinity.as_ref()?.pod_anti_affinity.as_ref()?;
    let term = anti.required_during_scheduling_ignored_during_execution.as_ref()?.first()?;
    let labels = term.label_selector.as_ref().and_then(|selector| selector.match_labels.clone()).unwrap_or_default();
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let whom = if labels.is_empty() { "those it selects".to_owned() } else { labels.join(",") };
    Some(format!("podAntiAffinity keeps it away from {whom}, by {}", term.topology_key))
}

/// `Insufficient cpu`, `Insufficient nvidia.com/gpu`
fn insufficient(message: &str) -> Option<Words<'_>> {
    Words::of(message, "Insufficient ").filter(|words| !resource_of(*words).is_empty())
}

fn resource_of(insufficient: Words<'_>) -> &str {
    insufficient.after().split([',', ' ']).next().unwrap_or_default().trim_end_matches('.')
}

fn room(message: &str, pod: &PodSpec, nodes: &[NodeCapacity], insufficient: Words) -> Explanation {
    let resource = resource_of(insufficient);
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
        hint: Remedy::given(&insufficient, format!("ask for {limit} (`resources`), or add a larger node")),
    }
}

fn port(pod: &PodSpec, nodes: &[NodeCapacity], words: Words, own: &dyn Fn(&str) -> bool) -> Explanation {
    let another = "take another hostPort, or none: a Service reaches pods without it";
    let holder = nodes.iter().find_map(|node| match nodes::excluded(pod, node) {
        Some(Excluded::Port { port, pod }) => Some((port, pod)),
        _ => None,
    });
    if let Some((port, pod)) = holder {
        let (shown, of_own) = (escape(&pod), own(&pod));
        if of_own {
            return Explanation {
                what: format!(
                    "host port {port} is taken on every node that the pod may use by Pod {shown}, of the same workload"
                ),
                hint: Remedy::given(
                    &words,
                    format!(
                        "let the old pod go first: `strategy: {{rollingUpdate: {{maxSurge: 0, maxUnavailable: 1}}}}`, or Recreate; more pods than nodes never fit; or {another}"
                    ),
                ),
            };
        }
        return Explanation {
            what: format!("host port {port} is taken on every node that the pod may use by Pod {}", escape(&pod)),
            hint: Remedy::given(&words, another),
        };
    }
    let mut ports = pod.containers.iter().flat_map(|container| container.ports.iter().flatten());
    let port = ports.find_map(|port| port.host_port).map(|port| format!(" {port}")).unwrap_or_default();
    Explanation {
        what: format!("host port{port} is taken on every node that the pod may use"),
        hint: Remedy::given(
            &words,
            format!(
                "{another}; a rollout of such a pod needs maxUnavailable 1 (or strategy Recreate), so that the old one \
                 goes first"
            ),
        ),
    }
}

fn label(pod: &PodSpec, nodes: &[NodeCapacity], words: Words) -> Explanation {
    let compare = "correct nodeSelector or affinity, or label a node: kubectl label node NODE ";
    let wanted = nodes.iter().find_map(|node| match nodes::excluded(pod, node) {
        Some(Excluded::Label(label)) => Some(label),
        _ => None,
    });
    let own = || pod.node_selector.iter().flatten().map(|(key, value)| format!("{key}={value}")).next();
    let Some(wanted) = wanted.or_else(own) else {
        return Explanation {
            what: "no node has the labels that the pod selects".to_owned(),
            hint: Remedy::look("compare nodeSelector and affinity with: kubectl get nodes --show-labels"),
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
        hint: Remedy::given(&words, format!("{compare}{}", escape(&wanted))),
    }
}

/// Taints by which Kubernetes and the cloud say how a node is (`k8s.io/api/core/v1/well_known_taints.go`): they go when
/// that ends, and who tolerates them runs where nothing runs well.
const STATES: [&str; 2] = ["node.kubernetes.io/", "node.cloudprovider.kubernetes.io/"];

fn taint(message: &str, pod: &PodSpec, nodes: &[NodeCapacity]) -> Explanation {
    let taints = nodes.iter().filter_map(|node| match nodes::excluded(pod, node) {
        Some(Excluded::Taint(taint)) => Some(taint),
        _ => None,
    });
    let is_state = |taint: &Taint| STATES.iter().any(|state| taint.key.starts_with(state));
    let (states, own): (Vec<Taint>, Vec<Taint>) = taints.partition(is_state);
    if let Some(taint) = own.first() {
        return tolerate(taint);
    }
    let says_state = Words::any(message, &STATES).is_some();
    Explanation {
        what: match states.first() {
            Some(taint) => format!("the pod does not tolerate the taint {}", escape(&taint.shown())),
            None => "every node has a taint that the pod does not tolerate".to_owned(),
        },
        hint: Remedy::look(if says_state || !states.is_empty() {
            "it says how the node is, and goes when that ends: kubectl describe nodes | grep -A8 Conditions"
        } else {
            "see the taints: kubectl describe nodes | grep Taints"
        }),
    }
}

fn tolerate(taint: &Taint) -> Explanation {
    let value = match taint.value.as_str() {
        "" => "operator: Exists".to_owned(),
        value => format!("value: {}", escape(value)),
    };
    Explanation {
        what: format!("the pod does not tolerate the taint {}", escape(&taint.shown())),
        hint: Remedy::given(
            taint,
            format!(
                "if it may run there, tolerate it: tolerations: [{{key: {}, {value}, effect: {}}}]",
                escape(&taint.key),
                escape(&taint.effect)
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::own(
        "[{name: a, taints: [{key: dedicated, value: db, effect: NoSchedule}]}]",
        "if it may run there, tolerate it"
    )]
    #[case::state(
        "[{name: a, taints: [{key: node.kubernetes.io/not-ready, effect: NoSchedule}]}]",
        "it says how the node is, and goes"
    )]
    #[case::own_beside_a_state(
        "[{name: a, taints: [{key: node.kubernetes.io/not-ready, effect: NoSchedule}]}, {name: b, taints: [{key: gpu, effect: NoSchedule}]}]",
        "if it may run there, tolerate it: tolerations: [{key: gpu"
    )]
    #[case::unknown("[]", "see the taints")]
    fn only_a_taint_that_somebody_set_is_tolerated(#[case] nodes: &str, #[case] expected: &str) {
        let nodes: Vec<NodeCapacity> = serde_yaml::from_str(nodes).expect("nodes");
        let message = "0/1 nodes are available: 1 node(s) had untolerated taint(s).";
        let said = explain_unschedulable(message, &PodSpec::default(), &nodes, &|_| false);
        assert!(said.hint.text().starts_with(expected), "{}", said.hint.text());
    }

    /// Before 1.27 the scheduler names the taint itself.
    #[test]
    fn a_state_is_known_by_the_message_alone() {
        let message = "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.";
        let said = explain_unschedulable(message, &PodSpec::default(), &[], &|_| false);
        assert!(said.hint.text().starts_with("it says how the node is"), "{}", said.hint.text());
    }
}
