//! Why a container ended: by its exit, the runtime's message, the kubelet's events and its log.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Container, ContainerStateTerminated, Volume};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::container_log::{ContainerLog, KEEPS_ITS_LOG};
use super::fields;
use super::joined::{Joined, join_log};
use super::liveness::liveness_hint;
use super::mounts::{kind, mounted_over};
use super::os_error::os_error;
use super::probe::{ProbeKind, killed_by};
use crate::reason::Reason;
use crate::rollout::model::{Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(in crate::rollout) struct ExitCause {
    pub reason: Reason,
    pub what: String,
    pub hint: Remedy,
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
    fn new(reason: Reason, what: String, hint: Remedy) -> Self {
        Self { reason, what, hint, event: None, facts: Vec::new(), lookups: Vec::new(), may_come: false }
    }
}

/// A program that was killed for want of memory after this time had started well before.
const WARM: SignedDuration = SignedDuration::from_secs(60);

/// An application that exits until its database answers does so twice, in 18 s; the third exit is a habit.
pub(in crate::rollout) const HABIT: i32 = 3;

/// Why it ended. `written`: the log of the instance that did.
pub(in crate::rollout) fn exit_cause(
    container: &ContainerView,
    exit: &ContainerStateTerminated,
    written: &ContainerLog,
) -> ExitCause {
    let title = container.title();
    let message = exit.message.as_deref().unwrap_or_default();
    let log = written.text().unwrap_or_default();
    if let (Some(event), Some(probe)) = (killed_by(container, ProbeKind::Liveness), &container.spec.liveness_probe) {
        let what = format!("{title} is killed by its liveness probe");
        let hint = liveness_hint(container, probe, lived(exit), &event);
        return ExitCause { event: Some(event), ..ExitCause::new(Reason::Unhealthy, what, hint) };
    }
    if let Some(event) = container.event("FailedPostStartHook") {
        return ExitCause {
            event: container.timeline.hook_message().map(str::to_owned),
            ..ExitCause::new(
                Reason::PostStartHookError,
                format!("{title} is killed because its postStart hook fails"),
                Remedy::given(event, "fix what the hook runs, or remove `lifecycle.postStart`"),
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
    let format = |text| Words::of(text, "exec format error");
    if let Some(words) = format(message).or_else(|| format(log)) {
        let (what, hint) = unknown_format(&title, words);
        return ExitCause::new(Reason::CrashLoopBackOff, what, hint);
    }
    if matches!(exit.reason.as_deref(), Some("StartError" | "ContainerCannotRun")) {
        return not_started(container, message);
    }
    if let Some(error) = os_error(container, log).filter(|_| exit.exit_code != 0) {
        return ExitCause::new(Reason::CrashLoopBackOff, error.what, error.hint);
    }
    if let Some(joined) = join_log(container, log).filter(|_| exit.exit_code != 0) {
        let Joined { what, hint, facts, lookups, may_come } = joined;
        let hint = hint.and(taken_away(container));
        let reason = if container.may_end() { Reason::Error } else { Reason::CrashLoopBackOff };
        return ExitCause { facts, lookups, may_come, ..ExitCause::new(reason, what, hint) };
    }
    let by_code = |what: String, hint: &str| ExitCause::new(Reason::CrashLoopBackOff, what, Remedy::given(exit, hint));
    match exit.exit_code {
        0 => by_code(
            format!("{title} ends by itself with exit code 0, but a service must keep running"),
            "keep the program in the foreground; what ends on its own is a Job",
        ),
        127 => by_code(
            format!("{title} calls a command that is not in the image (exit code 127)"),
            &format!("correct {}, or add the program to the image", fields::called(container)),
        ),
        126 => by_code(
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
            by_log(container, written, is_killed),
        ),
    }
}

/// ENOEXEC (`execve(2)`): the program of another processor, or a script that names no interpreter.
fn unknown_format(title: &str, words: Words) -> (String, Remedy) {
    let file = words.before().trim_end_matches([':', ' ', '"']).rsplit(['/', ' ', '"']).next().unwrap_or_default();
    let extension = std::path::Path::new(file).extension().and_then(|extension| extension.to_str());
    match extension {
        Some("sh" | "bash" | "py" | "rb" | "pl" | "js") => (
            format!("{title} cannot start its script {}: it names no interpreter", escape(file)),
            Remedy::given(&words, "begin its first line with one, such as `#!/bin/sh`"),
        ),
        _ => (
            format!("{title} was built for another architecture than the node's"),
            Remedy::given(&words, "build it for the node's platform: kubectl get nodes -L kubernetes.io/arch"),
        ),
    }
}

/// Where nothing else is known, the log may say it.
fn by_log(container: &ContainerView, written: &ContainerLog, is_killed: bool) -> Remedy {
    let perhaps = perhaps_memory(container).filter(|_| is_killed);
    let otherwise = if perhaps.is_some() { "else " } else { "" };
    let pod = escape(container.pod.metadata.name.as_deref().unwrap_or_default());
    let (namespace, name) = (escape(container.namespace()), escape(container.name()));
    let own = match (written.written, &written.request) {
        (Some(log), _) => Remedy::given(log, format!("{otherwise}fix what the log says")),
        (None, Some(request)) => Remedy::look(format!(
            "{otherwise}its log may say why: kubectl -n {namespace} logs {pod} -c {name}{}",
            if request.previous { " --previous" } else { "" }
        )),
        (None, None) => Remedy::look(format!("{otherwise}does it tell its errors anywhere but on stdout and stderr?")),
    };
    let remedy = match perhaps {
        Some(perhaps) => perhaps.and(Some(own)),
        None => own,
    };
    remedy.and(taken_away(container))
}

fn out_of_memory(container: &ContainerView, exit: &ContainerStateTerminated) -> ExitCause {
    let title = container.title();
    let Some(limit) = container.memory_limit() else {
        // The whole node was out of it, or the pod.
        return ExitCause::new(
            Reason::OOMKilled,
            format!("{title} was killed for want of memory, and has no limit of its own"),
            Remedy::look(match container.pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) {
                Some(node) => format!("what else uses the memory of its node? kubectl describe node {}", escape(node)),
                None => "what else uses the memory of its node?".to_owned(),
            }),
        );
    };
    let field = fields::memory(container);
    let hint = match lived(exit) {
        Some(lived) if lived >= WARM => format!("it grows while it runs: find what keeps the memory, or raise {field}"),
        _ => format!("raise {field}, or find what uses it"),
    };
    let what = format!("{title} needs more memory than its limit of {}", escape(&limit.0));
    let cause = ExitCause::new(Reason::OOMKilled, what, Remedy::given(limit, hint));
    if is_limit_written(container) { cause } else { by_limit_range(container, limit, cause) }
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
fn by_limit_range(container: &ContainerView, limit: &Quantity, cause: ExitCause) -> ExitCause {
    let lookup = Lookup::LimitRanges;
    let by = match container.result_of(&lookup) {
        Some(LookupResult::Present(names)) if names.is_empty() => "a webhook".to_owned(),
        Some(LookupResult::Present(names)) => format!("LimitRange {}", escape(&names.join(", "))),
        _ => "a LimitRange".to_owned(),
    };
    ExitCause {
        what: format!("{}, which {by} sets where nobody writes one", cause.what),
        hint: Remedy::given(limit, format!("write the limit that it needs: {}", fields::memory(container))),
        facts: vec!["the workload itself sets no limit of memory".to_owned()],
        lookups: vec![lookup],
        ..cause
    }
}

/// A log that cannot be looked at again.
fn taken_away(container: &ContainerView) -> Option<Remedy> {
    let keeps = || Remedy::look(format!("the Job takes its pod away when it gives up: {KEEPS_ITS_LOG}"));
    container.is_taken_away().then(keeps)
}

/// Nobody said so, and it is the usual reason.
fn perhaps_memory(container: &ContainerView) -> Option<Remedy> {
    let limit = escape(&container.memory_limit()?.0);
    let field = fields::memory(container);
    Some(Remedy::look(format!(
        "no probe and no deletion asked for this SIGKILL, so its memory limit of {limit} may be too small ({field})"
    )))
}

/// runc could not start the process: the program, its folder or its rights are wrong.
fn not_started(container: &ContainerView, message: &str) -> ExitCause {
    let title = container.title();
    let cause = |what: String, hint: Remedy| ExitCause::new(Reason::StartError, what, hint);
    let folder = container.spec.working_dir.as_deref();
    if let Some((folder, words)) = folder.and_then(|folder| Some((folder, about_folder(message, folder)?))) {
        return cause(
            format!("{title} cannot start in its working folder {}", escape(folder)),
            Remedy::given(&words, "correct `workingDir`: it must be a folder that the container's user may enter"),
        );
    }
    let path = program_of(message);
    let program = path.map(|program| format!(" {}", escape(program))).unwrap_or_default();
    let mounted = path.and_then(|path| mounted_over(container, path));
    if let Some(words) = Words::of(message, "permission denied") {
        let what = format!("{title} is not allowed to execute its program{program}");
        match mounted {
            Some((_, volume)) => cause(what, let_execute(volume)),
            None => cause(what, Remedy::given(&words, "make it executable in the image (chmod +x)")),
        }
    } else if let Some(words) = Words::any(message, &MISSING) {
        let Some((mount, volume)) = mounted else {
            let written = if container.spec.command.is_some() { "`command`" } else { fields::called(container) };
            return cause(
                format!("{title} cannot start: its program{program} is not in the image"),
                Remedy::given(&words, format!("correct {written}, or add the program to the image")),
            );
        };
        let (name, at) = (escape(&volume.name), escape(&mount.mount_path));
        ExitCause {
            facts: vec![format!("{at} is volume {name}, {}", kind(volume))],
            ..cause(
                format!("{title} cannot start: volume {name}, mounted at {at}, hides its program{program}"),
                Remedy::given(mount, format!("mount volume {name} elsewhere than where the image has its program")),
            )
        }
    } else {
        cause(format!("{title} cannot start"), Remedy::look("the message says why"))
    }
}

/// The rights of a file in a volume are not the image's.
fn let_execute(volume: &Volume) -> Remedy {
    let name = escape(&volume.name);
    if volume.config_map.is_some() || volume.secret.is_some() || volume.projected.is_some() {
        Remedy::given(volume, format!("it is a file of volume {name}: set `defaultMode: 0755` there"))
    } else {
        Remedy::look(format!("it is in volume {name}: whoever fills that has to make it executable (chmod +x)"))
    }
}

const MISSING: [&str; 2] = ["not found", "no such file"];

/// `exec: "/app/server": stat /app/server: no such file or directory`
fn program_of(message: &str) -> Option<&str> {
    Words::of(message, "exec: \"").and_then(|exec| exec.after().split('"').next())
}

/// Whether the program that does not start may still come, with a volume that somebody fills.
pub(in crate::rollout) fn may_come(container: &ContainerView, exit: &ContainerStateTerminated) -> bool {
    let program = exit.message.as_deref().and_then(program_of);
    program.is_some_and(|program| mounted_over(container, program).is_some())
}

/// runc makes the folder when it is missing, then enters it.
fn about_folder<'m>(message: &'m str, folder: &str) -> Option<Words<'m>> {
    Words::any(message, &["chdir to cwd", &format!("mkdir {folder}")])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;
    use crate::rollout::model::orders;
    use rstest::rstest;

    #[test]
    fn what_does_not_start_is_mended_where_it_is() {
        let wrong = wrong(include_str!("start_cases.yaml"), |container, message| {
            let cause = not_started(container, message);
            Some((cause.what, cause.hint))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[rstest]
    #[case::binary("exec /server: exec format error", "build it for the node's platform")]
    #[case::script("exec /start.sh: exec format error", "begin its first line with one")]
    #[case::quoted(r#"exec: "/start.sh": exec format error: unknown"#, "begin its first line with one")]
    fn a_script_without_interpreter_is_no_other_architecture(#[case] message: &str, #[case] expected: &str) {
        let words = Words::of(message, "exec format error").expect("the words");
        let (_, remedy) = unknown_format("container app", words);
        assert!(remedy.text().starts_with(expected), "{}", remedy.text());
        assert_eq!(orders::wrong([&remedy]), "");
    }

    #[rstest]
    #[case::limited("spec: {resources: {limits: {memory: 16Mi}}}, says: ['its limit of 16Mi', 'raise `resources']")]
    #[case::unlimited("pod: {nodeName: n1}, says: [has no limit of its own, kubectl describe node n1], never: [raise]")]
    fn a_limit_is_raised_where_there_is_one(#[case] case: &str) {
        let wrong = wrong(&format!("[{{name: a, log: '', {case}}}]"), |container, _| {
            let cause = out_of_memory(container, &ContainerStateTerminated::default());
            Some((cause.what, cause.hint))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[rstest]
    #[case(1, "exit code 1")]
    #[case(139, "killed by SIGSEGV (exit code 139)")]
    #[case(255, "exit code 255")]
    fn an_exit_code_is_named(#[case] code: i32, #[case] expected: &str) {
        assert_eq!(code_text(code), expected);
    }
}
