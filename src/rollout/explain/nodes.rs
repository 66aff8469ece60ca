//! Which nodes a pod could run on, and what excludes the others: the scheduler's filters that a manifest can satisfy
//! (kube-scheduler, plugins `NodeAffinity`, `TaintToleration`, `NodePorts`, `NodeResourcesFit`).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Toleration};

use crate::rollout::model::{NodeCapacity, Taint};
use crate::rollout::text::escape;
use crate::rollout::text::quantity::{self, show};

/// Nodes that are named before the rest is only counted.
const NAMED: usize = 3;

/// What the pod asks for, by resource: the sum of its containers, or its largest init container.
#[must_use]
pub fn resource_requests(pod: &PodSpec) -> BTreeMap<String, f64> {
    let mut sum = BTreeMap::new();
    let init = pod.init_containers.as_deref().unwrap_or_default();
    let (sidecars, init): (Vec<_>, Vec<_>) = init.iter().partition(|c| c.restart_policy.as_deref() == Some("Always"));
    for container in pod.containers.iter().chain(sidecars) {
        for (name, value) in of_container(container) {
            *sum.entry(name).or_insert(0.0) += value;
        }
    }
    for (name, value) in init.into_iter().flat_map(of_container) {
        let largest = sum.entry(name).or_insert(0.0);
        *largest = largest.max(value);
    }
    sum
}

fn of_container(container: &Container) -> impl Iterator<Item = (String, f64)> {
    let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    requests.into_iter().flatten().filter_map(|(name, quantity)| Some((name.clone(), quantity::parse(&quantity.0)?)))
}

/// `64 cpu, 16Mi memory`
pub(in crate::rollout) fn requests_text(requests: &BTreeMap<String, f64>) -> String {
    if requests.is_empty() {
        return "nothing special".to_owned();
    }
    let each = requests.iter().map(|(name, value)| format!("{} {}", show(name, *value), escape(name)));
    each.collect::<Vec<_>>().join(", ")
}

/// Why a node is not a place for the pod, whatever is free on it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::rollout) enum Excluded {
    Cordoned,
    /// The label that it lacks: `disk=ssd`.
    Label(String),
    Taint(Taint),
    Port {
        port: i32,
        pod: String,
    },
}

impl Excluded {
    pub fn shown(&self) -> String {
        match self {
            Self::Cordoned => "is cordoned".to_owned(),
            Self::Label(label) => format!("has not the label {}", escape(label)),
            Self::Taint(taint) => format!("has the taint {}", escape(&taint.shown())),
            Self::Port { port, pod } => format!("port {port} is taken by Pod {}", escape(pod)),
        }
    }
}

impl Taint {
    /// `dedicated=db:NoSchedule`
    pub(in crate::rollout) fn shown(&self) -> String {
        let value = if self.value.is_empty() { String::new() } else { format!("={}", self.value) };
        format!("{}{value}:{}", self.key, self.effect)
    }
}

pub(in crate::rollout) fn excluded(pod: &PodSpec, node: &NodeCapacity) -> Option<Excluded> {
    if node.cordoned {
        return Some(Excluded::Cordoned);
    }
    let label = missing_label(pod, node).map(Excluded::Label);
    let tolerations = pod.tolerations.as_deref().unwrap_or_default();
    let keeps_away = |taint: &&Taint| {
        taint.effect != "PreferNoSchedule" && !tolerations.iter().any(|toleration| tolerates(toleration, taint))
    };
    let taint = || node.taints.iter().find(keeps_away).cloned().map(Excluded::Taint);
    label.or_else(taint).or_else(|| taken_port(pod, node))
}

/// The label of the first selector that this node does not have; of several terms of an affinity one is enough.
fn missing_label(pod: &PodSpec, node: &NodeCapacity) -> Option<String> {
    let selector = pod.node_selector.iter().flatten();
    let missing = selector.filter(|(key, value)| node.labels.get(*key) != Some(value));
    if let Some((key, value)) = missing.into_iter().next() {
        return Some(format!("{key}={value}"));
    }
    let affinity = pod.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms = &affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
    let lacks = |term: &NodeSelectorTerm| {
        let expressions = term.match_expressions.as_deref().unwrap_or_default();
        expressions.iter().find(|wanted| !matches(wanted, node)).map(said)
    };
    let lacking: Option<Vec<String>> = terms.iter().map(lacks).collect();
    lacking?.into_iter().next()
}

/// `disk in (ssd, nvme)`
fn said(wanted: &NodeSelectorRequirement) -> String {
    let values = wanted.values.as_deref().unwrap_or_default();
    match (wanted.operator.as_str(), values) {
        ("In", [value]) => format!("{}={value}", wanted.key),
        ("Exists", _) => wanted.key.clone(),
        (operator, values) => format!("{} {operator} ({})", wanted.key, values.join(", ")),
    }
}

fn matches(wanted: &NodeSelectorRequirement, node: &NodeCapacity) -> bool {
    let label = node.labels.get(&wanted.key);
    let values = wanted.values.as_deref().unwrap_or_default();
    let number = |text: &String| text.parse::<i64>().ok();
    let compares = |is: fn(i64, i64) -> bool| {
        label.and_then(number).zip(values.first().and_then(number)).is_some_and(|(label, value)| is(label, value))
    };
    match wanted.operator.as_str() {
        "In" => label.is_some_and(|label| values.contains(label)),
        "NotIn" => label.is_none_or(|label| !values.contains(label)),
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        "Gt" => compares(|label, value| label > value),
        "Lt" => compares(|label, value| label < value),
        _ => true,
    }
}

/// k8s.io/api/core/v1, `Toleration.ToleratesTaint`.
fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    let (effect, key) = (of(&toleration.effect), of(&toleration.key));
    let by_value = match toleration.operator.as_deref() {
        Some("Exists") => true,
        _ => of(&toleration.value) == taint.value,
    };
    (effect.is_empty() || effect == taint.effect) && (key.is_empty() || key == taint.key) && by_value
}

fn taken_port(pod: &PodSpec, node: &NodeCapacity) -> Option<Excluded> {
    let ports = pod.containers.iter().flat_map(|container| container.ports.iter().flatten());
    ports.filter_map(|port| Some((port.host_port?, port.protocol.as_deref().unwrap_or("TCP")))).find_map(
        |(port, protocol)| {
            let taken = node.ports.iter().find(|taken| (taken.port, taken.protocol.as_str()) == (port, protocol))?;
            Some(Excluded::Port { port, pod: taken.pod.clone() })
        },
    )
}

/// The node with the most of this resource among those that nothing else excludes: its name, what it has free (what
/// it has at all, where its pods may not be listed) and what it has at all.
pub(in crate::rollout) fn largest<'n>(
    pod: &PodSpec,
    nodes: &'n [NodeCapacity],
    resource: &str,
) -> Option<(&'n str, f64, f64)> {
    let open = nodes.iter().filter(|node| excluded(pod, node).is_none());
    let room = open.map(|node| {
        let all = node.allocatable.get(resource).copied().unwrap_or(0.0);
        let used = node.requested.as_ref().and_then(|used| used.get(resource)).copied().unwrap_or(0.0);
        (node.name.as_str(), (all - used).max(0.0), all)
    });
    room.max_by(|a, b| a.1.total_cmp(&b.1).then(a.2.total_cmp(&b.2)))
}

/// `gpu-1 has the taint gpu=yes:NoSchedule`, a line for each node; the last one counts those that are left out.
pub(in crate::rollout) fn why_not(pod: &PodSpec, nodes: &[NodeCapacity]) -> Vec<String> {
    let excluded = nodes.iter().filter_map(|node| Some((node, excluded(pod, node)?)));
    let mut lines: Vec<String> =
        excluded.map(|(node, why)| format!("node {} {}", escape(&node.name), why.shown())).collect();
    if lines.len() > NAMED {
        let more = lines.len() - NAMED;
        lines.truncate(NAMED);
        lines.push(format!("and {more} more nodes"));
    }
    lines
}
