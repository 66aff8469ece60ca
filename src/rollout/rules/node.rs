//! The node of a pod has fallen silent: its kubelet is stopped or cut off. Its pods keep the status they had last.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Lack, Lookup, LookupResult, Remedy, Workload};
use crate::rollout::text::{escape, escape_line, message};
use crate::rollout::view::{PodView, RolloutView};

pub(super) const RULE: Rule =
    Rule { name: "node", class: Class::cause("Node"), pages: &["node.md"], check: Check::Pod(check) };

/// A kubelet says its first word about a pod within a second or two, also where a volume or an image takes long.
const SILENCE: SignedDuration = SignedDuration::from_secs(15);
/// A node that restarts its kubelet, or itself, is back by then. Kubernetes moves the pods after 300 s
/// (`DefaultTolerationSeconds`), if they may go elsewhere.
const RETURN: SignedDuration = SignedDuration::from_secs(60);
/// A pod that is not ready is probed or restarted more often than that, unless it waits for long.
const QUIET: SignedDuration = SignedDuration::from_secs(30);
/// Kubernetes marks a node 50 s after its last heartbeat (`--node-monitor-grace-period`): the question is repeated.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

fn check(pod: &PodView, _: &Graces) -> Option<Symptom> {
    let name = node_of(pod)?;
    let (node, lookup) = (escape(name), Lookup::Node(name.to_owned()));
    let unready = format!("node {node} is not ready");
    let for_some_time = |lookup| Proof::Lasting(RETURN).informed_by([lookup]);
    let (what, evidence, proof) = match pod.result_of(&lookup) {
        Some(LookupResult::NotReady(said)) => {
            (unready, escape_line(said), Proof::Confirmed { grace: RETURN, lookup, key: None })
        }
        Some(LookupResult::Present(_)) => silent(pod, &node, for_some_time(lookup))?,
        _ => match pod.event("NodeNotReady") {
            Some(event) => (unready, escape_line(message(event)), for_some_time(lookup)),
            None => silent(pod, &node, for_some_time(lookup))?,
        },
    };
    let finding = Cause {
        reason: Reason::NodeNotReady,
        what,
        object: format!("Pod {}", escape(pod.name())),
        evidence: vec![evidence],
        hint: Remedy::look(format!("its kubelet does not answer: see kubectl describe node {node}"))
            .and(elsewhere(pod)),
    };
    Some(Symptom { finding, state_text: format!("waits for node {node}"), proof, needs_log: None, lack: Lack::Own })
}

/// Who makes its pod anew where there is room: a `StatefulSet` waits for the silent node to confirm that the pod is gone, a
/// `DaemonSet` has no other node for it, and a pod of its own is gone for good.
fn elsewhere(pod: &PodView) -> Option<Remedy> {
    let owner = &pod.snapshot.workload;
    let makes_anew = matches!(owner, Workload::Deployment(_) | Workload::ReplicaSet(_) | Workload::Job(_));
    let (namespace, name) = (escape(pod.namespace()), escape(pod.name()));
    let delete = format!("to have the pod on another node now: kubectl -n {namespace} delete pod {name}");
    makes_anew.then(|| Remedy::given(owner, delete))
}

/// The node of a pod that is not ready.
fn node_of<'a>(pod: &PodView<'a>) -> Option<&'a str> {
    pod.pod.spec.as_ref()?.node_name.as_deref().filter(|_| !pod.is_ready())
}

/// Its kubelet owes its first word.
fn silent(pod: &PodView, node: &str, proof: Proof) -> Option<(String, String, Proof)> {
    let since = pod.containers.iter().map(|container| container.timeline.silent_since()).min()??;
    let now = pod.containers.first()?.now;
    if now.duration_since(since) < SILENCE {
        return None;
    }
    let seconds = SILENCE.as_secs();
    Some((
        format!("node {node} has not begun with its pod"),
        format!("the pod was given to {node}, whose kubelet has said nothing about it for {seconds} s and more"),
        proof,
    ))
}

/// A kubelet that stops when it has begun with a pod leaves no trace in it: whether the node of a pod that has long been
/// quiet is up.
pub(super) fn lookup(view: &RolloutView) -> Option<Lookup> {
    view.pods.iter().find_map(|pod| {
        let lookup = Lookup::Node(node_of(pod)?.to_owned());
        let now = pod.containers.first()?.now;
        let heard = pod.containers.iter().filter_map(|container| container.timeline.quiet_since()).max()?;
        let is_answered = pod.looked_up_at(&lookup).is_some_and(|at| now.duration_since(at) < AGAIN);
        (now.duration_since(heard) >= QUIET && !is_answered).then_some(lookup)
    })
}
