//! What is said of a container that was killed for want of memory.

use std::sync::LazyLock;

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Container, ContainerStateTerminated};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use regex::Regex;

use super::cause::ExitCause;
use super::words::lived;
use crate::reason::Reason;
use crate::rollout::explain::fields;
use crate::rollout::explain::heap_size::heap_size;
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
    if let Some(heap) = heap_beyond(container, limit) {
        let hint = format!("let the heap fit the limit (-XX:MaxRAMPercentage=75 instead of -Xmx), or raise {field}");
        let what = format!("{what}: its heap may grow to {}", escape(&heap));
        return ExitCause::new(Reason::OOMKilled, what, Remedy::given(limit, hint));
    }
    let cause = ExitCause::new(Reason::OOMKilled, what, Remedy::given(limit, hint));
    if is_limit_written(container) { cause } else { by_limit_range(container, limit, cause) }
}

/// How large a runtime is told that its heap may become.
static HEAP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-Xmx(?<size>\d+)(?<unit>[kKmMgG]?)\b|--max-old-space-size[= ](?<megabytes>\d+)")
        .expect("a literal pattern")
});

/// The option by which the heap may become larger than the limit.
fn heap_beyond(container: &ContainerView, limit: &Quantity) -> Option<String> {
    let limit = quantity::parse(&limit.0)?;
    let values = container.spec.env.iter().flatten().filter_map(|one| one.value.as_ref());
    let words = container.spec.command.iter().chain(&container.spec.args).flatten();
    let found = values.chain(words).find_map(|text| HEAP.captures(text))?;
    let bytes = heap_size(&found)?;
    (bytes >= limit).then(|| found[0].to_owned())
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
