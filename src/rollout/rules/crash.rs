//! The container ends again and again.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use super::rule::{Check, Rule};
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{ContainerLog, HABIT, ending, exit_cause, times, without_runtime_layers};
use crate::rollout::model::{Finding, Graces, Status};
use crate::rollout::text::{escape_line, log_tail};
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule = Rule {
    name: "crash",
    class: Class::cause("Crash"),
    pages: &["crash.md", "memory.md"],
    check: Check::Container(check),
};

/// A memory limit does not grow between two attempts.
const OUT_OF_MEMORY: usize = 2;
/// A crashing pod is ready again in between: only this long after does it count as healed.
const STEADY: SignedDuration = SignedDuration::from_secs(10);
/// The kubelet forgets its back-off after this time without a crash (`containerBackoffReset`).
const OLD_STORY: SignedDuration = SignedDuration::from_mins(10);

fn check(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let exit = container.last_exit()?;
    let exits = container.exits();
    let is_done = exit.exit_code == 0 && container.may_end();
    if exits == 0 || is_done || is_over(container) {
        return None;
    }
    let out_of_memory = container.timeline.out_of_memory();
    // A Job says itself how often it tries again.
    let is_proven = !container.may_end() && (exits >= HABIT || out_of_memory >= OUT_OF_MEMORY);
    let ContainerLog { text: log, request: missing_log } = ContainerLog::of_last_exit(container);
    let cause = exit_cause(container, exit, log.as_deref().unwrap_or_default());
    let counted = format!("{}{}, {} so far", ending(exit), after(exit), times(exits));
    let mut evidence = vec![if log.is_some() { format!("{counted}; the log of the last:") } else { counted }];
    if let Some(event) = cause.event {
        evidence.push(escape_line(&event));
    }
    match (&log, exit.message.as_deref().map(str::trim).filter(|message| !message.is_empty())) {
        (Some(log), _) => evidence.extend(log_tail(log)),
        (None, Some(message)) => evidence.extend(log_tail(without_runtime_layers(message))),
        (None, None) if missing_log.is_none() => evidence.push("the container wrote no log".to_owned()),
        (None, None) => {}
    }
    let state_text = format!("{} ended {}: {}", container.title(), times(exits), ending(exit));
    let finding =
        Finding { reason: cause.reason, what: cause.what, object: container.object(), evidence, hint: cause.hint };
    // One exit may be a start too early; from the second on the log is wanted. A Job may take its pod away with it.
    let needs_log = missing_log.filter(|_| is_proven || exits > 1 || container.may_end());
    Some(Symptom { finding, state_text, proof: if is_proven { Proof::Immediate } else { Proof::Never }, needs_log })
}

/// Whether the exits belong to the past: ready for a while, or running for long.
fn is_over(container: &ContainerView) -> bool {
    // A Job may give up while the container runs once more; without a probe it is ready then, and healed by nothing.
    if container.is_ready() && container.snapshot.workload.status() != Status::Failed {
        let steady = |since| container.now.duration_since(since) >= STEADY;
        return container.timeline.exits_watched() < HABIT || container.timeline.ready_since().is_none_or(steady);
    }
    let running = container.status.and_then(|status| status.state.as_ref()?.running.as_ref());
    let started = running.and_then(|running| running.started_at.as_ref());
    started.is_some_and(|started| container.now.duration_since(started.0) >= OLD_STORY)
}

/// ` 4 s after its start`; nothing where the runtime does not tell.
fn after(exit: &ContainerStateTerminated) -> String {
    match (&exit.started_at, &exit.finished_at) {
        (Some(start), Some(end)) if start.0 > Timestamp::UNIX_EPOCH && end.0 >= start.0 => {
            format!(" {} s after its start", end.0.duration_since(start.0).as_secs())
        }
        _ => String::new(),
    }
}
