//! The container ends again and again.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use super::rule::{Check, Rule};
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{
    ContainerLog, HABIT, ProbeKind, ending, exit_cause, killed_by, may_come, times, without_runtime_layers,
};
use crate::rollout::model::{Cause, Graces, Lack, Status};
use crate::rollout::text::{escape, escape_line, log_tail};
use crate::rollout::view::{ContainerView, is_owned_by};

pub(super) const RULE: Rule = Rule {
    name: "crash",
    class: Class::cause("Crash"),
    pages: &["crash.md", "memory.md"],
    check: Check::Container(check),
};

/// A memory limit does not grow between two attempts.
const OUT_OF_MEMORY: usize = 2;
/// Nor does an image; of a Job each attempt may be a pod.
const NOT_STARTED: i32 = 2;
const NOT_STARTED_PODS: usize = 2;
/// runc's words for what is in the image, or is not.
const OF_IMAGE: [&str; 7] = [
    "not found",
    "no such file or directory",
    "permission denied",
    "not a directory",
    "is a directory",
    "exec format error",
    "read-only file system",
];
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
    let last = ContainerLog::of_last_exit(container);
    let cause = exit_cause(container, exit, &last);
    let (log, missing_log) = (last.text(), last.request);
    let habit = Habit::of(cause.lack);
    let tells = cause.lack == Lack::Given || container.timeline.exits_tell();
    let is_habit = exits >= habit.exits && tells && habit.has_lasted(container, exit);
    // A Job says itself how often it tries again; but what does not start at all will not do so later.
    let proven = if starts_never(container, exit) {
        Some("what the image lacks does not come there between two attempts".to_owned())
    } else if container.may_end() {
        (container.snapshot.workload.status() == Status::Failed).then(|| "its Job has given up".to_owned())
    } else if out_of_memory >= OUT_OF_MEMORY {
        Some("a limit of memory does not grow between two attempts".to_owned())
    } else {
        is_habit.then(|| habit.proves(exits))
    };
    let is_proven = proven.is_some();
    let counted = format!("{}{}, {} so far", ending(exit), after(exit), times(exits));
    let mut evidence = cause.facts;
    evidence.push(if log.is_some() { format!("{counted}; the log of the last:") } else { counted });
    if let Some(event) = cause.event {
        evidence.push(escape_line(&event));
    }
    match (log, exit.message.as_deref().map(str::trim).filter(|message| !message.is_empty())) {
        (Some(log), _) => evidence.extend(log_tail(log)),
        (None, Some(message)) => evidence.extend(log_tail(without_runtime_layers(message))),
        (None, None) if missing_log.is_none() => evidence.push("the container wrote no log".to_owned()),
        (None, None) => {}
    }
    if !is_proven && exits >= HABIT && !container.may_end() && cause.lack == Lack::Own {
        let others = container.snapshot.unfinished.iter().take(3).map(|other| escape(other)).collect::<Vec<_>>();
        evidence.push(if others.is_empty() {
            "it is waited for: what it may have needed is there only since its last start".to_owned()
        } else {
            format!("it is waited for: {} of the same set is not ready yet", others.join(", "))
        });
    }
    let is_of = |kind: &ProbeKind| exit.reason.as_deref() != Some("OOMKilled") && killed_by(container, *kind).is_some();
    let how = match [ProbeKind::Liveness, ProbeKind::Startup].into_iter().find(is_of) {
        Some(probe) => format!("killed by its {} probe (exit code {})", probe.name(), exit.exit_code),
        None => ending(exit),
    };
    let state_text = format!("{} ended {}: {how}", container.title(), times(exits));
    let finding =
        Cause { reason: cause.reason, what: cause.what, object: container.object(), evidence, hint: cause.hint };
    // One exit may be a start too early; from the second on the log is wanted. A Job may take its pod away with it.
    let needs_log = missing_log.filter(|_| is_proven || exits > 1 || container.may_end());
    let proof = match proven {
        Some(why) => Proof::Counted(why),
        None if container.may_end() => Proof::Never,
        None => Proof::Open(habit.decides),
    };
    Some(Symptom { finding, state_text, proof: proof.informed_by(cause.lookups), needs_log, lack: cause.lack })
}

/// How many ends are a habit.
struct Habit {
    exits: i32,
    /// From the start of the pod to the last of them: a kubelet may start it again after one second instead of ten
    /// (feature gate `ReduceDefaultCrashLoopBackOffDecay`), and what it lacks comes no sooner for that.
    lasts: SignedDuration,
    /// The last of them, as an ordinal.
    nth: &'static str,
    /// What is said then, beside the count.
    beside: &'static str,
    /// What is said before.
    decides: &'static str,
}

impl Habit {
    fn of(lack: Lack) -> Self {
        match lack {
            Lack::Own => Self {
                exits: HABIT,
                lasts: SignedDuration::from_secs(10),
                nth: "third",
                beside: "and nothing else of the set is on its way",
                decides: "its third end decides, once nothing else of the set is on its way",
            },
            Lack::Given => Self {
                exits: 2,
                lasts: SignedDuration::ZERO,
                nth: "second",
                beside: "and what its spec and its image give it does not change in between",
                decides: "its second end decides: it is of its own spec or image",
            },
            Lack::Absent => Self {
                exits: 4,
                lasts: SignedDuration::from_secs(30),
                nth: "fourth",
                beside: "half a minute and more after the first, and what it lacks has not come",
                decides: "its fourth end decides, half a minute after the first: what it lacks may come",
            },
            Lack::Starting => Self {
                exits: 5,
                lasts: SignedDuration::from_secs(60),
                nth: "fifth",
                beside: "a minute and more after the first",
                decides: "its fifth end decides, a minute and more after the first: what it calls may only start",
            },
        }
    }

    /// `it ended for the third time, …`; `it ended 7 times, …` where nobody looked at the third.
    fn proves(&self, exits: i32) -> String {
        let Self { nth, beside, .. } = self;
        if exits > self.exits {
            format!("it ended {}, {beside}", times(exits))
        } else {
            format!("it ended for the {nth} time, {beside}")
        }
    }

    /// Both moments are of the kubelet's clock; where one is missing, the count alone tells.
    fn has_lasted(&self, container: &ContainerView, exit: &ContainerStateTerminated) -> bool {
        let start = container.pod.status.as_ref().and_then(|status| status.start_time.as_ref());
        let end = exit.finished_at.as_ref().filter(|end| end.0 > Timestamp::UNIX_EPOCH);
        start.zip(end).is_none_or(|(start, end)| end.0.duration_since(start.0) >= self.lasts)
    }
}

/// Whether its program cannot be started: what is not in the image does not come there between two attempts.
fn starts_never(container: &ContainerView, exit: &ContainerStateTerminated) -> bool {
    // What the runtime lacks for a moment, such as memory, is no matter of the image.
    let is_of_image = |message: &str| OF_IMAGE.iter().any(|words| message.contains(words));
    let is_start_error = |exit: &ContainerStateTerminated| {
        matches!(exit.reason.as_deref(), Some("StartError" | "ContainerCannotRun"))
            && is_of_image(exit.message.as_deref().unwrap_or_default())
    };
    if !is_start_error(exit) || may_come(container, exit) {
        return false;
    }
    let own = container.exits() >= NOT_STARTED && container.known_exits().all(is_start_error);
    // Each try of a Job may be a pod of its own.
    let owner =
        container.pod.metadata.owner_references.as_deref().and_then(|owners| Some(owners.first()?.uid.as_str()));
    let siblings =
        container.snapshot.pods.iter().filter(|pod| owner.is_some_and(|owner| is_owned_by(&pod.metadata, owner)));
    let failed = siblings.filter(|pod| {
        let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
        let mut own = statuses.filter(|status| status.name == container.name());
        own.any(|status| status.state.as_ref().and_then(|state| state.terminated.as_ref()).is_some_and(is_start_error))
    });
    own || container.is_last_try() && failed.count() >= NOT_STARTED_PODS
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::just_now(3, "it ended for the third time, and nothing else of the set is on its way")]
    #[case::long_since(7, "it ended 7 times, and nothing else of the set is on its way")]
    fn the_count_is_that_of_the_evidence(#[case] exits: i32, #[case] expected: &str) {
        assert_eq!(Habit::of(Lack::Own).proves(exits), expected);
    }
}
