//! A port that the program may not have, or that is taken.

use super::line::port;
use crate::rollout::explain::explanation::Explanation;
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
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

pub(super) fn address_in_use(container: &ContainerView, words: Words) -> Explanation {
    let title = container.title();
    let port = port(words);
    let of = port.map(|port| format!(" {port}")).unwrap_or_default();
    let others = container.beside();
    let ports = others.clone().flat_map(|other| other.ports.iter().flatten().map(move |port| (other, port)));
    let hint = match ports.into_iter().find(|(_, declared)| Some(declared.container_port) == port) {
        Some((other, declared)) => Remedy::given(
            declared,
            format!("container {} of the same pod listens there: give one of them another port", escape(&other.name)),
        ),
        None if others.count() > 0 => Remedy::look(
            "the containers of a pod share their ports: does another one listen there, or does the program start twice?",
        ),
        None => Remedy::look("does the program start twice, or open the port a second time?"),
    };
    Explanation { what: format!("{title} cannot listen: its port{of} is taken in the pod"), hint }
}
