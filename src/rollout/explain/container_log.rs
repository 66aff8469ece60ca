//! The log of a container that belongs to the evidence.

use crate::rollout::model::{Log, LogRequest};
use crate::rollout::text::is_log;
use crate::rollout::view::ContainerView;

/// A Job that gives up removes its active pods, and one that is started again (`OnFailure`) is active until then
/// (`deleteActivePods`, pkg/controller/job).
pub(in crate::rollout) const KEEPS_ITS_LOG: &str = "`restartPolicy: Never` keeps each pod that failed, and its log";

/// As far as it is known.
pub(in crate::rollout) struct ContainerLog<'a> {
    /// One in which something is written.
    pub written: Option<&'a Log>,
    /// When there is a newer one to fetch.
    pub request: Option<LogRequest>,
}

impl<'a> ContainerLog<'a> {
    pub fn text(&self) -> Option<&'a str> {
        self.written.map(|log| log.text.as_str())
    }

    /// Of the newest instance that ended.
    pub fn of_last_exit(container: &ContainerView<'a>) -> Self {
        let logs: Vec<&'a Log> = container.logs().collect();
        let written = logs.iter().copied().filter(|log| is_log(&log.text)).max_by_key(|log| log.request.restarts);
        // While it waits or has ended, the present instance is the one that ended. The other one is asked for when the
        // first was already collected by the kubelet.
        let requests = [container.is_running(), !container.is_running()]
            .map(|previous| LogRequest { previous, ..Self::request(container) });
        for request in requests {
            match logs.iter().find(|log| log.request == request) {
                None => return Self { written, request: Some(request) },
                Some(log) if is_log(&log.text) => return Self { written, request: None },
                Some(_) => {}
            }
        }
        Self { written, request: None }
    }

    /// Of the instance that runs.
    pub fn of_current(container: &ContainerView<'a>) -> Self {
        let request = Self::request(container);
        match container.logs().find(|log| log.request == request) {
            Some(log) => Self { written: Some(log).filter(|log| is_log(&log.text)), request: None },
            None => Self { written: None, request: Some(request) },
        }
    }

    /// For the log of the instance that runs.
    pub fn request(container: &ContainerView) -> LogRequest {
        LogRequest {
            pod: container.pod.metadata.name.clone().unwrap_or_default(),
            container: container.name().to_owned(),
            previous: false,
            restarts: container.restarts(),
        }
    }
}
