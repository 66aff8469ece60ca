//! Follows a rollout until it is ready, has failed, or the deadline is over.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;

use super::milestones::Milestones;
use super::show::Show;
use super::verdict;
use crate::cluster::{self, Cluster, Watch};
use crate::error::Result;
use crate::image;
use crate::rollout::{Answer, Ask, Assessment, Found, Graces, Log, LogRequest, Snapshot, Tracker, Verdict};
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
    logs: Vec<Log>,
    answers: Vec<Answer>,
}

impl Rollout<'_> {
    /// Returns the Deployment as it is when all its replicas are available.
    ///
    /// # Errors
    /// With the cause when it fails, and with what it waits for when it takes too long.
    pub async fn follow(&self, mut watch: Watch, show: &Show<'_>, run: &Recorder) -> Result<Deployment> {
        let deadline = Duration::try_from(self.graces.rollout).unwrap_or_default();
        let mut timeout = pin!(tokio::time::sleep(deadline.saturating_sub(self.started.elapsed())));
        let mut tracker = Tracker::new(self.graces);
        let mut milestones = Milestones::new(run.elapsed_ms());
        let mut evidence = Evidence::default();
        let mut asking = FuturesUnordered::new();
        let mut asked: Vec<Ask> = Vec::new();
        let mut live = show.live();
        let mut now = Timestamp::now();
        loop {
            // The wall clock may be set back meanwhile; the tracker's may not.
            now = now.max(Timestamp::now());
            let snapshot = self.snapshot(&watch, &evidence);
            let mut assessment = tracker.observe(&snapshot, now);
            milestones.note(&assessment, &snapshot, run.elapsed_ms());
            if let Some(error) = watch.blind(self.cluster) {
                return Err(error);
            }
            if watch.is_deleted(&self.deployment) {
                live.failed("the Deployment was deleted");
                return Err(verdict::deleted(self.cluster, &self.deployment));
            }
            let is_late = timeout.is_elapsed();
            if assessment.verdict == Verdict::Failed || is_late {
                let requests = std::mem::take(&mut assessment.needs_logs);
                let logs = tokio::time::timeout(EVIDENCE, self.fetch(requests, &evidence)).await;
                evidence.logs.extend(logs.unwrap_or_default());
                let snapshot = self.snapshot(&watch, &evidence);
                let mut assessment = tracker.observe(&snapshot, now);
                self.compare_with_nodes(&mut assessment).await;
                let late = is_late.then_some(deadline);
                live.failed(if late.is_some() { "not ready in time" } else { "failed" });
                show.findings(&assessment.findings);
                return Err(verdict::failed(self.cluster, &assessment, &snapshot, late));
            }
            live.tell(&assessment, watch.trouble().as_deref(), now);
            if assessment.verdict == Verdict::Ready {
                milestones.record(run, run.elapsed_ms());
                live.done(&assessment);
                return Ok(snapshot.deployment);
            }
            for ask in std::mem::take(&mut assessment.asks) {
                if !asked.contains(&ask) {
                    asked.push(ask.clone());
                    asking.push(answer(self.cluster, ask));
                }
            }
            tokio::select! {
                () = watch.changed() => {}
                Some(answer) = asking.next() => {
                    asked.retain(|ask| *ask != answer.ask);
                    evidence.answers.push(answer);
                }
                () = tokio::time::sleep(until_next_look(&assessment, now)) => {}
                () = &mut timeout => {}
            }
        }
    }

    /// "No node is large enough" is worth more beside what the nodes have.
    async fn compare_with_nodes(&self, assessment: &mut Assessment) {
        if let Some(finding) = assessment.findings.iter_mut().find(|finding| finding.reason == "Unschedulable")
            && let Ok(Some(largest)) = tokio::time::timeout(EVIDENCE, cluster::largest_node(self.cluster)).await
        {
            finding.evidence.push(largest);
        }
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

/// Asks the registry or the cluster what is really there.
async fn answer(cluster: &Cluster, ask: Ask) -> Answer {
    if let Some(answer) = cluster::answer(cluster, &ask).await {
        return answer;
    }
    let found = match &ask {
        Ask::Image(reference) => match image::resolve(reference).await {
            Ok(_) => Found::Present(Vec::new()),
            Err(error) if error.reason.as_deref() == Some("ImageNotFound") => {
                Found::Absent(image::tags(reference).await.unwrap_or_default())
            }
            Err(_) => Found::Unknown,
        },
        Ask::Secret(_) | Ask::ConfigMap(_) => Found::Unknown,
    };
    Answer { ask, at: Timestamp::now(), found }
}
