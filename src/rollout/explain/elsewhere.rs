//! Whether it is proven that a container answers elsewhere than its probe asks: on another port or path, or only on its
//! loopback. Nothing else proves that a probe never passes: a cache may take minutes to warm up.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Probe;

use super::http_lookup::{NOT_SERVED, REFUSED, may_be_meant, port_of, records, shows_elsewhere};
use crate::rollout::diagnosis::Proof;
use crate::rollout::model::{Graces, LookupResult};
use crate::rollout::view::ContainerView;

/// What was found each time since the first of these moments, the second one included.
#[derive(Debug, Clone, Copy)]
pub(in crate::rollout) struct Elsewhere {
    pub since: Timestamp,
    seen: Timestamp,
}

impl Elsewhere {
    /// By what was asked of the present instance. `failure`: what the kubelet says of the probe.
    pub fn of(container: &ContainerView, probe: &Probe, failure: &str) -> Option<Self> {
        let running = container.timeline.running_since()?;
        let port = port_of(container, probe)?;
        let (is_refused, is_not_served) = (failure.contains(REFUSED), failure.contains(NOT_SERVED));
        // By HTTP and by TCP: each is asked for itself.
        let mut found: [Option<Self>; 2] = [None; 2];
        for record in records(container).filter(|record| record.at >= running) {
            let (which, shows) = match &record.result {
                LookupResult::Http(replies) if is_refused || is_not_served => {
                    (0, replies.iter().any(|reply| shows_elsewhere(container, probe, reply)))
                }
                LookupResult::Listens(ports) if is_refused => {
                    let is_other = |other: &i32| probe.http_get.is_none() && may_be_meant(container, probe, *other);
                    (1, ports.iter().any(|other| *other == port || is_other(other)))
                }
                _ => continue,
            };
            let since = found[which].map_or(record.at, |known| known.since);
            found[which] = shows.then_some(Self { since, seen: record.at });
        }
        found.into_iter().flatten().min_by_key(|found| found.since)
    }

    /// It has to be so for the grace of probes, and still at its end.
    pub fn proof(self, graces: &Graces, now: Timestamp) -> Option<Proof> {
        let due = self.since + graces.probe;
        (now < due || self.seen >= due).then(|| Proof::by(due, "it was asked again and again, and answers elsewhere"))
    }
}
