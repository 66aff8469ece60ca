//! What is said of a container that was killed for want of memory.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Container, ContainerStateTerminated};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::cause::ExitCause;
use super::words::lived;
use crate::reason::Reason;
use crate::rollout::explain::fields;
use crate::rollout::explain::joined::{Options, options};
use crate::rollout::explain::memory_option::{MemoryOption, MemoryUser};
use crate::rollout::model::{Lookup, LookupResult, Remedy};
use crate::rollout::text::{escape, quantity};
use crate::rollout::view::ContainerView;

/// A program that was killed for want of memory after this time had started well before.
const WARM: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn out_of_memory(container: &ContainerView, exit: &ContainerStateTerminated) -> ExitCause {
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
    let Options { found, lookups } = options(container);
    if let Some((option, place)) = beyond(&found, limit) {
        let (text, what) = (escape(&option.text), format!("{what}: {}", taken(option, place)));
        let hint = match option.user {
            MemoryUser::Jvm | MemoryUser::JvmStart => {
                // Its size at the start counts too.
                let jvm = found.iter().filter(|(one, _)| matches!(one.user, MemoryUser::Jvm | MemoryUser::JvmStart));
                let all = jvm.map(|(one, _)| escape(&one.text)).collect::<Vec<_>>().join(" and ");
                format!("let the heap fit the limit (-XX:MaxRAMPercentage=75 instead of {all}), or raise {field}")
            }
            MemoryUser::Node | MemoryUser::Server => format!("let {text} fit the limit, or raise {field}"),
        };
        let cause = ExitCause { lookups, ..ExitCause::new(Reason::OOMKilled, what, Remedy::given(limit, hint)) };
        return if is_limit_written(container) { cause } else { by_limit_range(container, limit, cause) };
    }
    let cause = ExitCause { lookups, ..ExitCause::new(Reason::OOMKilled, what, Remedy::given(limit, hint)) };
    if is_limit_written(container) { cause } else { by_limit_range(container, limit, cause) }
}

/// The option by which the program may take more than the limit.
fn beyond<'o>(found: &'o [(MemoryOption, String)], limit: &Quantity) -> Option<&'o (MemoryOption, String)> {
    let limit = quantity::parse(&limit.0)?;
    // What it may take at most says more than what it begins with.
    let order = [MemoryUser::Jvm, MemoryUser::Node, MemoryUser::Server, MemoryUser::JvmStart];
    order.iter().find_map(|user| found.iter().find(|(one, _)| one.user == *user && one.bytes >= limit))
}

/// `its heap may grow to -Xmx2g (variable JAVA_OPTS)`
fn taken(option: &MemoryOption, place: &str) -> String {
    let text = escape(&option.text);
    match option.user {
        MemoryUser::Jvm | MemoryUser::Node => format!("its heap may grow to {text} ({place})"),
        MemoryUser::JvmStart => format!("its heap begins with {text} ({place})"),
        MemoryUser::Server => format!("it takes {text} ({place}) for itself"),
    }
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
        lookups: cause.lookups.iter().cloned().chain([lookup]).collect(),
        ..cause
    }
}

/// Nobody said so, and it is the usual reason.
pub(super) fn perhaps_memory(container: &ContainerView) -> Option<Remedy> {
    let limit = escape(&container.memory_limit()?.0);
    let field = fields::memory(container);
    Some(Remedy::look(format!(
        "no probe and no deletion asked for this SIGKILL, so its memory limit of {limit} may be too small ({field})"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;
    use rstest::rstest;

    #[rstest]
    #[case::limited("spec: {resources: {limits: {memory: 16Mi}}}, says: ['its limit of 16Mi', 'raise `resources']")]
    #[case::heap(
        "spec: {env: [{name: JAVA_TOOL_OPTIONS, value: '-Xms1g -Xmx2g'}], resources: {limits: {memory: 128Mi}}}, says: ['its heap may grow to -Xmx2g', MaxRAMPercentage]"
    )]
    #[case::a_heap_that_fits(
        "spec: {args: [java, -Xmx64m], resources: {limits: {memory: 128Mi}}}, says: ['raise `resources'], never: [heap]"
    )]
    #[case::unlimited("pod: {nodeName: n1}, says: [has no limit of its own, kubectl describe node n1], never: [raise]")]
    fn a_limit_is_raised_where_there_is_one(#[case] case: &str) {
        let wrong = wrong(&format!("[{{name: a, log: '', {case}}}]"), |container, _| {
            let cause = out_of_memory(container, &ContainerStateTerminated::default());
            Some((cause.what, cause.hint))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }
}
