//! The kubelet evicts each new pod: it uses more of the node than it may, and its successor does so too.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;

use super::{Doom, Symptom};
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
use crate::rollout::present::{is_owned_by, uid};
use crate::rollout::view::View;

/// One eviction may have been somebody else's fault: the node was short of something.
const EVICTIONS: usize = 3;
/// Evicted pods stay for a long time: those that are this much older than the newest pod belong to another story.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn evicted(view: &View, _: &Graces) -> Option<Symptom> {
    let owner = view.replica_set.map_or(view.workload.uid(), |set| uid(&set.metadata));
    let mut pods: Vec<&Pod> = view.snapshot.pods.iter().filter(|pod| is_owned_by(&pod.metadata, owner)).collect();
    pods.sort_by_key(|pod| created(pod));
    let since = created(pods.last()?)?.checked_sub(RECENT).ok()?;
    let is_evicted =
        |pod: &&&Pod| pod.status.as_ref().is_some_and(|status| status.reason.as_deref() == Some("Evicted"));
    let evicted: Vec<_> = pods.iter().filter(|pod| created(pod) >= Some(since)).filter(is_evicted).collect();
    let last = evicted.last()?;
    let status = last.status.as_ref()?;
    let said = status.message.as_deref().unwrap_or_default();
    let (what, hint) = explain(said);
    let doom = if evicted.len() >= EVICTIONS { Doom::Now } else { Doom::Open };
    let finding = Finding {
        reason: "Evicted".to_owned(),
        what: format!("{what}: {} of its pods were evicted", evicted.len()),
        object: format!("Pod {}", word(last.metadata.name.as_deref().unwrap_or_default())),
        evidence: vec![line(said)],
        hint,
    };
    Some(Symptom { state_text: finding.what.clone(), finding, doom, needs_log: None })
}

fn created(pod: &Pod) -> Option<Timestamp> {
    pod.metadata.creation_timestamp.as_ref().map(|time| time.0)
}

/// pkg/kubelet/eviction: `Usage of EmptyDir volume "v" exceeds the limit "1Mi".`, `Pod ephemeral local storage usage
/// exceeds the total limit of containers 10Mi.`, `The node was low on resource: memory. …`
fn explain(said: &str) -> (String, String) {
    if said.contains("EmptyDir") {
        (
            "an emptyDir volume becomes larger than its sizeLimit".to_owned(),
            "raise sizeLimit, or write less: files there live as long as the pod".to_owned(),
        )
    } else if said.contains("ephemeral local storage") {
        (
            "the containers write more to the node's disk than their limit of ephemeral-storage".to_owned(),
            "raise limits.ephemeral-storage, or write less: logs and emptyDir volumes count".to_owned(),
        )
    } else if let Some((_, rest)) = said.split_once("low on resource: ") {
        let resource = word(rest.split(['.', ' ']).next().unwrap_or_default());
        (
            format!("the node ran out of {resource}, and the pod uses more than it asked for"),
            format!("ask for as much {resource} as it needs (`resources`), so that it runs where there is enough"),
        )
    } else {
        ("the node evicts the pods".to_owned(), "the message names what the node lacks".to_owned())
    }
}
