//! Fields that a remedy names, as they stand where somebody wrote them.

use crate::rollout::view::ContainerView;

/// The limit of memory.
pub(super) fn memory(container: &ContainerView) -> String {
    container.snapshot.source().field("resources.memory", "resources.limits.memory")
}

/// The protocol of a probe.
pub(super) fn https(container: &ContainerView) -> String {
    let of_plat = "patch: {Deployment: {spec: {template: {spec: {containers: [{name: …, readinessProbe: {httpGet: {scheme: HTTPS}}}]}}}}}";
    container.snapshot.source().field(of_plat, "httpGet.scheme: HTTPS")
}

/// What the container starts.
pub(super) fn called(container: &ContainerView) -> &'static str {
    match (&container.spec.command, &container.spec.args) {
        (None, None) => "what the image starts (its ENTRYPOINT and CMD)",
        _ => "`command` and `args`",
    }
}
