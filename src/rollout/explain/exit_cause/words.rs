//! An end in a few words.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::ContainerStateTerminated;

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
    use rstest::rstest;

    #[rstest]
    #[case(1, "exit code 1")]
    #[case(139, "killed by SIGSEGV (exit code 139)")]
    #[case(255, "exit code 255")]
    fn an_exit_code_is_named(#[case] code: i32, #[case] expected: &str) {
        assert_eq!(code_text(code), expected);
    }
}
