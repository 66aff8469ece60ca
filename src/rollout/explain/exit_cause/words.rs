//! An end in a few words.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use crate::rollout::text::uncaught;

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
pub(super) fn code_text(code: i32) -> String {
    let signal = match code - 128 {
        4 => "SIGILL",
        // Nobody else sends it: abort(3).
        6 => return format!("aborted (SIGABRT, exit code {code})"),
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

/// Why it ended: by the error that the log names, else by its exit code.
pub(super) fn why(code: i32, log: &str) -> String {
    let named = Some(log).filter(|_| is_own(code)).and_then(uncaught);
    named.unwrap_or_else(|| code_text(code))
}

/// Whether a program ends so by itself: also by abort(3), or by a trap that its runtime set, as the end of an error that
/// nobody caught. By other signals it was ended, whatever it had said before.
pub(super) fn is_own(code: i32) -> bool {
    const SIGNALS: RangeInclusive<i32> = 129..=192;
    const OF_RUNTIMES: [i32; 3] = [132, 133, 134];
    !SIGNALS.contains(&code) || OF_RUNTIMES.contains(&code)
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
    use rstest::rstest;

    #[rstest]
    #[case(1, "exit code 1")]
    #[case(139, "killed by SIGSEGV (exit code 139)")]
    #[case(134, "aborted (SIGABRT, exit code 134)")]
    #[case(255, "exit code 255")]
    fn an_exit_code_is_named(#[case] code: i32, #[case] expected: &str) {
        assert_eq!(code_text(code), expected);
    }

    #[rstest]
    #[case::raised(1, "ValueError: no port")]
    #[case::aborted(134, "ValueError: no port")]
    #[case::killed(137, "killed by SIGKILL (exit code 137)")]
    #[case::asked(143, "killed by SIGTERM (exit code 143)")]
    fn an_error_is_named_where_it_ended_the_program(#[case] code: i32, #[case] expected: &str) {
        assert_eq!(why(code, "ValueError: no port"), expected);
    }
}
