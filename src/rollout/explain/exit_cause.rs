//! Why a container ended: by its exit, the runtime's message, the kubelet's events and its log.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Container, ContainerStateTerminated};

use super::container_log::KEEPS_ITS_LOG;
use super::joined::{Joined, join_log};
use super::mounts::{kind, mounted_over};
use super::os_error::os_error;
use super::probe::{ProbeKind, killed_by, liveness_hint};
use crate::reason::Reason;
use crate::rollout::model::{Lookup, LookupResult};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(in crate::rollout) struct ExitCause {
    pub reason: Reason,
    pub what: String,
    pub hint: String,
    /// What the kubelet said about it.
    pub event: Option<String>,
    /// What the spec and its namespace say about it.
    pub facts: Vec<String>,
    /// What would make it fuller.
    pub lookups: Vec<Lookup>,
    /// What it lacks is somewhere else, and may come by itself.
    pub may_come: bool,
}

impl ExitCause {
    fn new(reason: Reason, what: String, hint: String) -> Self {
        Self { reason, what, hint, event: None, facts: Vec::new(), lookups: Vec::new(), may_come: false }
    }
}

/// A program that was killed for want of memory after this time had started well before.
const WARM: SignedDuration = SignedDuration::from_secs(60);

/// An application that exits until its database answers does so twice, in 18 s; the third exit is a habit.
pub(in crate::rollout) const HABIT: i32 = 3;

/// Why it ended.
pub(in crate::rollout) fn exit_cause(
    container: &ContainerView,
    exit: &ContainerStateTerminated,
    log: &str,
) -> ExitCause {
    let title = container.title();
    let message = exit.message.as_deref().unwrap_or_default();
    let cause = |reason, what, hint: &str| ExitCause::new(reason, what, hint.to_owned());
    if let Some(event) = killed_by(container, ProbeKind::Liveness) {
        let what = format!("{title} is killed by its liveness probe");
        let hint = liveness_hint(container, &event);
        return ExitCause { event: Some(event), ..ExitCause::new(Reason::Unhealthy, what, hint) };
    }
    if container.event("FailedPostStartHook").is_some() {
        return ExitCause {
            event: container.timeline.hook_message().map(str::to_owned),
            ..cause(
                Reason::PostStartHookError,
                format!("{title} is killed because its postStart hook fails"),
                "fix what the hook runs, or remove `lifecycle.postStart`",
            )
        };
    }
    let is_told = exit.reason.as_deref() == Some("OOMKilled");
    let is_killed = !is_told && container.is_killed_unasked(exit);
    if is_told || (is_killed && container.timeline.out_of_memory() > 0) {
        return ExitCause {
            event: is_killed
                .then(|| "another of its ends was OOMKilled; the runtime calls this one SIGKILL".to_owned()),
            ..out_of_memory(container, exit)
        };
    }
    if message.contains("exec format error") || log.contains("exec format error") {
        return cause(
            Reason::CrashLoopBackOff,
            format!("{title} was built for another architecture than the node's"),
            "build it for the node's platform: kubectl get nodes -L kubernetes.io/arch",
        );
    }
    if matches!(exit.reason.as_deref(), Some("StartError" | "ContainerCannotRun")) {
        return not_started(container, message);
    }
    if let Some(error) = os_error(container, log).filter(|_| exit.exit_code != 0) {
        return ExitCause::new(Reason::CrashLoopBackOff, error.what, error.hint);
    }
    if let Some(joined) = join_log(container, log).filter(|_| exit.exit_code != 0) {
        let Joined { what, hint, facts, lookups, may_come } = joined;
        let hint = format!("{hint}{}", taken_away(container));
        let reason = if container.may_end() { Reason::Error } else { Reason::CrashLoopBackOff };
        return ExitCause { facts, lookups, may_come, ..ExitCause::new(reason, what, hint) };
    }
    match exit.exit_code {
        0 => cause(
            Reason::CrashLoopBackOff,
            format!("{title} ends by itself with exit code 0, but a service must keep running"),
            "keep the program in the foreground; what ends on its own is a Job",
        ),
        127 => cause(
            Reason::CrashLoopBackOff,
            format!("{title} calls a command that is not in the image (exit code 127)"),
            "correct `command` and `args`, or add the program to the image",
        ),
        126 => cause(
            Reason::CrashLoopBackOff,
            format!("{title} calls a file that it is not allowed to execute (exit code 126)"),
            "make it executable in the image (chmod +x)",
        ),
        code => ExitCause::new(
            if container.may_end() { Reason::Error } else { Reason::CrashLoopBackOff },
            match container.exits() {
                _ if container.is_last_try() => format!("{title} failed: {}", code_text(code)),
                exits if exits < HABIT => format!("{title} crashed {}: {}", times(exits), code_text(code)),
                _ => format!("{title} keeps crashing: {}", code_text(code)),
            },
            format!(
                "{}fix what the log says{}",
                if is_killed { perhaps_memory(container) } else { String::new() },
                taken_away(container)
            ),
        ),
    }
}

fn out_of_memory(container: &ContainerView, exit: &ContainerStateTerminated) -> ExitCause {
    let of = memory_limit(container).map(|limit| format!(" of {limit}")).unwrap_or_default();
    let hint = match lived(exit) {
        Some(lived) if lived >= WARM => {
            format!("it grows while it runs: find what keeps the memory, or raise {}", memory_field(container))
        }
        _ => format!("raise {}, or find what uses it", memory_field(container)),
    };
    let what = format!("{} needs more memory than its limit{of}", container.title());
    let cause = ExitCause::new(Reason::OOMKilled, what, hint);
    if is_limit_written(container) { cause } else { by_limit_range(container, cause) }
}

/// Whether the workload itself asks for the limit of memory that the pod has.
fn is_limit_written(container: &ContainerView) -> bool {
    let workload = &container.snapshot.workload;
    let limits_memory = |one: &Container| {
        let limits = one.resources.as_ref().and_then(|all| all.limits.as_ref());
        limits.is_some_and(|limits| limits.contains_key("memory"))
    };
    workload.pod_spec().is_none() || workload.containers().any(|one| one.name == container.name() && limits_memory(one))
}

/// Nobody wrote the limit: admission did, from a `LimitRange` of the namespace.
fn by_limit_range(container: &ContainerView, cause: ExitCause) -> ExitCause {
    let lookup = Lookup::LimitRanges;
    let names = match container.result_of(&lookup) {
        Some(LookupResult::Present(names)) => names.iter().map(|name| escape(name)).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    let by = if names.is_empty() { "a LimitRange".to_owned() } else { format!("LimitRange {names}") };
    ExitCause {
        what: format!("{}, which {by} sets where nobody writes one", cause.what),
        hint: format!("write the limit that it needs: {}", memory_field(container)),
        facts: vec!["the workload itself sets no limit of memory".to_owned()],
        lookups: vec![lookup],
        ..cause
    }
}

/// A log that cannot be looked at again.
fn taken_away(container: &ContainerView) -> String {
    if !container.is_taken_away() {
        return String::new();
    }
    format!("; the Job takes its pod away when it gives up: {KEEPS_ITS_LOG}")
}

fn memory_field(container: &ContainerView) -> String {
    container.snapshot.source().field("resources.memory", "resources.limits.memory")
}

/// Nobody said so, and it is the usual reason.
fn perhaps_memory(container: &ContainerView) -> String {
    let perhaps = |limit| {
        format!(
            "no probe and no deletion asked for this SIGKILL, so its memory limit of {limit} may be too small: try more \
             ({}); else ",
            memory_field(container)
        )
    };
    memory_limit(container).map(perhaps).unwrap_or_default()
}

/// runc could not start the process: the program, its folder or its rights are wrong.
fn not_started(container: &ContainerView, message: &str) -> ExitCause {
    let title = container.title();
    let cause = |what: String, hint: String| ExitCause::new(Reason::StartError, what, hint);
    if let Some(folder) = container.spec.working_dir.as_deref().filter(|folder| is_about_folder(message, folder)) {
        return cause(
            format!("{title} cannot start in its working folder {}", escape(folder)),
            "correct `workingDir`: it must be a folder that the container's user may enter".to_owned(),
        );
    }
    let path = program_of(message);
    let program = path.map(|program| format!(" {}", escape(program))).unwrap_or_default();
    if message.contains("permission denied") {
        cause(
            format!("{title} is not allowed to execute its program{program}"),
            "make it executable in the image (chmod +x)".to_owned(),
        )
    } else if let (true, Some((mount, volume))) =
        (is_missing(message), path.and_then(|path| mounted_over(container, path)))
    {
        let (name, at) = (escape(&volume.name), escape(&mount.mount_path));
        ExitCause {
            facts: vec![format!("{at} is volume {name}, {}", kind(volume))],
            ..cause(
                format!("{title} cannot start: volume {name}, mounted at {at}, hides its program{program}"),
                format!("mount volume {name} elsewhere than where the image has its program"),
            )
        }
    } else if is_missing(message) {
        cause(
            format!("{title} cannot start: its program{program} is not in the image"),
            "correct `command`, or add the program to the image".to_owned(),
        )
    } else {
        cause(format!("{title} cannot start"), "fix what the message names".to_owned())
    }
}

fn is_missing(message: &str) -> bool {
    message.contains("not found") || message.contains("no such file")
}

/// `exec: "/app/server": stat /app/server: no such file or directory`
fn program_of(message: &str) -> Option<&str> {
    message.split("exec: \"").nth(1).and_then(|rest| rest.split('"').next())
}

/// Whether the program that does not start may still come, with a volume that somebody fills.
pub(in crate::rollout) fn may_come(container: &ContainerView, exit: &ContainerStateTerminated) -> bool {
    let program = exit.message.as_deref().and_then(program_of);
    program.is_some_and(|program| mounted_over(container, program).is_some())
}

/// runc makes the folder when it is missing, then enters it.
fn is_about_folder(message: &str, folder: &str) -> bool {
    message.contains("chdir to cwd") || message.contains(&format!("mkdir {folder}"))
}

/// How long the instance ran.
pub(in crate::rollout) fn lived(exit: &ContainerStateTerminated) -> Option<SignedDuration> {
    Some(exit.finished_at.as_ref()?.0.duration_since(exit.started_at.as_ref()?.0))
}

/// containerd and runc put their own names before the cause.
pub(in crate::rollout) fn without_runtime_layers(message: &str) -> &str {
    message.split_once("unable to start container process: ").map_or(message, |(_, cause)| cause)
}

/// `exit code 1` or `killed by SIGSEGV (exit code 139)`
pub(in crate::rollout) fn ending(exit: &ContainerStateTerminated) -> String {
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

pub(in crate::rollout) fn times(exits: i32) -> String {
    match exits {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

fn memory_limit(container: &ContainerView) -> Option<String> {
    let limits = container.spec.resources.as_ref()?.limits.as_ref()?;
    limits.get("memory").map(|limit| escape(&limit.0))
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
