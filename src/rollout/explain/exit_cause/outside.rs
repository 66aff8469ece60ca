//! Whether the last lines of a log speak of what lies outside of the program: it may be there a moment later.

use std::sync::LazyLock;

use regex::Regex;

use super::super::container_log::ContainerLog;
use crate::rollout::model::{Lack, Log};
use crate::rollout::text::is_log;
use crate::rollout::view::ContainerView;

/// What a program says of its end is among its last lines.
const LINES: usize = 8;

static OUTSIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        # it calls, and nobody answers
        \b(?:can't|cannot|can\ not|could\ not|couldn't|failed\ to|unable\ to|error)\ (?:re)?(?:connect|reach|contact|dial)
        | \b(?:re)?connect(?:ion|ing)?\b[^.;]{0,40}\b(?:refused|failed|failure|lost|closed|aborted|reset|error)
        | \btimed\ out\b | \bdeadline\ exceeded\b | \bunreachable\b | \bunavailable\b | \bunexpected\ EOF\b
        # it answers, and is not done with its own start
        | \b(?:not|isn't)\ (?:yet\ )?(?:ready|available|reachable|healthy|responding|accepting)
        | \bnot\ (?:initialized|migrated|bootstrapped|running)\ yet\b
        | \b(?:waiting|waited|gave\ up\ waiting)\ for\b | \bstill\ (?:starting|initiali[sz]ing|loading|waiting)\b
        | \btry(?:ing)?\ again\b | \bno\ (?:leader|quorum|primary|master)\b | \bloading\ the\ dataset\b
        # somebody else brings it
        | \bdoes\ not\ exist\ yet\b | \bnot\ found\ yet\b | \bNoSuchBucket\b | \bUNKNOWN_TOPIC | \bpending\ migrations?\b
        | \bno\ such\ (?:bucket|topic|queue|index)\b | \b(?:bucket|topic|queue|index|schema)\b[^.;]{0,60}\bdoes\ not\ exist\b
        # somebody else holds it
        | \block\b[^.;]{0,30}\b(?:held|taken|owned)\b | \b(?:held|locked|owned)\ by\ another\b | \banother\ (?:process|instance)\b
        ",
    )
    .expect("a literal pattern")
});

/// Whose affair the end is, as far as the log alone tells; one that is still to come may say so too. Of many replicas
/// one log is read.
pub(super) fn lack(container: &ContainerView, log: &ContainerLog) -> Lack {
    let is_same = |other: &&Log| other.request.container == container.name() && is_log(&other.text);
    let of_another = || Some(container.snapshot.logs.iter().find(is_same)?.text.as_str());
    match log.text().or_else(of_another) {
        None if log.request.is_some() => Lack::Absent,
        text => of_text(text.unwrap_or_default()),
    }
}

fn of_text(log: &str) -> Lack {
    let mut last = log.lines().rev().filter(|line| !line.trim().is_empty()).take(LINES);
    if last.any(|line| OUTSIDE.is_match(line)) { Lack::Absent } else { Lack::Own }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::a_call("fatal: could not connect to the licence server")]
    #[case::a_connection("error: connection to backend lost")]
    #[case::a_status("rpc error: code = Unavailable desc = transport is closing")]
    #[case::a_start("upstream is not ready, giving up")]
    #[case::a_topic("topic orders does not exist")]
    #[case::a_lock("the migration lock is held by pod api-7")]
    #[case::a_wait("gave up waiting for vault")]
    #[case::before_a_stack("redis: loading the dataset in memory\n  at a\n  at b")]
    fn what_lies_outside_may_come(#[case] log: &str) {
        assert_eq!(of_text(log), Lack::Absent);
    }

    #[rstest]
    #[case::a_setting("panic: invalid value for --timeout: abc")]
    #[case::a_variable("KeyError: 'CONNECTION'")]
    #[case::a_defect("AttributeError: 'NoneType' object has no attribute 'connect'")]
    #[case::a_type("TypeError: locked is not a function")]
    #[case::long_ago("waiting for redis\n1\n2\n3\n4\n5\n6\n7\n8")]
    #[case::nothing("")]
    fn what_is_its_own_does_not(#[case] log: &str) {
        assert_eq!(of_text(log), Lack::Own);
    }
}
