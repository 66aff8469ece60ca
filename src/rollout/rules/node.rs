//! The node of a pod has fallen silent: its kubelet is stopped or cut off. Its pods keep the status they had last.

use jiff::SignedDuration;

use super::{Doom, Symptom};
use crate::rollout::ask::{Ask, Found};
use crate::rollout::events::message;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::{PodView, View};

/// A kubelet says its first word about a pod within a second or two, also where a volume or an image takes long.
const SILENCE: SignedDuration = SignedDuration::from_secs(15);
/// A node that restarts its kubelet, or itself, is back by then. Kubernetes moves the pods after 300 s
/// (`DefaultTolerationSeconds`), if they may go elsewhere.
const RETURN: SignedDuration = SignedDuration::from_secs(60);
/// A pod that is not ready is probed or restarted more often than that, unless it waits for long.
const QUIET: SignedDuration = SignedDuration::from_secs(30);
/// Kubernetes marks a node 50 s after its last heartbeat (`--node-monitor-grace-period`): the question is repeated.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

pub(super) fn not_ready(pod: &PodView, _: &Graces) -> Option<Symptom> {
    let name = node_of(pod)?;
    let (node, ask) = (word(name), Ask::Node(name.to_owned()));
    let unready = format!("node {node} is not ready");
    let for_some_time = |ask| Doom::After(RETURN).asking([ask]);
    let (what, evidence, doom) = match pod.answer(&ask).map(|answer| &answer.found) {
        Some(Found::NotReady(said)) => (unready, line(said), Doom::Confirmed { grace: RETURN, ask, key: None }),
        Some(Found::Present(_)) => silent(pod, &node, for_some_time(ask))?,
        _ => match pod.event("NodeNotReady") {
            Some(event) => (unready, line(message(event)), for_some_time(ask)),
            None => silent(pod, &node, for_some_time(ask))?,
        },
    };
    let finding = Finding {
        reason: "NodeNotReady".to_owned(),
        what,
        object: format!("Pod {}", word(pod.name())),
        evidence: vec![evidence],
        hint: format!(
            "its kubelet does not answer: see kubectl describe node {node}; to have the pod on another node now: kubectl -n {} delete pod {}",
            word(pod.namespace()),
            word(pod.name())
        ),
    };
    Some(Symptom { finding, state_text: format!("waits for node {node}"), doom, needs_log: None })
}

/// The node of a pod that is not ready.
fn node_of<'a>(pod: &PodView<'a>) -> Option<&'a str> {
    pod.pod.spec.as_ref()?.node_name.as_deref().filter(|_| !pod.is_ready())
}

/// Its kubelet owes its first word.
fn silent(pod: &PodView, node: &str, doom: Doom) -> Option<(String, String, Doom)> {
    let since = pod.containers.iter().map(|container| container.seen.silent_since()).min()??;
    let now = pod.containers.first()?.now;
    if now.duration_since(since) < SILENCE {
        return None;
    }
    let seconds = SILENCE.as_secs();
    Some((
        format!("node {node} has not begun with its pod"),
        format!("the pod was given to {node}, whose kubelet has said nothing about it for {seconds} s and more"),
        doom,
    ))
}

/// A kubelet that stops when it has begun with a pod leaves no trace in it: whether the node of a pod that has long been
/// quiet is up.
pub(super) fn asks(view: &View) -> Option<Ask> {
    view.pods.iter().find_map(|pod| {
        let ask = Ask::Node(node_of(pod)?.to_owned());
        let now = pod.containers.first()?.now;
        let heard = pod.containers.iter().filter_map(|container| container.seen.quiet_since()).max()?;
        let is_answered = pod.answer(&ask).is_some_and(|answer| now.duration_since(answer.at) < AGAIN);
        (now.duration_since(heard) >= QUIET && !is_answered).then_some(ask)
    })
}
