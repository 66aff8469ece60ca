//! Follows a rollout until it is ready, has failed, or the deadline is over.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;

use super::bake::Bake;
use super::milestones::Milestones;
use super::show::Show;
use super::verdict;
use crate::cluster::{self, Cluster, Watch};
use crate::commands::answers::answer;
use crate::error::{Error, Result};
use crate::rollout::{Answer, Ask, Assessment, Graces, Log, LogRequest, Snapshot, Tracker, Verdict};
use crate::telemetry::Recorder;

/// Graces end without any change in the cluster.
const TICK: Duration = Duration::from_secs(1);
/// The verdict is known; what would make its evidence fuller may take this long.
const EVIDENCE: Duration = Duration::from_secs(5);

/// A rollout to follow.
pub struct Rollout<'a> {
    pub cluster: &'a Cluster,
    /// As the apply answered it.
    pub deployment: Deployment,
    pub graces: Graces,
    pub started: Instant,
}

/// What was asked for beside the watch, and what came back.
#[derive(Default)]
struct Evidence {
    /// Questions on their way.
    asked: BTreeSet<Ask>,
    logs: Vec<Log>,
    answers: Vec<Answer>,
}

/// A rollout that came to be ready.
pub struct Ready {
    pub replicas: i32,
    /// Milliseconds since the run started. Looking on afterwards is not counted.
    pub at: f64,
}

impl Rollout<'_> {
    /// Returns when all replicas are available and, where no probe says that they work, have stayed up for a while.
    ///
    /// # Errors
    /// With the cause when it fails, and with what it waits for when it takes too long.
    pub async fn follow(&self, mut watch: Watch, show: &Show<'_>, run: &Recorder) -> Result<Ready> {
        let deadline = Duration::try_from(self.graces.rollout).unwrap_or_default();
        let mut timeout = pin!(tokio::time::sleep(deadline.saturating_sub(self.started.elapsed())));
        let mut tracker = Tracker::new(self.graces);
        let mut milestones = Milestones::new(run.elapsed_ms());
        let mut bake = Bake::of(&self.deployment);
        let mut evidence = Evidence::default();
        let mut asking = FuturesUnordered::new();
        let mut live = show.live();
        let mut now = Timestamp::now();
        loop {
            // The wall clock may be set back meanwhile; the tracker's may not.
            now = now.max(Timestamp::now());
            let snapshot = self.snapshot(&watch, &evidence);
            let mut assessment = tracker.observe(&snapshot, now);
            milestones.note(&assessment, &snapshot, run.elapsed_ms());
            if let Some(error) = self.lost(&watch) {
                live.failed("cannot be followed");
                return Err(error);
            }
            let late = timeout.is_elapsed().then_some(deadline);
            if assessment.verdict == Verdict::Failed || late.is_some() {
                let requests = std::mem::take(&mut assessment.needs_logs);
                let logs = tokio::time::timeout(EVIDENCE, self.fetch(requests, &evidence)).await;
                evidence.logs.extend(logs.unwrap_or_default());
                let snapshot = self.snapshot(&watch, &evidence);
                let assessment = tracker.observe(&snapshot, now);
                live.failed(if late.is_some() { "not ready in time" } else { "failed" });
                show.findings(&assessment);
                return Err(verdict::failed(self.cluster, &assessment, &snapshot, late));
            }
            let mut next_look = until_next_look(&assessment, now);
            if assessment.verdict == Verdict::Ready {
                let at = milestones.ready(run.elapsed_ms());
                let left = bake.left(assessment.exits, Instant::now());
                if left.is_zero() {
                    milestones.record(run, run.elapsed_ms());
                    live.done(&assessment);
                    return Ok(Ready { replicas: assessment.ready, at });
                }
                next_look = next_look.min(left);
                live.bake(&assessment, left);
            } else {
                bake.again();
                milestones.not_ready();
                live.tell(&assessment, &self.troubles(&watch), now);
            }
            for ask in std::mem::take(&mut assessment.asks) {
                if evidence.asked.insert(ask.clone()) {
                    asking.push(answer(self.cluster, ask));
                }
            }
            tokio::select! {
                () = watch.changed() => {}
                Some(answer) = asking.next() => {
                    evidence.asked.remove(&answer.ask);
                    evidence.answers.push(answer);
                }
                () = tokio::time::sleep(next_look) => {}
                () = &mut timeout => {}
            }
        }
    }

    /// Why there is nothing more to see.
    fn lost(&self, watch: &Watch) -> Option<Error> {
        let deleted = || watch.is_deleted(&self.deployment).then(|| verdict::deleted(self.cluster, &self.deployment));
        watch.blind(self.cluster).or_else(deleted)
    }

    /// Why less may be seen than there is.
    fn troubles(&self, watch: &Watch) -> Vec<String> {
        let refused = watch.refused();
        let refused = (!refused.is_empty()).then(|| {
            format!("you may not watch {} in {}: causes stay hidden", refused.join(", "), self.cluster.namespace)
        });
        refused.into_iter().chain(watch.trouble()).collect()
    }

    fn snapshot(&self, watch: &Watch, evidence: &Evidence) -> Snapshot {
        let mut snapshot = watch.snapshot(&self.deployment);
        snapshot.logs.clone_from(&evidence.logs);
        snapshot.answers.clone_from(&evidence.answers);
        snapshot
    }

    async fn fetch(&self, requests: Vec<LogRequest>, evidence: &Evidence) -> Vec<Log> {
        let is_there = |request: &LogRequest| evidence.logs.iter().any(|log| log.request == *request);
        let missing = requests.into_iter().filter(|request| !is_there(request));
        join_all(missing.map(|request| cluster::fetch_log(self.cluster, request))).await
    }
}

/// The moment a grace ends, or the next tick.
fn until_next_look(assessment: &Assessment, now: Timestamp) -> Duration {
    match assessment.verdict {
        Verdict::Wait { gives_up_at: Some(at) } => {
            let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            // Never busy: what is due now was judged now.
            left.clamp(Duration::from_millis(50), TICK)
        }
        _ => TICK,
    }
}
