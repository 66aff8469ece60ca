//! The failure rules: one table, one file each.
//!
//! A rule reads what is now, and says what that means and what would prove that the rollout does not recover from it; the
//! tracker keeps the time. To add one, copy `paused` (of the rollout), `gated` (of a pod) or `config` (of a container):
//!
//! 1. `rules/<name>.rs`: `RULE` (name, class, pages, check) and the function `check`. Then `mod <name>;` and a line in
//!    [`RULES`] here: for a container above every rule that must not speak where this one does. A word that no other
//!    rule says is one line in `src/reason.rs`. [`Class`] says whether it names the cause or only that there is one,
//!    `Proof` what would prove it; what may end at any time is `Proof::Never`, and doomed by the deadline alone. A
//!    `Remedy` that changes something names what was seen that makes it right (docs/decisions/0096-remedy.md).
//! 2. `docs/failures/<page>.md`: an existing page or a new one. Its line `Reasons:` names the rule's reason; then
//!    `UPDATE=1 cargo test --test docs failures` writes the index.
//! 3. Two cases, `cases/<name>/<what>-doomed.yaml` and `cases/<name>/<what>-recovers.yaml`, pasted from
//!    `kubectl get deploy,rs,pods,events -o yaml`; `Expect` in `rollout/tests.rs` lists what a case may expect. Then
//!    `INSTA_UPDATE=always cargo test --lib rollout::tests` says what is missing, and takes the new message into the
//!    snapshot.
//! 4. Both ways on the real kubelet: two stories in `tests/cluster/failures/`.

mod config;
mod crash;
mod deleted;
mod evicted;
mod finalizer;
mod flapping;
mod gated;
mod image;
mod init;
mod leftover;
mod mount;
mod node;
mod outdated_pod;
mod paused;
mod progress_deadline;
mod readiness;
mod readiness_gate;
mod refused;
mod rule;
mod sandbox;
mod startup;
mod startup_killed;
mod stranded;
mod unschedulable;
mod workload_failed;

use k8s_openapi::api::batch::v1::JobSpec;

use super::diagnosis::Class;
use super::explain::{ContainerLog, probe_lookup};
use super::model::{Graces, LogRequest, Lookup, Workload};
use super::view::RolloutView;

pub(super) use outdated_pod::blocks;
pub(super) use refused::refused_replica_set;
pub(super) use rule::{Check, Rule};

/// Of a container the first rule that recognises it speaks; of a pod and of the rollout each one does.
pub(super) const RULES: &[Rule] = &[
    deleted::RULE,
    paused::RULE,
    refused::RULE,
    evicted::RULE,
    finalizer::RULE,
    gated::RULE,
    readiness_gate::RULE,
    leftover::RULE,
    unschedulable::RULE,
    stranded::RULE,
    node::RULE,
    sandbox::RULE,
    mount::RULE,
    image::RULE,
    config::RULE,
    startup_killed::RULE,
    crash::RULE,
    startup::RULE,
    flapping::RULE,
    readiness::RULE,
    init::RULE,
    progress_deadline::RULE,
    workload_failed::RULE,
];

/// The name and the pages of each rule: the index of docs/failures/ and the lists of the tests are derived from it.
pub fn failure_rules() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    RULES.iter().map(|rule| (rule.name, rule.pages))
}

/// What the status says of a pod whose node is silent was true when the node was heard last.
pub(super) const SILENT_NODE: Class = node::RULE.class;

/// Logs that are about to go: a Job that is ended by its own deadline takes its running pods away, and one with a
/// `ttlSecondsAfterFinished` all of them.
pub(super) fn vanishing_logs(view: &RolloutView) -> Vec<LogRequest> {
    let Workload::Job(job) = view.workload else { return Vec::new() };
    let ends = |spec: &JobSpec| spec.active_deadline_seconds.is_some() || spec.ttl_seconds_after_finished.is_some();
    if !job.spec.as_ref().is_some_and(ends) {
        return Vec::new();
    }
    let running = view.pods.iter().flat_map(|pod| &pod.containers).filter(|container| container.is_running());
    running.map(|container| ContainerLog::request(container)).collect()
}

/// Look-ups that come before a symptom, or make a hint true; no verdict waits for them. All pods have the same template,
/// so one of them is enough.
pub(super) fn lookups(view: &RolloutView, graces: &Graces) -> impl Iterator<Item = Lookup> {
    let containers = || view.pods.iter().flat_map(|pod| &pod.containers);
    let mut of_probes = containers().map(|container| probe_lookup(container, graces));
    let of_probe = of_probes.find(|lookups| !lookups.is_empty()).unwrap_or_default();
    of_probe.into_iter().chain(node::lookup(view))
}
