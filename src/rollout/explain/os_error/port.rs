//! A port that the program may not have.

use super::line::port;
use crate::rollout::explain::explanation::Explanation;
use crate::rollout::model::{Remedy, Words};
use crate::rollout::view::ContainerView;

/// Linux: `net.ipv4.ip_unprivileged_port_start`, unless a node sets it otherwise.
const PRIVILEGED: std::ops::Range<i32> = 1..1024;

pub(super) fn not_listening(container: &ContainerView, words: Words) -> Explanation {
    let port = port(words);
    let of = port.map(|port| format!(" {port}")).unwrap_or_default();
    let move_up = format!(
        "only root may listen below 1024: listen on 8080, say, and set {}; the Service can still offer 80",
        container.snapshot.source().field("port", "containerPort")
    );
    let mut declared = container.spec.ports.iter().flatten();
    let declared = declared.find(|declared| PRIVILEGED.contains(&declared.container_port));
    let hint = match (port, declared) {
        (Some(port), _) if PRIVILEGED.contains(&port) => Remedy::given(&words, move_up),
        (None, Some(declared)) => Remedy::given(declared, move_up),
        (Some(_), _) => Remedy::look("only root may listen below 1024, and this is above: what else forbids it?"),
        (None, None) => Remedy::look(
            "does it listen below 1024? Only root may, and a Service can offer 80 for what listens on 8080",
        ),
    };
    Explanation { what: format!("{} is not allowed to listen on its port{of}", container.title()), hint }
}
