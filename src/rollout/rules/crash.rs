//! The container ends again and again.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use super::cause::{self, ending, times, without_layers};
use super::{Doom, Symptom};
use crate::rollout::evidence::line;
use crate::rollout::graces::Graces;
use crate::rollout::logs::{is_log, log_tail};
use crate::rollout::model::{Finding, Log, LogRequest};
use crate::rollout::view::ContainerView;

/// An application that exits until its database answers does so twice, in 18 s; the third exit is a habit.
const EXITS: i32 = 3;
/// A memory limit does not grow between two attempts.
const OUT_OF_MEMORY: usize = 2;
/// A crashing pod is ready again in between: only this long after does it count as healed.
const STEADY: SignedDuration = SignedDuration::from_secs(10);
/// The kubelet forgets its back-off after this time without a crash (`containerBackoffReset`).
const OLD_STORY: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn crash_loop(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    let exit = container.last_exit()?;
    let exits = container.exits();
    let is_done = exit.exit_code == 0 && container.may_end();
    if exits == 0 || is_done || is_over(container) {
        return None;
    }
    let out_of_memory = container.seen.out_of_memory();
    // A Job says itself how often it tries again.
    let doomed = !container.may_end() && (exits >= EXITS || out_of_memory >= OUT_OF_MEMORY);
    let (log, missing_log) = log_of_last_exit(container);
    let cause = cause::of(container, exit, exits >= EXITS, log.as_deref().unwrap_or_default());
    let counted = format!("{}{}, {} so far", ending(exit), after(exit), times(exits));
    let mut evidence = vec![if log.is_some() { format!("{counted}; the log of the last:") } else { counted }];
    if let Some(event) = cause.event {
        evidence.push(line(&event));
    }
    match (&log, exit.message.as_deref().map(str::trim).filter(|message| !message.is_empty())) {
        (Some(log), _) => evidence.extend(log_tail(log)),
        (None, Some(message)) => evidence.extend(log_tail(without_layers(message))),
        (None, None) if missing_log.is_none() => evidence.push("the container wrote no log".to_owned()),
        (None, None) => {}
    }
    let state_text = format!("{} ended {}: {}", container.title(), times(exits), ending(exit));
    let finding = Finding {
        reason: cause.reason.to_owned(),
        what: cause.what,
        object: container.object(),
        evidence,
        hint: cause.hint,
    };
    // One exit may be a start too early; from the second on the log is wanted. A Job may take its pod away with it.
    let needs_log = missing_log.filter(|_| doomed || exits > 1 || container.may_end());
    Some(Symptom { finding, state_text, doom: if doomed { Doom::Now } else { Doom::Open }, needs_log })
}

/// Whether the exits belong to the past: ready for a while, or running for long.
fn is_over(container: &ContainerView) -> bool {
    if container.is_ready() {
        let steady = |since| container.now.duration_since(since) >= STEADY;
        return container.seen.exits_watched() < EXITS || container.seen.ready_since().is_none_or(steady);
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

/// The newest log of an instance that ended, and the request for it when there is a newer one to fetch.
pub(super) fn log_of_last_exit(container: &ContainerView) -> (Option<String>, Option<LogRequest>) {
    let logs: Vec<&Log> = container.logs().collect();
    let newest = logs.iter().filter(|log| is_log(&log.text)).max_by_key(|log| log.request.restarts);
    let text = newest.map(|log| log.text.clone());
    // While it waits or has ended, the present instance is the one that ended. The other one is asked for when the
    // first was already collected by the kubelet.
    let requests = [container.is_running(), !container.is_running()].map(|previous| request(container, previous));
    for request in requests {
        match logs.iter().find(|log| log.request == request) {
            None => return (text, Some(request)),
            Some(log) if is_log(&log.text) => return (text, None),
            Some(_) => {}
        }
    }
    (text, None)
}

pub(super) fn request(container: &ContainerView, previous: bool) -> LogRequest {
    LogRequest {
        pod: container.pod.metadata.name.clone().unwrap_or_default(),
        container: container.name().to_owned(),
        previous,
        restarts: container.restarts(),
    }
}
