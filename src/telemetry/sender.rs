//! Sends what waits in the spool: at least once, one sender at a time, bounded in time. The endpoint knows the event
//! ids, so a run that arrives twice counts once.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, StatusCode, redirect};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use url::Url;

use super::spool::Spool;
use super::{Run, consent, event, folder, identity};
use crate::detached;
use crate::error::{Error, Result};
use crate::input::{self, Refusal};
use crate::settings::Settings;

/// How long the detached sender tries; what is left waits for the next run's sender.
pub const DETACHED_LIMIT: Duration = Duration::from_secs(30);
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// Runs in one request; far below the endpoint's limit of 1 MiB.
const BATCH: usize = 50;

/// What a sender did; the last one's is kept for `plat telemetry status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub at: Timestamp,
    /// Runs that the endpoint has taken.
    pub sent: usize,
    /// Runs that it will never take; put aside in `refused`.
    pub refused: usize,
    /// Why the endpoint did not take what still waits.
    pub problem: Option<String>,
}

/// Starts a process that sends what waits and outlives this one.
///
/// # Errors
/// When the process cannot be started.
pub fn start_detached(settings: &Settings) -> io::Result<()> {
    // A running sender looks into the spool again after it let go of the lock: it will find this run too.
    let Some(lock) = try_lock(&folder::path(settings))? else {
        return Ok(());
    };
    drop(lock);
    detached::start(settings, &["telemetry", "flush", "--detached"], &[])
}

/// Sends until nothing waits or `limit` is over. Returns none when another sender held the lock all the time
/// (`wait_for_other` says whether to wait for it).
///
/// # Errors
/// When the endpoint is not usable or the state folder cannot be written.
pub async fn flush(settings: &Settings, limit: Duration, wait_for_other: bool) -> Result<Option<Attempt>> {
    let Some(endpoint) = consent::endpoint(settings)? else {
        return Ok(Some(Attempt { at: Timestamp::now(), ..Attempt::default() }));
    };
    let deadline = Instant::now() + limit;
    let dir = folder::path(settings);
    let unusable = |e: io::Error| Error::user("the telemetry folder cannot be written").at(dir.display()).because(e);
    let spool = Spool::of(&dir, &endpoint);
    let mut total = None;
    if spool.waiting().is_empty() {
        return Ok(Some(Attempt { at: Timestamp::now(), ..Attempt::default() }));
    }
    loop {
        let lock = match try_lock(&dir).map_err(unusable)? {
            Some(lock) => lock,
            None if wait_for_other && Instant::now() < deadline => {
                sleep(Duration::from_millis(50)).await;
                continue;
            }
            None => return Ok(total),
        };
        let sender = Sender::new(&dir, &endpoint).map_err(unusable)?;
        let attempt = sender.drain(&spool, deadline, total.take().unwrap_or_default()).await.map_err(unusable)?;
        let stuck = attempt.problem.is_some();
        keep(&dir, &attempt);
        total = Some(attempt);
        drop(lock);
        // A run that was spooled meanwhile found the lock taken and started no sender: look again without the lock.
        if stuck || spool.waiting().is_empty() {
            return Ok(total);
        }
    }
}

/// What the last sender did.
#[must_use]
pub fn last_attempt(telemetry_dir: &Path) -> Option<Attempt> {
    serde_json::from_slice(&input::read(&telemetry_dir.join(LAST_ATTEMPT), LARGEST).ok()?).ok()
}

const LAST_ATTEMPT: &str = "last-attempt.json";
/// A run is 64 KiB at most; in bytes.
const LARGEST: u64 = 1 << 20;

fn keep(dir: &Path, attempt: &Attempt) {
    // Only `plat telemetry status` reads it; a full disk must not stop the sending.
    if let Ok(json) = serde_json::to_vec(attempt) {
        let file = dir.join(LAST_ATTEMPT);
        let _ = input::can_be_written(&file).and_then(|()| std::fs::write(file, json));
    }
}

/// The folder is there when a run waits. Making it would bring back a home that was removed meanwhile.
fn try_lock(dir: &Path) -> io::Result<Option<File>> {
    let file = dir.join("sender.lock");
    input::can_be_written(&file)?;
    let file = File::options().create(true).truncate(false).write(true).open(file)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

struct Sender {
    client: Client,
    endpoint: Url,
    events: Url,
    source: String,
}

/// What the endpoint said to a batch.
enum Answer {
    Taken,
    /// It will never take these events, however often they are sent.
    Refused(String),
    /// It may take them later.
    Later(String),
}

impl Sender {
    fn new(dir: &Path, endpoint: &Url) -> io::Result<Self> {
        let mut client = Client::builder()
            .user_agent(concat!("plat/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_LIMIT)
            // An endpoint that was agreed to must not hand the events on to another host.
            .redirect(redirect::Policy::none());
        if consent::is_loopback(endpoint) {
            client = client.no_proxy();
        }
        let mut events = endpoint.clone();
        if let Ok(mut path) = events.path_segments_mut() {
            path.pop_if_empty().push("events");
        }
        Ok(Self {
            client: client.build().map_err(io::Error::other)?,
            endpoint: endpoint.clone(),
            events,
            source: identity::source(identity::known_or_new(dir)?),
        })
    }

    async fn drain(&self, spool: &Spool, deadline: Instant, mut attempt: Attempt) -> io::Result<Attempt> {
        let mut pause = FIRST_PAUSE;
        let mut one_by_one: usize = 0;
        attempt.at = Timestamp::now();
        loop {
            let mut files = spool.waiting();
            files.truncate(if one_by_one > 0 { 1 } else { BATCH });
            if files.is_empty() {
                attempt.problem = None;
                return Ok(attempt);
            }
            let (files, runs) = read(spool, files, &mut attempt)?;
            if runs.is_empty() {
                continue;
            }
            if !self.is_still_wanted() {
                attempt.problem = Some("meanwhile runs are no longer sent there".to_owned());
                return Ok(attempt);
            }
            match self.post(&runs, deadline).await {
                Answer::Taken => {
                    for file in &files {
                        remove(file)?;
                    }
                    attempt.sent += files.len();
                    one_by_one = one_by_one.saturating_sub(1);
                    pause = FIRST_PAUSE;
                }
                Answer::Refused(why) if files.len() == 1 => {
                    tracing::warn!("the endpoint refused a run: {why}");
                    spool.refuse(&files[0])?;
                    attempt.refused += 1;
                    one_by_one = one_by_one.saturating_sub(1);
                }
                // One bad event spoils a batch: find it.
                Answer::Refused(_) => one_by_one = files.len(),
                Answer::Later(why) => {
                    attempt.problem = Some(why);
                    if Instant::now() + pause >= deadline {
                        return Ok(attempt);
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Whether the user's settings still say that runs are sent there: they may have changed since this process began.
    fn is_still_wanted(&self) -> bool {
        let now = Settings::load().and_then(|settings| consent::endpoint(&settings));
        now.is_ok_and(|endpoint| endpoint.as_ref() == Some(&self.endpoint))
    }

    async fn post(&self, runs: &[Run], deadline: Instant) -> Answer {
        let events: Vec<_> = runs.iter().flat_map(|run| event::of_run(run, &self.source)).collect();
        let body = match serde_json::to_vec(&events) {
            Ok(body) => body,
            Err(e) => return Answer::Refused(e.to_string()),
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let request = self
            .client
            .post(self.events.clone())
            .header(reqwest::header::CONTENT_TYPE, event::BATCH)
            .timeout(REQUEST_LIMIT.min(left))
            .body(body);
        match request.send().await {
            Ok(response) => judge(response.status()),
            Err(e) => Answer::Later(chain(&e.without_url())),
        }
    }
}

/// Only a status that speaks about the events themselves condemns them: 404 or 401 is about the endpoint.
fn judge(status: StatusCode) -> Answer {
    match status {
        status if status.is_success() => Answer::Taken,
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
            Answer::Refused(format!("HTTP {status}"))
        }
        status => Answer::Later(format!("the endpoint answered HTTP {status}")),
    }
}

/// The runs of the files; a file that a crash tore is put aside.
fn read(spool: &Spool, files: Vec<PathBuf>, attempt: &mut Attempt) -> io::Result<(Vec<PathBuf>, Vec<Run>)> {
    let mut readable = (Vec::new(), Vec::new());
    for file in files {
        match input::read(&file, LARGEST).map(|json| serde_json::from_slice(&json)) {
            Ok(Ok(run)) => {
                readable.0.push(file);
                readable.1.push(run);
            }
            // Dropped as one too many by another plat.
            Err(Refusal::NotFound(_)) => {}
            // Torn, or no plat made it.
            Ok(Err(_)) | Err(Refusal::Folder | Refusal::Special(_) | Refusal::TooLarge(_)) => {
                spool.refuse(&file)?;
                attempt.refused += 1;
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(readable)
}

fn remove(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// reqwest's own text ends at "error sending request": the reason is in the causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    crate::text::foreign_line(&last.to_string(), 200)
}
