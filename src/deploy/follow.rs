//! Follows a set until all of it is ready, one of it has failed, or the deadline is over.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;

use super::bake::Bake;
use super::clock::Clock;
use super::lookout::Watched;
use super::milestones::Milestones;
use super::non_workloads::NonWorkloads;
use super::release::Afterwards;
use super::tracked::{Got, Tracked};
use super::verdict::{self, End, Seen, Wording};
use super::visibility::{Troubles, Visibility};
use crate::cluster::apply::Applied;
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::cluster::watch::Watch;
use crate::diagnose::serving::Serving;
use crate::error::Error;
use crate::event::{Event, Events, Row};
use crate::rollout::{Assessment, Graces, Status, Verdict, Workload, has_status, kstatus};
use crate::telemetry::Recorder;

/// The verdict is known; what would make its evidence fuller may take this long.
const EVIDENCE: Duration = Duration::from_secs(5);
/// What changes within this is looked at together: a set of hundreds sends many changes at once.
const TOGETHER: Duration = Duration::from_millis(10);
/// From this number of workloads on.
const MANY: usize = 20;

/// A set that was applied.
pub struct Rollout<'a> {
    pub cluster: &'a Cluster,
    /// What the deploy is called in a message.
    pub name: &'a str,
    pub applied: &'a [Applied],
    /// None for who only looks on.
    pub guard: Option<&'a WriteGuard>,
    pub graces: Graces,
    pub started: Instant,
    /// Whether its pods are new: only then is it looked at for a while after Ready.
    pub changed: bool,
    pub afterwards: Afterwards,
    pub wording: Wording<'a>,
}

/// A set that came to be ready.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Pods of all its workloads.
    pub replicas: i32,
    /// Milliseconds since the run started. Looking on afterwards is not counted.
    pub at: f64,
    /// What there is to look at from then on.
    pub watched: Vec<Watched>,
    /// What is ready in name only, or was not seen to stay so; a sentence each.
    pub buts: Vec<String>,
}

impl Ready {
    /// `unseen`: why nobody saw whether they stayed so.
    fn of(tracks: &[Tracked], at: f64, unseen: Option<&[String]>) -> Self {
        let idle = tracks.iter().filter_map(|track| track.snapshot.workload.idle());
        let unseen = unseen.map(|why| format!("nobody saw whether it stayed so: {}", why.join("; ")));
        Self {
            replicas: replicas(tracks),
            at,
            watched: tracks.iter().filter_map(Tracked::watched).collect(),
            buts: idle.chain(unseen).collect(),
        }
    }
}

/// Pods of all that do not run to their end.
fn replicas(tracks: &[Tracked]) -> i32 {
    let runs = tracks.iter().filter(|track| !track.applied.runs_to_its_end());
    // While a watch begins anew, pods may be counted later than the workload says that they are there.
    runs.map(|track| track.assessment.ready.max(track.assessment.desired)).sum()
}

/// Whole milliseconds, as events have them.
#[must_use]
pub fn milliseconds(at: f64) -> u64 {
    u64::try_from(Duration::from_secs_f64(at.max(0.0) / 1000.0).as_millis()).unwrap_or(u64::MAX)
}

/// A set that did not.
pub struct Failure {
    pub error: Error,
}

/// What the apply's own answers say: where nothing is left to wait for, nobody needs to watch.
pub fn settled(applied: &[Applied], at: f64) -> Option<Ready> {
    let mut replicas = 0;
    let mut buts = Vec::new();
    for Applied { manifest, object } in applied {
        if let Some(workload) = Workload::read(object) {
            buts.extend(workload.idle());
            if workload.status() != Status::Current {
                return None;
            }
            replicas += if workload.runs_to_its_end() { 0 } else { workload.desired() };
        } else if manifest.kind == "PersistentVolumeClaim"
            || (has_status(object) && kstatus(object).0 != Status::Current)
        {
            return None;
        }
    }
    Some(Ready { replicas, at, watched: Vec::new(), buts })
}

impl Rollout<'_> {
    /// Returns when everything is ready and, where no probe says that it works, has stayed up for a while.
    ///
    /// # Errors
    /// With the cause when it fails, and with what it waits for when it takes too long.
    pub async fn follow(&self, mut watch: Watch, events: &Events, run: &Recorder) -> Result<Ready, Box<Failure>> {
        let deadline = Duration::try_from(self.graces.rollout).unwrap_or_default();
        let mut timeout = pin!(tokio::time::sleep(deadline.saturating_sub(self.started.elapsed())));
        let mut clock = Clock::start();
        let mut now = clock.now();
        let workloads = self.applied.iter().filter_map(|applied| Workload::read(&applied.object));
        let track = |object| {
            let bake = Bake::new(&object, self.changed, self.afterwards);
            Tracked::new(object, self.graces, bake, now, run.elapsed_ms())
        };
        let mut tracks: Vec<Tracked> = workloads.map(track).collect();
        let mut others = NonWorkloads::of(self.applied, self.cluster).await;
        let mut asking: FuturesUnordered<BoxFuture<'static, Got>> = FuturesUnordered::new();
        let mut logs: FuturesUnordered<BoxFuture<'static, Got>> = FuturesUnordered::new();
        let mut waking: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
        let mut told = Told::new(events);
        let mut sight = Visibility::new(events);
        events.emit(&Event::RolloutStarted);
        loop {
            now = clock.now();
            if let Some(jump) = clock.jump() {
                events.warn(jump);
            }
            let open: Vec<String> = others.needed().map(ToOwned::to_owned).collect();
            Tracked::wait_for_others(&mut tracks, &open);
            for (number, track) in tracks.iter_mut().enumerate() {
                track.look(&watch, now, run.elapsed_ms());
                asking.extend(track.ask(number, self.cluster));
                logs.extend(track.fetch_logs(number, self.cluster));
                waking.extend(track.wake(self.cluster, self.guard, now));
            }
            others.look(&watch);
            if let Some(error) = self.lost(&watch, &tracks, &others) {
                events.emit(&Event::RolloutEnded(Err("cannot be followed")));
                return Err(Box::new(Failure { error }));
            }
            sight.look(self.troubles(&watch), now);
            // What was seen before the connection was lost may be different by now.
            let sees = !sight.is_blind();
            for track in tracks.iter_mut().filter(|_| !sees) {
                track.bake_anew(Instant::now());
            }
            let ready = others.are_ready() && tracks.iter().all(Tracked::is_ready);
            // Ready in time is in time, however long it is looked at afterwards.
            let end = match timeout.is_elapsed() && !ready {
                true => Some(End::Late(deadline)),
                false if sees && tracks.iter().any(Tracked::fell) => Some(End::Broken),
                false if sees && (others.failed().is_some() || tracks.iter().any(Tracked::is_failed)) => {
                    Some(End::Failed)
                }
                false if sees && tracks.iter().any(Tracked::is_broken) => Some(End::Broken),
                false => None,
            };
            if let Some(end) = end {
                self.conclude(&mut tracks, logs.into_iter().chain(asking), now).await;
                events.emit(&Event::RolloutEnded(Err(end.word())));
                told.findings(&tracks);
                let serving = self.serving(&tracks).await;
                let picture = Seen { tracks: &tracks, others: &others, serving };
                return Err(Box::new(Failure {
                    error: sight.explain(verdict::failed(self.name, self.wording, picture, end)),
                }));
            }
            let mut next_look = tracks.iter().map(|track| track.patience(now)).min().unwrap_or(EVIDENCE);
            let rows: Vec<Row> = tracks.iter().map(Tracked::row).chain(others.rows()).collect();
            if ready {
                let instant = Instant::now();
                let left = tracks.iter().map(|track| track.bake_left(instant)).max().unwrap_or_default();
                let all = Milestones::slowest(tracks.iter().map(|track| &track.milestones), run.elapsed_ms());
                let is_lost = timeout.is_elapsed() && sight.is_lost(now);
                if left.is_zero() || is_lost {
                    let at = all.record(run, run.elapsed_ms());
                    events.emit(&Event::RolloutEnded(Ok(rows)));
                    return Ok(Ready::of(&tracks, at, (!left.is_zero()).then(|| sight.troubles())));
                }
                next_look = next_look.min(left);
                told.bake(rows, left, replicas(&tracks), all.ready_at(run.elapsed_ms()));
            } else {
                told.progress(&tracks);
                events.emit(&Event::Rollout { rows, troubles: sight.troubles().to_vec(), now });
            }
            tokio::select! {
                () = watch.changed() => {
                    if tracks.len() >= MANY {
                        tokio::time::sleep(TOGETHER).await;
                    }
                }
                Some(got) = asking.next() => take(&mut tracks, got),
                Some(got) = logs.next() => take(&mut tracks, got),
                Some(()) = waking.next() => {}
                () = tokio::time::sleep(next_look) => {}
                () = &mut timeout => {}
            }
        }
    }

    /// Completes what is known of each that is not ready. `under_way`: what was asked before the verdict.
    async fn conclude(
        &self,
        tracks: &mut [Tracked],
        under_way: impl Iterator<Item = BoxFuture<'static, Got>>,
        now: Timestamp,
    ) {
        let open = tracks.iter().enumerate().filter(|(_, track)| !track.is_ready());
        let logs: Vec<_> = open.flat_map(|(number, track)| track.refresh_logs(number, self.cluster)).collect();
        complete_evidence(tracks, under_way.chain(logs), now).await;
        // The last words may name something that nobody has asked about.
        let open = tracks.iter_mut().enumerate().filter(|(_, track)| !track.is_ready());
        let asking: Vec<_> = open.flat_map(|(number, track)| track.ask(number, self.cluster)).collect();
        if !asking.is_empty() {
            complete_evidence(tracks, asking.into_iter(), now).await;
        }
        for track in tracks {
            track.assessment.conclude();
        }
    }

    /// What of the revision before the one that failed still gets requests.
    async fn serving(&self, tracks: &[Tracked]) -> Option<String> {
        let worst = verdict::worst_first(tracks).into_iter().next()?;
        let asked = Serving::of(self.cluster, &worst.assessment, &worst.snapshot);
        tokio::time::timeout(EVIDENCE, asked).await.ok()?.text()
    }

    /// Why there is nothing more to see.
    fn lost(&self, watch: &Watch, tracks: &[Tracked], others: &NonWorkloads) -> Option<Error> {
        let open = |track: &&Tracked| !track.is_ready() && !track.is_failed();
        let deleted = tracks.iter().filter(open).find(|track| track.is_deleted());
        if let Some(track) = deleted {
            return Some(verdict::deleted(&track.applied));
        }
        let open = tracks.iter().filter(|track| !track.is_ready());
        let mut plurals = open.map(|track| format!("{}s", track.applied.kind().to_lowercase()));
        plurals
            .find_map(|plural| watch.blind(self.cluster, &plural))
            .or_else(|| others.resources().find_map(|plural| watch.blind(self.cluster, plural)))
    }

    /// Why less may be seen than there is.
    fn troubles(&self, watch: &Watch) -> Troubles {
        let refused = watch.refused();
        let refused = (!refused.is_empty()).then(|| {
            format!(
                "you are not allowed to watch {} in {}: causes stay hidden",
                refused.join(", "),
                self.cluster.namespace
            )
        });
        Troubles { lasting: refused, passing: watch.trouble() }
    }
}

/// What was told of the rollout, so that nothing is told twice.
struct Told<'a> {
    events: &'a Events,
    /// By the workload's UID.
    assessments: BTreeMap<String, Assessment>,
    /// Milliseconds after which it was ready first.
    ready: Option<u64>,
}

impl<'a> Told<'a> {
    fn new(events: &'a Events) -> Self {
        Self { events, assessments: BTreeMap::new(), ready: None }
    }

    /// One event for each workload that has changed.
    fn progress(&mut self, tracks: &[Tracked]) {
        for Tracked { applied, assessment, .. } in tracks {
            if self.assessments.get(applied.uid()) == Some(assessment) {
                continue;
            }
            self.assessments.insert(applied.uid().to_owned(), assessment.clone());
            let gives_up_at = match assessment.verdict {
                Verdict::Wait { gives_up_at } => gives_up_at,
                Verdict::Ready | Verdict::Failed => None,
            };
            self.events.emit(&Event::Progress {
                workload: applied.argument(),
                ready: assessment.ready,
                wanted: assessment.desired,
                replicas: assessment.replicas.clone(),
                findings: assessment.findings.clone(),
                gives_up_at,
            });
        }
    }

    fn bake(&mut self, rows: Vec<Row>, left: Duration, replicas: i32, at: f64) {
        let duration_ms = milliseconds(at);
        let ready_after = Duration::from_millis(duration_ms);
        if self.ready.replace(duration_ms) != Some(duration_ms) {
            self.events.emit(&Event::Ready { replicas, duration_ms });
        }
        self.events.emit(&Event::Baking { rows, left, ready_after });
    }

    /// The causes, those of what failed first.
    fn findings(&self, tracks: &[Tracked]) {
        for track in verdict::worst_first(tracks) {
            let mut conclusive_at = track.assessment.conclusive_at;
            for finding in &track.assessment.findings {
                let (workload, finding) = (track.applied.argument(), finding.clone());
                self.events.emit(&Event::Finding { workload, finding, conclusive_at: conclusive_at.take() });
            }
        }
    }
}

/// What is on its way is worth a moment now that there is a verdict.
async fn complete_evidence(
    tracks: &mut [Tracked],
    under_way: impl Iterator<Item = BoxFuture<'static, Got>>,
    now: Timestamp,
) {
    let mut under_way: FuturesUnordered<_> = under_way.collect();
    let fetching = async {
        while let Some(got) = under_way.next().await {
            take(tracks, got);
        }
    };
    let _ = tokio::time::timeout(EVIDENCE, fetching).await;
    for track in tracks.iter_mut().filter(|track| !track.is_ready() || track.is_broken()) {
        track.judge(now);
    }
}

fn take(tracks: &mut [Tracked], got: Got) {
    let (Got::Log(number, _) | Got::Answer(number, _)) = got;
    if let Some(track) = tracks.get_mut(number) {
        track.take(got);
    }
}
