//! The log of one container, through lost connections, to its end.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::ResourceExt;
use kube::api::{Api, LogParams};
use tokio::sync::mpsc::Sender;

use super::entry::{Instance, Line, Part, Since, Told};
use super::excerpt::NO_LOG;
use super::lines::{self, Raw};
use super::position::{Position, Skip};
use crate::cluster::api::{Patience, is_timeout};

/// Attempts to read what is left of a log.
const ATTEMPTS: u32 = 4;
/// How long the kubelet may take to say that a container ended.
const LAG: Duration = Duration::from_secs(3);
/// Lines of an ended container that are kept until it is sure whose they are.
const KEPT: usize = 10_000;

/// Where lines go.
enum Out<'a> {
    Send(&'a Sender<Told>),
    Keep(&'a mut Vec<Told>),
}

impl Out<'_> {
    /// False when no more are wanted.
    async fn take(&mut self, told: Told) -> bool {
        match self {
            Self::Send(sender) => sender.send(told).await.is_ok(),
            Self::Keep(kept) => {
                kept.push(told);
                kept.len() < KEPT
            }
        }
    }
}

/// What became of an instance.
enum State {
    /// The API server does not say.
    Unknown,
    Runs,
    /// With this exit code; `before` when another instance has taken its place.
    Ended {
        exit_code: i32,
        before: bool,
    },
    Gone,
}

/// Why a log cannot be read.
pub type Refused = (Instance, kube::Error);

impl Instance {
    /// Reads the log once, to where it ends now. A lost connection is made anew, a few times.
    ///
    /// # Errors
    /// When the log may not be read.
    pub async fn read(&self, api: &Api<Pod>, part: &Part, out: &Sender<Told>) -> Result<(), Refused> {
        let mut reader = Reader::new(self, part);
        let mut patience = Patience::default();
        loop {
            let error = match reader.once(api, part.previous, false, &mut Out::Send(out)).await {
                Ok(()) => return Ok(()),
                Err(error) if is_final(&error) => return Err((self.clone(), error)),
                Err(error) => error,
            };
            match patience.next() {
                Some(wait) if patience.tries() <= ATTEMPTS => tokio::time::sleep(wait).await,
                _ => return Err((self.clone(), error)),
            }
        }
    }

    /// Follows the log until the container has ended and all that it wrote was handed over.
    ///
    /// # Errors
    /// When the log may not be read.
    pub async fn follow(&self, api: &Api<Pod>, part: &Part, out: &Sender<Told>) -> Result<(), Refused> {
        let mut reader = Reader::new(self, part);
        let mut patience = Patience::default();
        loop {
            let lines = reader.lines;
            let end = reader.once(api, false, true, &mut Out::Send(out)).await;
            if reader.lines > lines {
                patience = Patience::default();
            }
            let timed_out = end.as_ref().is_err_and(is_timeout);
            match end {
                Err(error) if is_final(&error) && !is_gone(&error) => return Err((self.clone(), error)),
                // A container that writes nothing for long: the server answers with the first line.
                Err(_) if timed_out => {}
                Err(_) => {
                    let _ = out.send(Told::Lost(self.clone())).await;
                    tokio::time::sleep(patience.wait()).await;
                }
                Ok(()) => {}
            }
            match self.settled(api, timed_out).await {
                State::Gone => return Ok(()),
                State::Ended { exit_code, before } => {
                    self.rest(&mut reader, api, before, out).await;
                    let _ = out.send(Told::Ended { of: self.clone(), exit_code }).await;
                    return Ok(());
                }
                State::Runs | State::Unknown => {}
            }
        }
    }

    /// The state, once the kubelet had the time to say that the container ended: a log ends before its status does, and
    /// what is asked for by the container's name then may be the next instance's.
    async fn settled(&self, api: &Api<Pod>, at_once: bool) -> State {
        let until = Instant::now() + LAG;
        loop {
            let state = self.state(api).await;
            if at_once || !matches!(state, State::Runs) || Instant::now() > until {
                return state;
            }
            tokio::time::sleep(LAG / 10).await;
        }
    }

    /// Hands over what an ended container wrote after the connection was lost.
    ///
    /// The API server knows a log by the container's name, not by its instance: what it answers while the container is
    /// started again may be the next one's. So the answer is kept until it is sure whose it is.
    async fn rest(&self, reader: &mut Reader<'_>, api: &Api<Pod>, mut before: bool, out: &Sender<Told>) {
        let mut patience = Patience::default();
        while patience.tries() < ATTEMPTS {
            let position = reader.position.clone();
            let mut kept = Vec::new();
            let end = reader.once(api, before, false, &mut Out::Keep(&mut kept)).await;
            // The kubelet knows of the next instance before the API server does.
            let is_sure = before || kept.is_empty();
            match self.still(api, if is_sure { Duration::ZERO } else { LAG }).await {
                State::Ended { before: now, .. } if now == before && end.is_ok() => {
                    for told in kept {
                        let _ = out.send(told).await;
                    }
                    return;
                }
                State::Ended { before: now, .. } => before = now,
                State::Unknown | State::Runs => {}
                State::Gone => return,
            }
            reader.position = position;
            tokio::time::sleep(patience.wait()).await;
        }
    }

    /// The state after this long, or at once where another instance has taken its place.
    async fn still(&self, api: &Api<Pod>, long: Duration) -> State {
        let until = Instant::now() + long;
        loop {
            let state = self.state(api).await;
            if !matches!(state, State::Ended { before: false, .. }) || Instant::now() >= until {
                return state;
            }
            tokio::time::sleep(LAG / 10).await;
        }
    }

    async fn state(&self, api: &Api<Pod>) -> State {
        let pod = match api.get_opt(&self.pod).await {
            Ok(Some(pod)) => pod,
            Ok(None) => return State::Gone,
            Err(_) => return State::Unknown,
        };
        let Some(status) = statuses(&pod).into_iter().find(|status| status.name == self.container) else {
            return State::Gone;
        };
        let ended = |state: Option<k8s_openapi::api::core::v1::ContainerState>| state.and_then(|s| s.terminated);
        if status.container_id.as_ref() == Some(&self.id) {
            return match ended(status.state) {
                Some(end) => State::Ended { exit_code: end.exit_code, before: false },
                None => State::Runs,
            };
        }
        match ended(status.last_state).filter(|end| end.container_id.as_ref() == Some(&self.id)) {
            Some(end) => State::Ended { exit_code: end.exit_code, before: true },
            None => State::Gone,
        }
    }
}

/// Containers of a pod that have run, so that there is a log: init containers and sidecars first.
pub fn instances(pod: &Pod, part: &Part) -> Vec<Instance> {
    let ran = |status: &ContainerStatus| {
        if part.previous { status.restart_count > 0 } else { status.container_id.is_some() }
    };
    statuses(pod)
        .into_iter()
        .filter(|status| ran(status) && part.container.as_ref().is_none_or(|wanted| *wanted == status.name))
        .map(|status| Instance {
            pod: pod.name_any(),
            container: status.name,
            id: status.container_id.unwrap_or_default(),
        })
        .collect()
}

fn statuses(pod: &Pod) -> Vec<ContainerStatus> {
    let status = pod.status.clone().unwrap_or_default();
    let groups = [status.init_container_statuses, status.container_statuses, status.ephemeral_container_statuses];
    groups.into_iter().flatten().flatten().collect()
}

/// One log and how far it was read.
struct Reader<'a> {
    of: &'a Instance,
    part: &'a Part,
    position: Position,
    /// When it was first asked for; set with the first answer.
    began: Option<Instant>,
    lines: u64,
}

impl<'a> Reader<'a> {
    fn new(of: &'a Instance, part: &'a Part) -> Self {
        let whole = part.lines.is_none() && part.since.is_none();
        Self { of, part, position: Position::new(whole), began: None, lines: 0 }
    }

    /// One request, from where the last one ended.
    async fn once(
        &mut self,
        api: &Api<Pod>,
        previous: bool,
        follow: bool,
        out: &mut Out<'_>,
    ) -> Result<(), kube::Error> {
        let (params, mut skip) = self.params(previous, follow);
        let mut log = api.log_stream(&self.of.pod, &params).await?;
        self.began.get_or_insert_with(Instant::now);
        while let Some(raw) = lines::next(&mut log).await.map_err(|e| kube::Error::Service(e.into()))? {
            // While it is followed, the rest of the line may be on its way; it is asked for again.
            if follow && !raw.whole {
                break;
            }
            if let Some(told) = self.tell(&raw, &mut skip)
                && !out.take(told).await
            {
                break;
            }
        }
        Ok(())
    }

    fn tell(&mut self, raw: &Raw, skip: &mut Skip) -> Option<Told> {
        let stamped = raw.text.split_once(' ').or(Some((raw.text.as_str(), "")));
        let stamped = stamped.and_then(|(at, text)| Some((at.parse::<Timestamp>().ok()?, text)));
        let Some((at, text)) = stamped else {
            // The kubelet's own words instead of a log.
            return raw.text.starts_with(NO_LOG).then(|| Told::NoLog(self.of.clone()));
        };
        if skip.skips(at) {
            return None;
        }
        self.position.read(at);
        self.lines += 1;
        let (pod, container) = (self.of.pod.clone(), self.of.container.clone());
        Some(Told::Line(Line { pod, container, at, text: text.to_owned() }))
    }

    fn params(&self, previous: bool, follow: bool) -> (LogParams, Skip) {
        let part = self.part;
        let mut params = LogParams {
            container: Some(self.of.container.clone()),
            follow,
            previous,
            timestamps: true,
            ..LogParams::default()
        };
        if let Some((since, skip)) = self.position.resume() {
            params.since_time = Some(since);
            return (params, skip);
        }
        if let Some(began) = self.began {
            // Nothing was written until the connection was lost, so all since then is new, however few lines were asked
            // for. Relative, hence by the kubelet's clock alone.
            params.since_seconds = Some(whole_seconds(began.elapsed()));
            return (params, Skip::NOTHING);
        }
        params.tail_lines = part.lines;
        match part.since {
            Some(Since::Ago(duration)) => params.since_seconds = Some(whole_seconds(duration)),
            Some(Since::Moment(at)) => params.since_time = Some(at),
            None => {}
        }
        (params, Skip::NOTHING)
    }
}

/// Rounded up, and 1 at least: the API server refuses 0.
fn whole_seconds(duration: Duration) -> i64 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i64::try_from(seconds.max(1)).unwrap_or(i64::MAX)
}

/// Another attempt would be answered the same.
fn is_final(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 429)
}

fn is_gone(error: &kube::Error) -> bool {
    // 400: the container is not known any more, or is about to start again.
    matches!(error, kube::Error::Api(status) if status.code == 404 || status.code == 400)
}
