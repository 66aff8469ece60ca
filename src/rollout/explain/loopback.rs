//! A port on which something listens in the pod while the probe is refused there. It may be the loopback only; or the
//! program began to listen a moment after the last probe, and the next one passes.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Probe;

use super::asked::records;
use super::probe_budget::{delay, period, successes, timeout};
use crate::rollout::model::LookupResult;
use crate::rollout::view::ContainerView;

/// What happened just before a look-up may be told just after it.
const TOLD: SignedDuration = SignedDuration::from_secs(2);
/// The status follows a probe that passed within this.
const STATUS: SignedDuration = SignedDuration::from_secs(5);
/// Whoever looks for the first time at what has run for so long looks at no start.
const OLD: SignedDuration = SignedDuration::from_secs(70);

/// The port of the probe, found open from within the pod.
pub(super) struct Open<'a> {
    /// The look-up that showed it last.
    pub seen: &'a LookupResult,
    /// Whether the probe was refused since: then only the pod itself reaches it.
    pub is_loopback: bool,
}

/// None where nothing listened there when that was looked up last.
pub(super) fn open<'a>(container: &ContainerView<'a>, probe: &Probe, port: i32) -> Option<Open<'a>> {
    let (mut seen, mut first, mut was_closed) = (None, None, false);
    for record in records(container) {
        match &record.result {
            result @ LookupResult::Listens(ports) if ports.contains(&port) => {
                seen = Some(result);
                first = first.or(Some(record.at));
            }
            LookupResult::Listens(_) => (seen, first, was_closed) = (None, None, true),
            _ => {}
        }
    }
    let (seen, first) = seen.zip(first)?;
    let started = container.status.and_then(|status| status.state.as_ref()?.running.as_ref()?.started_at.as_ref());
    let is_old = started.is_some_and(|at| first.duration_since(at.0) >= OLD + SignedDuration::from_secs(delay(probe)));
    Some(Open { seen, is_loopback: is_refused_since(container, probe, first) || is_old && !was_closed })
}

/// Whether the probe has failed after this moment: the kubelet says so, or it has had its turn, and the container is not
/// ready for it.
pub(super) fn is_refused_since(container: &ContainerView, probe: &Probe, open: Timestamp) -> bool {
    let turn = SignedDuration::from_secs(successes(probe) * period(probe) + timeout(probe));
    container.timeline.probe_failed_at().is_some_and(|failed| failed >= open + TOLD)
        || container.now >= open + turn + STATUS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::model::Snapshot;
    use crate::rollout::view::{RolloutView, Timelines};
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::found_a_moment_ago(&[(5, false), (20, true)], 21, Some(false))]
    #[case::the_next_probe_failed_too(&[(5, false), (20, true)], 40, Some(true))]
    #[case::found_twice(&[(20, true), (35, true)], 36, Some(true))]
    #[case::closed_again(&[(5, true), (35, false)], 40, None)]
    #[case::an_old_one_looked_at_once(&[(600, true)], 600, Some(true))]
    #[case::an_old_one_that_begins_to_listen(&[(580, false), (600, true)], 601, Some(false))]
    #[case::never_asked(&[], 40, None)]
    fn only_a_probe_that_fails_later_shows_the_loopback(
        #[case] asked: &[(i64, bool)],
        #[case] now: i64,
        #[case] expected: Option<bool>,
    ) {
        let at = |seconds: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let lookups: Vec<_> = asked
            .iter()
            .map(|(when, is_open)| {
                let ports: &[i32] = if *is_open { &[8080] } else { &[] };
                let lookup = json!({"listens": {"pod": "api-1-a", "ports": [8080]}});
                json!({"lookup": lookup, "at": at(*when).to_string(), "result": {"listens": ports}})
            })
            .collect();
        let running = json!({"running": {"startedAt": at(0).to_string()}});
        let snapshot: Snapshot = serde_json::from_value(json!({
            "deployment": {"metadata": {"name": "api", "uid": "d"}, "spec": {"selector": {}, "template": {}}},
            "replicaSets": [{"metadata": {"name": "api-1", "uid": "r", "ownerReferences": [{"uid": "d"}]}}],
            "pods": [{
                "metadata": {"name": "api-1-a", "uid": "p", "ownerReferences": [{"uid": "r"}]},
                "spec": {"containers": [{"name": "app"}]},
                "status": {"containerStatuses": [{"name": "app", "state": running}]},
            }],
            "lookups": lookups,
        }))
        .expect("a snapshot");
        let view = RolloutView::new(&snapshot, &Timelines::default(), at(now));
        let probe: Probe = serde_yaml::from_str("{tcpSocket: {port: 8080}}").expect("a probe");
        let found = open(&view.pods[0].containers[0], &probe, 8080);
        assert_eq!(found.map(|open| open.is_loopback), expected);
    }
}
