//! The container ends again and again.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use super::probe::killed_by;
use super::{Doom, Symptom};
use crate::rollout::evidence::{is_log, line, log_tail, word};
use crate::rollout::graces::Graces;
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
    if exits == 0 || is_over(container) {
        return None;
    }
    let out_of_memory = container.seen.out_of_memory();
    let doomed = exits >= EXITS || out_of_memory >= OUT_OF_MEMORY;
    let (log, missing_log) = log_of_last_exit(container);
    let cause = explain(container, exit, log.as_deref().unwrap_or_default());
    let counted = format!("{}, {} so far", ending(exit), times(exits));
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
    // One exit may be a start too early; from the second on, or where there is none, the log is wanted.
    let needs_log = missing_log.filter(|_| doomed || exits > 1 || container.is_last_try());
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

struct Cause {
    reason: &'static str,
    what: String,
    hint: String,
    event: Option<String>,
}

fn explain(container: &ContainerView, exit: &ContainerStateTerminated, log: &str) -> Cause {
    let title = container.title();
    let message = exit.message.as_deref().unwrap_or_default();
    let cause = |reason, what, hint: &str| Cause { reason, what, hint: hint.to_owned(), event: None };
    if let Some(event) = killed_by(container, "liveness") {
        return Cause {
            reason: "Unhealthy",
            what: format!("{title} is killed by its liveness probe"),
            hint: "mend what the probe says, or give the program time: a startup probe, or a longer failureThreshold"
                .to_owned(),
            event: Some(event),
        };
    }
    if exit.reason.as_deref() == Some("OOMKilled") {
        let limit = memory_limit(container);
        return cause(
            "OOMKilled",
            format!("{title} needs more memory than its limit{limit}"),
            "raise `resources.memory` in plat.yaml, or find what uses it",
        );
    }
    if message.contains("exec format error") || log.contains("exec format error") {
        return cause(
            "CrashLoopBackOff",
            format!("{title} was built for another architecture than the node's"),
            "build it for the node's platform: kubectl get nodes -L kubernetes.io/arch",
        );
    }
    if matches!(exit.reason.as_deref(), Some("StartError" | "ContainerCannotRun")) {
        return not_started(&title, message);
    }
    match exit.exit_code {
        0 => cause(
            "CrashLoopBackOff",
            format!("{title} ends by itself with exit code 0, but a service must go on running"),
            "keep the program in the foreground; what ends on its own is a Job",
        ),
        127 => cause(
            "CrashLoopBackOff",
            format!("{title} calls a command that is not in the image (exit code 127)"),
            "correct `command` and `args` in plat.yaml, or add the program to the image",
        ),
        126 => cause(
            "CrashLoopBackOff",
            format!("{title} calls a file that it may not execute (exit code 126)"),
            "make it executable in the image (chmod +x)",
        ),
        code => Cause {
            reason: "CrashLoopBackOff",
            what: match container.exits() {
                exits if exits < EXITS => format!("{title} crashed {}: {}", times(exits), code_text(code)),
                _ => format!("{title} keeps crashing: {}", code_text(code)),
            },
            hint: format!(
                "mend what the log says; all of it: kubectl -n {} logs {} -c {}{}",
                word(container.namespace()),
                word(container.pod.metadata.name.as_deref().unwrap_or_default()),
                word(container.name()),
                if container.is_running() { " --previous" } else { "" }
            ),
            event: None,
        },
    }
}

/// runc could not start the process: the program, its folder or its rights are wrong.
fn not_started(title: &str, message: &str) -> Cause {
    let program = message.split("exec: \"").nth(1).and_then(|rest| rest.split('"').next());
    let program = program.map(|program| format!(" {}", word(program))).unwrap_or_default();
    let (what, hint) = if message.contains("permission denied") {
        (format!("{title} may not execute its program{program}"), "make it executable in the image (chmod +x)")
    } else if message.contains("not found") || message.contains("no such file") {
        (
            format!("{title} cannot start: its program{program} is not in the image"),
            "correct `command` in plat.yaml, or add the program to the image",
        )
    } else {
        (format!("{title} cannot start"), "mend what the message names")
    };
    Cause { reason: "StartError", what, hint: hint.to_owned(), event: None }
}

/// containerd and runc put their own names before the cause.
fn without_layers(message: &str) -> &str {
    message.split_once("unable to start container process: ").map_or(message, |(_, cause)| cause)
}

/// `exit code 1` or `killed by SIGSEGV (exit code 139)`
fn ending(exit: &ContainerStateTerminated) -> String {
    match exit.reason.as_deref() {
        Some("OOMKilled") => format!("OOMKilled (exit code {})", exit.exit_code),
        Some("StartError" | "ContainerCannotRun") => "not started".to_owned(),
        _ => code_text(exit.exit_code),
    }
}

/// A shell's and containerd's convention: 128 + the signal.
fn code_text(code: i32) -> String {
    let signal = match code - 128 {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return format!("exit code {code}"),
    };
    format!("killed by {signal} (exit code {code})")
}

fn times(exits: i32) -> String {
    match exits {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

fn memory_limit(container: &ContainerView) -> String {
    let limits = container.spec.resources.as_ref().and_then(|resources| resources.limits.as_ref());
    limits.and_then(|limits| limits.get("memory")).map(|limit| format!(" of {}", word(&limit.0))).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1, "exit code 1")]
    #[case(139, "killed by SIGSEGV (exit code 139)")]
    #[case(255, "exit code 255")]
    fn an_exit_code_is_named(#[case] code: i32, #[case] expected: &str) {
        assert_eq!(code_text(code), expected);
    }
}
