//! A workload that runs already, judged as a deploy would have: status and why print it.

use futures::future::join_all;
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use tokio::sync::OnceCell;

use super::lookups::answer;
use super::served;
use super::serving::{Serving, before, is_going};
use crate::cluster::connect::Cluster;
use crate::cluster::logs;
use crate::rollout::{
    Assessment, Finding, Graces, Lookup, LookupRecord, Snapshot, Status, Tracker, Verdict, Workload, is_ready,
};

/// Rounds of questions: an answer may raise one more.
const ROUNDS: usize = 2;
/// Workloads whose logs and questions are fetched at the same time.
const PARALLEL: usize = 8;

pub struct Judged {
    pub snapshot: Snapshot,
    pub assessment: Assessment,
    pub serving: Serving,
    /// What is ready, and not what was asked for; a sentence each.
    pub buts: Vec<String>,
}

/// How well it is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Failed,
    /// Something is wrong that may fix itself.
    Sick,
    /// It starts, and nothing is wrong.
    Starting,
    Fine,
}

/// Judges each, and looks at the Services that are meant to lead there: once for all of a namespace.
pub async fn judge_all(cluster: &Cluster, snapshots: Vec<Snapshot>) -> Vec<Judged> {
    let nodes = OnceCell::new();
    let judging = snapshots.into_iter().map(|snapshot| judge_among(cluster, snapshot, &nodes));
    let mut judged: Vec<Judged> = stream::iter(judging).buffered(PARALLEL).collect().await;
    let is_ready = |one: &&Judged| one.assessment.status == Status::Current;
    // What is not ready has its own cause.
    let ready: Vec<&Workload> = judged.iter().filter(is_ready).map(Judged::workload).collect();
    let mut buts = served::by_namespace(cluster, &ready, &[]).await;
    for (at, one) in judged.iter_mut().filter(|one| is_ready(&&**one)).enumerate() {
        let own = buts.extract_if(.., |(of, _)| *of == at).map(|(_, but)| but);
        one.buts = one.workload().idle().into_iter().chain(own).collect();
    }
    judged
}

/// Judges what is seen now. What is so now is taken to have been so since its newest timestamp: nobody watched, and a
/// crash loop of an hour needs no grace.
pub async fn judge(cluster: &Cluster, snapshot: Snapshot) -> Judged {
    judge_among(cluster, snapshot, &OnceCell::new()).await
}

/// `nodes`: what the nodes offer, which is asked once for all that are judged together.
async fn judge_among(cluster: &Cluster, mut snapshot: Snapshot, nodes: &OnceCell<LookupRecord>) -> Judged {
    let cluster = Cluster { namespace: snapshot.workload.namespace().to_owned(), ..cluster.clone() };
    let mut tracker = Tracker::new(Graces::default());
    let now = Timestamp::now();
    tracker.observe(&snapshot, newest_change(&snapshot).unwrap_or(now).min(now));
    let mut assessment = tracker.observe(&snapshot, now);
    for _ in 0..ROUNDS {
        let (logs, asks) = (std::mem::take(&mut assessment.needs_logs), std::mem::take(&mut assessment.needs_lookups));
        if logs.is_empty() && asks.is_empty() {
            break;
        }
        let logs = join_all(logs.into_iter().map(|request| logs::fetch(&cluster, request)));
        let of_cluster = |ask: Lookup| async {
            match ask {
                Lookup::Nodes => nodes.get_or_init(|| answer(&cluster, ask)).await.clone(),
                ask => answer(&cluster, ask).await,
            }
        };
        let answers = join_all(asks.into_iter().map(of_cluster));
        let (logs, answers) = futures::join!(logs, answers);
        snapshot.logs.extend(logs);
        snapshot.lookups.extend(answers);
        assessment = tracker.observe(&snapshot, Timestamp::now().max(now));
    }
    let serving = Serving::of(&cluster, &assessment, &snapshot).await;
    Judged { snapshot, assessment, serving, buts: Vec::new() }
}

impl Judged {
    #[must_use]
    pub fn workload(&self) -> &Workload {
        &self.snapshot.workload
    }

    #[must_use]
    pub fn health(&self) -> Health {
        match (self.assessment.status, self.assessment.verdict) {
            (Status::Failed, _) | (_, Verdict::Failed) => Health::Failed,
            _ if !self.assessment.findings.is_empty() => Health::Sick,
            (Status::Current, _) => Health::Fine,
            _ => Health::Starting,
        }
    }

    /// `1 of 2 replicas are ready; 2 replicas of the previous revision still serve`
    #[must_use]
    pub fn tally(&self) -> String {
        let tally = &self.assessment.tally;
        let going = before(&self.assessment, &self.snapshot).filter(|pod| is_going(pod)).count();
        match self.serving.text() {
            None if going > 0 && self.assessment.status == Status::Current => {
                format!("{tally}; {going} of the previous revision are stopping")
            }
            None => tally.clone(),
            Some(serving) => format!("{tally}; {serving}"),
        }
    }
}

/// What is ready and not what was asked for, as status and why print it.
pub fn but_lines(buts: &[String]) -> impl Iterator<Item = String> + '_ {
    buts.iter().map(|but| format!("ready, but {but}"))
}

/// A finding as the error of a failed deploy shows it.
#[must_use]
pub fn lines(finding: &Finding, most: usize) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", finding.reason, finding.what), format!("  --> {}", finding.object)];
    // What is cut off is not announced.
    let is_cut = finding.evidence.len() > most;
    let whole = |line: &'_ str| {
        if is_cut { line.trim_end_matches("; the log of the last:").to_owned() } else { line.to_owned() }
    };
    lines.extend(finding.evidence.iter().take(most).map(|line| format!("  | {}", whole(line))));
    lines.push(format!("  = {}", finding.how_sure()));
    lines.push(format!("hint: {}", finding.hint));
    lines
}

fn condition<'p>(pod: &'p Pod, of: &str) -> Option<(&'p str, Option<Timestamp>)> {
    let conditions = pod.status.as_ref()?.conditions.as_deref()?;
    let condition = conditions.iter().find(|condition| condition.type_ == of)?;
    Some((&condition.status, condition.last_transition_time.as_ref().map(|time| time.0)))
}

/// When something last became otherwise: a pod was made, placed or started, a condition of the workload turned.
fn newest_change(snapshot: &Snapshot) -> Option<Timestamp> {
    let open = || snapshot.pods.iter().filter(|pod| !is_ready(pod));
    let created = open().filter_map(ResourceExt::creation_timestamp).map(|time| time.0);
    let placed = open().filter_map(|pod| condition(pod, "PodScheduled")?.1);
    let started =
        open().flat_map(|pod| pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten()));
    let started =
        started.filter_map(|container| Some(container.state.as_ref()?.running.as_ref()?.started_at.as_ref()?.0));
    let newest = created.chain(placed).chain(started).max();
    newest.or_else(|| snapshot.workload.metadata().creation_timestamp.as_ref().map(|time| time.0))
}
