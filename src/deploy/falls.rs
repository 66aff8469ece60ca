//! The rule that decides after Ready: every replica was in trouble, and a single one more than once. Pure.
//!
//! One crash of one replica is not a verdict: it may be its last (docs/deploy.md).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;

/// How often each new replica fell since it was ready first.
#[derive(Debug, Clone, Default)]
pub struct Falls {
    pods: BTreeMap<String, Seen>,
}

/// One replica since it was ready first.
#[derive(Debug, Clone, Default)]
struct Seen {
    ready: bool,
    lost: i32,
    restarts_before: i32,
    restarts: i32,
}

impl Seen {
    /// A crash loses readiness too, so the larger number tells how often something broke.
    fn troubles(&self) -> i32 {
        self.lost.max(self.restarts - self.restarts_before)
    }
}

impl Falls {
    /// Notes how a replica is now; what came before the first note does not count.
    pub fn note(&mut self, pod: &str, ready: bool, restarts: i32) {
        let new = Seen { ready, restarts_before: restarts, ..Seen::default() };
        let seen = self.pods.entry(pod.to_owned()).or_insert(new);
        seen.lost += i32::from(seen.ready && !ready);
        seen.ready = ready;
        seen.restarts = restarts;
    }

    /// How often any of them fell.
    pub fn total(&self) -> i32 {
        self.pods.values().map(Seen::troubles).sum()
    }

    /// Every replica was in trouble, and a single one more than once.
    pub fn are_decisive(&self) -> bool {
        let all = !self.pods.is_empty() && self.pods.values().all(|seen| seen.troubles() > 0);
        all && (self.pods.len() > 1 || self.total() > 1)
    }
}

/// How often its containers were started anew.
pub fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    statuses.iter().map(|status| status.restart_count).sum()
}
