//! One workload of a set that is followed: what is known of it, what was asked about it, and what it came to.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::bake::Bake;
use super::lookout::Watched;
use super::milestones::Milestones;
use crate::cluster::apply::wake;
use crate::cluster::connect::Cluster;
use crate::cluster::logs;
use crate::cluster::records::WriteGuard;
use crate::cluster::watch::Watch;
use crate::diagnose::lookups::answer;
use crate::event::Row;
use crate::rollout::{
    Assessment, Finding, Graces, Log, LogRequest, Lookup, LookupRecord, Snapshot, Tracker, Verdict, Workload,
};

/// How long the events of a Job that is gone may take to arrive.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Graces end without any change in the cluster.
const TICK: Duration = Duration::from_secs(1);
/// Who waits at a prompt waits no longer than this for a pod that there is room for by now.
const WAKE: SignedDuration = SignedDuration::from_secs(3);

/// What else of a set is on its way is named up to this number.
const BESIDE: usize = 3;
/// How old what is known of a log may be that goes with its pod.
const VANISHING: Duration = Duration::from_secs(3);
/// Logs that are read once more for the verdict.
const AGAIN: usize = 4;

pub struct Tracked {
    /// As the apply answered it.
    pub applied: Workload,
    pub assessment: Assessment,
    pub snapshot: Snapshot,
    pub milestones: Milestones,
    tracker: Tracker,
    bake: Bake,
    /// Of the watch, when it was looked at last.
    version: Option<u64>,
    /// When it is to be looked at again though nothing changed.
    next: Timestamp,
    asked: BTreeSet<Lookup>,
    fetched: BTreeSet<LogRequest>,
    logs: Vec<Log>,
    /// When those that may be gone soon were read last.
    vanishing: Option<Instant>,
    answers: Vec<LookupRecord>,
    /// When its ReplicaSet was refused a pod, or woken since.
    woken: Option<Timestamp>,
    /// What else of the set is on its way.
    unfinished: Vec<String>,
    /// What was wrong last: a container that just restarted is well for a moment.
    trouble: Vec<Finding>,
    /// Since when the watch says that it is deleted.
    deleted: Option<Instant>,
}

/// What was asked for beside the watch, for the track with this number.
pub enum Got {
    Log(usize, Log),
    Answer(usize, Box<LookupRecord>),
}

impl Tracked {
    /// What the apply's answer alone says of it.
    pub fn new(applied: Workload, graces: Graces, bake: Bake, now: Timestamp, started: f64) -> Self {
        let snapshot = Snapshot { workload: applied.clone(), ..Snapshot::default() };
        let mut tracker = Tracker::new(graces);
        Self {
            assessment: tracker.observe(&snapshot, now),
            bake,
            milestones: Milestones::new(started),
            version: None,
            next: now,
            asked: BTreeSet::new(),
            fetched: BTreeSet::new(),
            logs: Vec::new(),
            vanishing: None,
            answers: Vec::new(),
            woken: None,
            unfinished: Vec::new(),
            trouble: Vec::new(),
            deleted: None,
            applied,
            snapshot,
            tracker,
        }
    }

    pub fn is_ready(&self) -> bool {
        self.assessment.verdict == Verdict::Ready
    }

    pub fn is_failed(&self) -> bool {
        self.assessment.verdict == Verdict::Failed
    }

    /// Looks again where something changed or a grace may have ended.
    pub fn look(&mut self, watch: &Watch, now: Timestamp, elapsed_ms: f64) {
        if self.deleted.is_none() && watch.is_deleted(self.applied.uid()) {
            self.deleted = Some(Instant::now());
        }
        let version = Some(watch.version(self.applied.uid()));
        if self.version == version && (self.is_ready() || now < self.next) {
            return;
        }
        self.version = version;
        self.snapshot = watch.snapshot(&self.applied);
        self.judge(now);
        self.milestones.note(&self.assessment, &self.snapshot, elapsed_ms);
        // What is not probed is ready at each start: as long as the rest of the set is on its way, its ends tell nothing.
        if self.unfinished.is_empty() {
            self.bake.note(self.is_ready(), &self.assessment.replicas, &self.snapshot.pods, Instant::now());
        }
        if self.is_ready() {
            self.milestones.ready(elapsed_ms);
        } else {
            self.milestones.not_ready();
        }
    }

    /// Whether it is on its way and may get there: a Job tries again as often as it says, anything else that ends again and
    /// again waits for others itself.
    fn is_unfinished(&self) -> bool {
        let is_job = matches!(self.applied, Workload::Job(_));
        !self.is_ready() && !self.is_failed() && (is_job || !self.assessment.is_looping)
    }

    /// Notes what else of the set is on its way: a program may need it to start.
    pub fn wait_for_others(tracks: &mut [Self], others: &[String]) {
        let is_open = |(at, track): (usize, &Self)| track.is_unfinished().then(|| (at, track.applied.describe()));
        // One more than are named, because none is beside itself.
        let open: Vec<(usize, String)> = tracks.iter().enumerate().filter_map(is_open).take(BESIDE + 1).collect();
        for (at, track) in tracks.iter_mut().enumerate() {
            let beside = open.iter().filter(|(other, _)| *other != at).map(|(_, object)| object);
            let unfinished: Vec<String> = beside.chain(others).take(BESIDE).cloned().collect();
            if unfinished != track.unfinished {
                track.unfinished = unfinished;
                track.version = None;
            }
        }
    }

    /// Judges what is known, the answers included.
    pub fn judge(&mut self, now: Timestamp) {
        self.snapshot.unfinished.clone_from(&self.unfinished);
        self.snapshot.logs.clone_from(&self.logs);
        self.snapshot.lookups.clone_from(&self.answers);
        self.assessment = self.tracker.observe(&self.snapshot, now);
        if !self.assessment.findings.is_empty() {
            self.trouble.clone_from(&self.assessment.findings);
        } else if self.is_broken() {
            self.assessment.findings.clone_from(&self.trouble);
        }
        self.next = now + until_next_look(&self.assessment, now);
    }

    /// Asks what would tell a doomed rollout from one that only needs a moment; what is under way is not asked again.
    pub fn ask(&mut self, number: usize, cluster: &Cluster) -> Vec<BoxFuture<'static, Got>> {
        let mut asking = Vec::new();
        for ask in std::mem::take(&mut self.assessment.needs_lookups) {
            if self.asked.insert(ask.clone()) {
                let cluster = self.of_namespace(cluster);
                asking.push(async move { Got::Answer(number, Box::new(answer(&cluster, ask).await)) }.boxed());
            }
        }
        asking
    }

    /// Fetches the logs that belong to the evidence, each once. While it goes on already: a Job's pod may be gone when
    /// the Job gives up, and its log with it.
    pub fn fetch_logs(&mut self, number: usize, cluster: &Cluster) -> Vec<BoxFuture<'static, Got>> {
        let mut fetching = Vec::new();
        if !self.assessment.vanishing_logs.is_empty() && self.vanishing.is_none_or(|at| at.elapsed() >= VANISHING) {
            self.vanishing = Some(Instant::now());
            for request in self.assessment.vanishing_logs.clone() {
                self.fetched.insert(request.clone());
                let cluster = self.of_namespace(cluster);
                fetching.push(async move { Got::Log(number, logs::fetch(&cluster, request).await) }.boxed());
            }
        }
        for request in std::mem::take(&mut self.assessment.needs_logs) {
            if self.fetched.insert(request.clone()) {
                let cluster = self.of_namespace(cluster);
                fetching.push(async move { Got::Log(number, logs::fetch(&cluster, request).await) }.boxed());
            }
        }
        fetching
    }

    /// Reads those of what still runs once more: what is shown is of the moment of the verdict.
    pub fn refresh_logs(&self, number: usize, cluster: &Cluster) -> Vec<BoxFuture<'static, Got>> {
        let present = self.logs.iter().rev().map(|log| &log.request).filter(|request| !request.previous);
        let fetch = |request: &LogRequest| {
            let (cluster, request) = (self.of_namespace(cluster), request.clone());
            async move { Got::Log(number, logs::fetch(&cluster, request).await) }.boxed()
        };
        present.take(AGAIN).map(fetch).collect()
    }

    pub fn take(&mut self, got: Got) {
        match got {
            Got::Log(_, log) => match self.logs.iter_mut().find(|known| known.request == log.request) {
                // What was there before and is gone now says more than nothing.
                Some(_) if log.text.trim().is_empty() => {}
                Some(known) => *known = log,
                None => self.logs.push(log),
            },
            Got::Answer(_, answer) => {
                self.asked.remove(&answer.lookup);
                self.answers.push(*answer);
            }
        }
        self.version = None;
    }

    /// Wakes the controller that was refused a pod, where this run may write.
    pub fn wake(
        &mut self,
        cluster: &Cluster,
        guard: Option<&WriteGuard>,
        now: Timestamp,
    ) -> Option<BoxFuture<'static, ()>> {
        let Some(name) = self.assessment.refused.clone() else {
            self.woken = None;
            return None;
        };
        let before = *self.woken.get_or_insert(now);
        let guard = guard.filter(|_| now.duration_since(before) >= WAKE)?.clone();
        self.woken = Some(now);
        let cluster = self.of_namespace(cluster);
        Some(async move { wake::replica_set(&cluster, &guard, &name).await }.boxed())
    }

    /// It is gone, and nothing that may still arrive tells how it ended.
    pub fn is_deleted(&self) -> bool {
        let wait = if self.applied.removes_itself() { LAST_WORDS } else { Duration::ZERO };
        self.deleted.is_some_and(|at| at.elapsed() >= wait)
    }

    /// Nobody sees whether it stays up.
    pub fn bake_anew(&mut self, now: Instant) {
        self.bake.begin_anew(now);
    }

    /// How much longer it has to stay up.
    pub fn bake_left(&self, now: Instant) -> Duration {
        self.bake.left(now)
    }

    /// It was ready, however shortly, before it failed.
    pub fn fell(&self) -> bool {
        self.is_failed() && self.bake.has_begun()
    }

    /// It was ready and did not stay so.
    pub fn is_broken(&self) -> bool {
        self.bake.is_broken()
    }

    /// What has to be known to look on; none where there is nothing to look at.
    pub fn watched(&self) -> Option<Watched> {
        Watched::of(&self.applied, &self.assessment.replicas, &self.snapshot.pods)
    }

    /// How long nobody needs to look at it when nothing changes.
    pub fn patience(&self, now: Timestamp) -> Duration {
        if self.is_ready() { TICK } else { Duration::try_from(self.next.duration_since(now)).unwrap_or_default() }
    }

    pub fn row(&self) -> Row {
        Row::of_workload(&self.applied, &self.assessment)
    }

    /// A set may reach into other namespaces than the command's own.
    fn of_namespace(&self, cluster: &Cluster) -> Cluster {
        cluster.within(self.applied.namespace())
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
