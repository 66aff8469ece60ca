//! Why a container ended: by its exit, the runtime's message, the kubelet's events and its log.
//!
//! ```text
//! start   why its program could not be started
//! memory  what is said where it was killed for want of memory
//! cause   what is said of an end; words: an end in a few words
//! background what sends a program there, so that its first process ends
//! outside whether a log speaks of what lies outside of the program, and may pass
//! ```

mod background;
mod cause;
mod memory;
mod outside;
mod start;
mod words;

use k8s_openapi::api::core::v1::{ContainerStateTerminated, Probe};

use super::container_log::{ContainerLog, KEEPS_ITS_LOG};
use super::fields;
use super::joined::{Joined, Mentioned, join_log, join_recent, mentioned};
use super::liveness::{answers_elsewhere, liveness_hint};
use super::os_error::{self, os_error};
use super::probe::{ProbeKind, killed_by};
use crate::reason::Reason;
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use background::{Background, background};
use cause::ExitCause;
use memory::{out_of_memory, perhaps_memory};
use start::{not_started, unknown_format};
use words::{is_own, why};

pub(in crate::rollout) use start::may_come;
pub(in crate::rollout) use words::{ending, lived, times, without_runtime_layers};

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
        return killed_by_liveness(container, exit, (probe, event), log);
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
    if exit.exit_code != 0
        && let Some(cause) = of_line(container, log)
    {
        return cause;
    }
    let by_code = |what: String, hint: &str| ExitCause::new(Reason::CrashLoopBackOff, what, Remedy::given(exit, hint));
    match exit.exit_code {
        0 => {
            let what = format!("{title} ends by itself with exit code 0, but a service must keep running");
            let Background { fact, lookups } = background(container);
            let hint = match &fact {
                Some(_) => Remedy::given(
                    exit,
                    "turn that off: a container lives as long as its first program, which must stay in the foreground",
                ),
                None => Remedy::given(exit, "keep the program in the foreground; what ends on its own is a Job"),
            };
            let facts = fact.into_iter().collect();
            ExitCause { facts, lookups, ..ExitCause::new(Reason::CrashLoopBackOff, what, hint) }
        }
        127 => by_code(
            format!("{title} calls a command that is not in the image (exit code 127)"),
            &format!("correct {}, or add the program to the image", fields::called(container)),
        ),
        126 => by_code(
            format!("{title} calls a file that it is not allowed to execute (exit code 126)"),
            "make it executable in the image (chmod +x)",
        ),
        code => of_log(container, code, written, is_killed),
    }
}

/// What the program says itself is nearer to the cause than what its probe met.
fn killed_by_liveness(
    container: &ContainerView,
    exit: &ContainerStateTerminated,
    (probe, event): (&Probe, String),
    log: &str,
) -> ExitCause {
    let what = format!("{} is killed by its liveness probe", container.title());
    let said = if answers_elsewhere(container, probe, &event, log) { None } else { join_recent(container, log) };
    let cause = match said {
        Some(Joined { what: said, hint, facts, lookups, .. }) => {
            let what = format!("{said}, and is killed by its liveness probe");
            ExitCause { facts, lookups, ..ExitCause::new(Reason::Unhealthy, what, hint) }
        }
        None => ExitCause::new(Reason::Unhealthy, what, liveness_hint(container, probe, lived(exit), &event, log)),
    };
    ExitCause { event: Some(event), ..cause }
}

/// How many lines later another cause has to stand to be the one that ended it: an entrypoint tells of what it could not
/// do, and goes on.
const LATER: usize = 2;

/// What the last line that means something says: by the operating system's words, or joined with the spec.
fn of_line(container: &ContainerView, log: &str) -> Option<ExitCause> {
    let (by_system, joined) = (os_error(container, log), join_log(container, log));
    let is_later = |(after, _): &(usize, Joined)| by_system.as_ref().is_none_or(|(before, _)| *before >= after + LATER);
    match (joined.filter(is_later), by_system) {
        (Some((after, joined)), _) => {
            let Joined { what, hint, facts, lookups, lack } = joined;
            let lack = outside::checked(lack, log, after);
            let hint = hint.and(taken_away(container));
            let reason = if container.may_end() { Reason::Error } else { Reason::CrashLoopBackOff };
            Some(ExitCause { facts, lookups, lack, ..ExitCause::new(reason, what, hint) })
        }
        (None, Some((_, error))) => {
            let lookups = os_error::lookups(container);
            Some(ExitCause { lookups, ..ExitCause::new(Reason::CrashLoopBackOff, error.what, error.hint) })
        }
        (None, None) => None,
    }
}

/// An end of which only the log may know something.
fn of_log(container: &ContainerView, code: i32, written: &ContainerLog, is_killed: bool) -> ExitCause {
    let (title, log) = (container.title(), written.text().unwrap_or_default());
    let why = why(code, log);
    let what = match container.exits() {
        _ if container.is_last_try() => format!("{title} failed: {why}"),
        exits if exits < HABIT => format!("{title} crashed {}: {why}", times(exits)),
        _ => format!("{title} keeps crashing: {why}"),
    };
    let reason = if container.may_end() { Reason::Error } else { Reason::CrashLoopBackOff };
    let hint = by_log(container, written, is_killed);
    if !is_own(code) {
        return ExitCause::new(reason, what, hint);
    }
    let Mentioned { facts, hint: of_words, lookups } = mentioned(container, &why);
    let lack = outside::lack(container, written);
    ExitCause { facts, lookups, lack, ..ExitCause::new(reason, what, hint.and(of_words)) }
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

/// A log that cannot be looked at again.
fn taken_away(container: &ContainerView) -> Option<Remedy> {
    let keeps = || Remedy::look(format!("the Job takes its pod away when it gives up: {KEEPS_ITS_LOG}"));
    container.is_taken_away().then(keeps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;
    use rstest::rstest;

    const READ_ONLY: &str = "cannot modify /etc/nginx/conf.d/default.conf: Read-only file system";
    const NO_HOST: &str = "[emerg] host not found in upstream \"api\" in /etc/nginx/conf.d/default.conf:3";

    #[rstest]
    #[case::told_and_went_on(&[READ_ONLY, "starting", NO_HOST], "does not find the host api")]
    #[case::the_other_way(&[NO_HOST, "trying again", READ_ONLY], "writes to /etc/nginx/conf.d/default.conf")]
    #[case::beside_each_other(&[READ_ONLY, NO_HOST], "writes to /etc/nginx/conf.d/default.conf")]
    fn the_later_of_two_causes_ended_it(#[case] log: &[&str], #[case] says: &str) {
        let case = serde_json::json!([{"name": "a", "log": log.join("\n"), "says": [says]}]).to_string();
        let wrong = wrong(&case, |container, log| of_line(container, log).map(|cause| (cause.what, cause.hint)));
        assert!(wrong.is_empty(), "{wrong}");
    }
}
