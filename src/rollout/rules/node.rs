//! The node of a pod has fallen silent: its kubelet is stopped or cut off. Its pods keep the status they had last.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::NodeCondition;

use super::{Doom, Symptom};
use crate::rollout::events::message;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::PodView;

/// A kubelet says its first word about a pod within a second or two, also where a volume or an image takes long.
const SILENCE: SignedDuration = SignedDuration::from_secs(15);
/// A node that restarts its kubelet, or itself, is back by then. Kubernetes moves the pods after 300 s
/// (`DefaultTolerationSeconds`), if they may go elsewhere.
const RETURN: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn not_ready(pod: &PodView, _: &Graces) -> Option<Symptom> {
    let name = pod.pod.spec.as_ref()?.node_name.as_deref()?;
    if pod.is_ready() {
        return None;
    }
    let node = word(name);
    let (what, evidence) = if let Some(condition) = unready(pod, name) {
        let said = [&condition.reason, &condition.message].map(|text| text.as_deref().unwrap_or_default());
        (format!("node {node} is not ready"), line(&said.join(": ")))
    } else if let Some(event) = pod.event("NodeNotReady") {
        (format!("node {node} is not ready"), line(message(event)))
    } else {
        let since = pod.containers.iter().map(|container| container.seen.silent_since()).min()??;
        let now = pod.containers.first()?.now;
        if now.duration_since(since) < SILENCE {
            return None;
        }
        (
            format!("node {node} has not begun with its pod"),
            format!(
                "the pod was given to {node}, whose kubelet has said nothing about it for {} s and more",
                SILENCE.as_secs()
            ),
        )
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
    Some(Symptom { finding, state_text: format!("waits for node {node}"), doom: Doom::After(RETURN), needs_log: None })
}

/// The node's own word, where nodes may be read.
fn unready<'a>(pod: &PodView<'a>, name: &str) -> Option<&'a NodeCondition> {
    let nodes = &pod.containers.first()?.snapshot.nodes;
    let node = nodes.iter().find(|node| node.metadata.name.as_deref() == Some(name))?;
    let conditions = node.status.as_ref()?.conditions.as_deref()?;
    conditions.iter().find(|condition| condition.type_ == "Ready" && condition.status != "True")
}
