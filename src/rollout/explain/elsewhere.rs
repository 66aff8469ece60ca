//! Whether it is proven that a container answers elsewhere than its probe asks: on another port or path, or only on its
//! loopback. Nothing else proves that a probe never passes: a cache may take minutes to warm up.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Probe;

use super::asked::records;
use super::http_lookup::{NOT_SERVED, REFUSED, may_be_meant, probe_port, shows_elsewhere};
use super::loopback::is_refused_since;
use super::probe_budget::longest_budget;
use crate::rollout::diagnosis::Proof;
use crate::rollout::model::{Graces, LookupResult};
use crate::rollout::view::ContainerView;

/// Another path of the same port is the weakest of them: a router may be mounted while the cache behind it warms up.
const PATH: SignedDuration = SignedDuration::from_secs(60);

/// What was found each time since the first of these moments, the second one included.
#[derive(Debug, Clone, Copy)]
pub(in crate::rollout) struct Elsewhere {
    since: Timestamp,
    seen: Timestamp,
    /// When it has lasted long enough, if it lasts.
    pub due: Timestamp,
    /// Whether it is only that something listens in the pod where the probe is refused.
    within: bool,
}

impl Elsewhere {
    /// By what was asked of the present instance. `failure`: what the kubelet says of the probe.
    pub fn of(container: &ContainerView, probe: &Probe, failure: &str, graces: &Graces) -> Option<Self> {
        let running = container.timeline.running_since()?;
        let port = probe_port(container.spec, probe)?;
        let (is_refused, is_not_served) = (failure.contains(REFUSED), failure.contains(NOT_SERVED));
        // By HTTP and by TCP: each is asked for itself.
        let mut found: [Option<Self>; 2] = [None; 2];
        // Each is started anew with the container; a readiness probe that waits for the startup probe begins after it.
        let probed = container.timeline.unready_since().unwrap_or(running);
        let of_path = (probed + longest_budget(probe)).max(running + PATH);
        for record in records(container).filter(|record| record.at >= running) {
            let (which, shows, within) = match &record.result {
                LookupResult::Http(replies) if is_refused || is_not_served => {
                    (0, replies.iter().any(|reply| shows_elsewhere(container, probe, reply)), false)
                }
                LookupResult::Listens(ports) if is_refused => {
                    let is_other = |other: &i32| probe.http_get.is_none() && may_be_meant(container, probe, *other);
                    let (own, other) = (ports.contains(&port), ports.iter().any(is_other));
                    (1, own || other, !other)
                }
                _ => continue,
            };
            let since = found[which].map_or(record.at, |known| known.since);
            let grace = since + graces.probe;
            let due = if is_not_served { grace.max(of_path) } else { grace };
            found[which] = shows.then_some(Self { since, seen: record.at, due, within });
        }
        found.into_iter().flatten().min_by_key(|found| found.due)
    }

    /// It has to be so for the grace of probes, and still at its end.
    pub fn proof(self, container: &ContainerView, probe: &Probe) -> Option<Proof> {
        let Self { since, seen, due, within } = self;
        let lasts = container.now < due || seen >= due;
        // It may have begun to listen after the last probe.
        let is_sure = !within || is_refused_since(container, probe, since);
        (lasts && is_sure).then(|| Proof::by(due, "it was asked again and again, and answers elsewhere"))
    }
}
