//! No node takes the pod.

use super::{Doom, Symptom};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::view::PodView;

pub(super) fn unschedulable(pod: &PodView, graces: &Graces) -> Option<Symptom> {
    let ("False", "Unschedulable", message) = pod.condition("PodScheduled")? else { return None };
    // cluster-autoscaler's and Karpenter's words: a node is on its way.
    let scales_up = pod.event("TriggeredScaleUp").or_else(|| pod.event("Nominated")).is_some();
    let doom = if scales_up || !never_fits(message) { Doom::Open } else { Doom::After(graces.unschedulable) };
    let asks = requests(pod);
    let (what, hint) = explain(message, &asks);
    let state_text =
        if scales_up { "waits for a new node".to_owned() } else { "waits for a node that takes it".to_owned() };
    let finding = Finding {
        reason: "Unschedulable".to_owned(),
        what,
        object: format!("Pod {}", word(pod.name())),
        evidence: vec![line(message)],
        hint,
    };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}

/// The scheduler says "Preemption is not helpful" of a node on which the pod would not fit were it empty
/// (`UnschedulableAndUnresolvable`), and "No preemption victims found" where only others are in the way.
fn never_fits(message: &str) -> bool {
    let may_change = [
        "No preemption victims found",
        "not eligible due to preemptionPolicy",
        // a node that starts, restarts or was cordoned
        "node.kubernetes.io/",
        "were unschedulable",
        "unbound immediate PersistentVolumeClaims",
    ];
    !may_change.iter().any(|words| message.contains(words))
}

fn explain(message: &str, asks: &str) -> (String, String) {
    let says = |words: &str| message.contains(words);
    let resource =
        ["cpu", "memory", "ephemeral-storage"].into_iter().find(|name| says(&format!("Insufficient {name}")));
    if let Some(resource) = resource {
        let what = if never_fits(message) {
            format!("no node is large enough: the pod asks for {asks}")
        } else {
            format!("no node has room: the pod asks for {asks}")
        };
        (what, format!("ask for less {resource} (`resources` in plat.yaml), or add a larger node"))
    } else if says("unbound immediate PersistentVolumeClaims") {
        (
            "a PersistentVolumeClaim is not bound".to_owned(),
            "its events name the cause: kubectl describe pvc".to_owned(),
        )
    } else if says("persistentvolumeclaim") && says("not found") {
        (
            "a PersistentVolumeClaim does not exist".to_owned(),
            "create it, or correct the claim's name in the volume".to_owned(),
        )
    } else if says("didn't match Pod's node affinity/selector") {
        (
            "no node has the labels that the pod selects".to_owned(),
            "compare nodeSelector and affinity with `kubectl get nodes --show-labels`".to_owned(),
        )
    } else if says("taint") {
        (
            "every node has a taint that the pod does not tolerate".to_owned(),
            "add a toleration, or see the taints: kubectl describe nodes | grep Taints".to_owned(),
        )
    } else {
        ("no node takes the pod".to_owned(), "the scheduler's message names what each node lacks".to_owned())
    }
}

/// What the pod asks for, as its containers write it.
fn requests(pod: &PodView) -> String {
    let mut asks = Vec::new();
    for container in &pod.containers {
        let requests = container.spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        for (name, quantity) in requests.into_iter().flatten() {
            asks.push(format!("{} {}", word(&quantity.0), word(name)));
        }
    }
    if asks.is_empty() { "nothing special".to_owned() } else { asks.join(", ") }
}
