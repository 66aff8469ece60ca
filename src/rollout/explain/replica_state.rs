//! What a new pod does or waits for, in a few words, while nothing is wrong with it.

use crate::rollout::text::escape;
use crate::rollout::view::{ContainerView, PodView};

pub(in crate::rollout) fn replica_state(pod: &PodView) -> String {
    if pod.is_ready() {
        return "ready".to_owned();
    }
    if pod.condition("PodScheduled").is_none_or(|(status, ..)| status != "True") {
        return "waits for a node".to_owned();
    }
    let waits = pod.containers.iter().find(|container| !is_done(container));
    waits.map_or_else(|| "waits to be ready".to_owned(), |container| waits_for(pod, container))
}

fn is_done(container: &ContainerView) -> bool {
    if container.init && !container.is_sidecar() {
        container.terminated().is_some_and(|exit| exit.exit_code == 0)
    } else if container.init {
        container.is_started()
    } else {
        // One of a Job may be done before the others.
        container.is_ready() || container.is_to_end() && container.terminated().is_some_and(|exit| exit.exit_code == 0)
    }
}

fn waits_for(pod: &PodView, container: &ContainerView) -> String {
    if container.is_running() {
        return match (container.init, container.spec.startup_probe.is_some() && !container.is_started()) {
            (true, _) => format!("runs {}", container.title()),
            (false, true) => "starts: the startup probe has not passed yet".to_owned(),
            (false, false) => "runs: the readiness probe has not passed yet".to_owned(),
        };
    }
    let pulls = |reason| container.event(reason).is_some();
    if pulls("Pulling") && !pulls("Pulled") {
        return format!("pulls {}", escape(container.spec.image.as_deref().unwrap_or("its image")));
    }
    match container.waiting_reason() {
        "" | "ContainerCreating" | "PodInitializing" if pod.events.is_empty() => "waits for its node".to_owned(),
        "" | "ContainerCreating" | "PodInitializing" => "creates its containers".to_owned(),
        reason => escape(reason),
    }
}
