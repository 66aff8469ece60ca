//! Fields that a remedy names, as they stand where somebody wrote them.

use crate::rollout::view::ContainerView;

/// The limit of memory.
pub(super) fn memory(container: &ContainerView) -> String {
    container.snapshot.source().field("resources.memory", "resources.limits.memory")
}

/// What the container starts.
pub(super) fn called(container: &ContainerView) -> &'static str {
    match (&container.spec.command, &container.spec.args) {
        (None, None) => "what the image starts (its ENTRYPOINT and CMD)",
        _ => "`command` and `args`",
    }
}
