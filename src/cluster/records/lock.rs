//! A lock that is held: renewed in the background, asked for again when in doubt, released at its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cluster::api::{MANAGER, request};
use crate::cluster::connect::{Cluster, WRITES};
use crate::error::Result;

/// How long a Lease holds without renewal, in seconds: what a killed plat keeps others waiting at most.
pub(super) const LASTS: i64 = 15;
/// Three chances to renew it.
const RENEW: Duration = Duration::from_secs(5);
/// How old the last renewal may be for a write to begin without asking the server: one that is sent again later then
/// is so while the Lease lasts.
const FRESH: Duration = Duration::from_secs(LASTS.cast_unsigned()).saturating_sub(WRITES);
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Ctrl-C does not wait longer for an API server that is gone.
const RELEASE: Duration = Duration::from_secs(3);
/// The rendering that someone began to write; removed at its end, whatever the end was.
pub(super) const UNFINISHED: &str = "plat.dev/unfinished";

/// Who wants to write, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// `ada@example.com on laptop`
    pub who: String,
    /// The run's id, which no other has.
    pub run: String,
    /// `deploy`, `rollback` or `delete`.
    pub doing: &'static str,
    /// `manifests::hash` of what is written.
    pub rendered: String,
}

/// A lock that is held: renewed in the background, released when dropped.
pub struct Lock {
    held: Arc<Held>,
    renewal: JoinHandle<()>,
    released: bool,
}

/// What is left to do for whoever takes it next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Finished,
    Unfinished,
}

/// What the lock and the guards made from it know.
pub(super) struct Held {
    pub cluster: Cluster,
    pub service: String,
    pub claim: Claim,
    /// The server's clock when it was taken, and this machine's steady one.
    taken: (Timestamp, Instant),
    /// When the last request that the server acknowledged as the holder's was sent.
    renewed: Mutex<Moment>,
    /// One question at a time, however many writers are in doubt.
    asking: tokio::sync::Mutex<()>,
    lost: watch::Sender<bool>,
}

impl Lock {
    /// `sent`: when the request that took it was sent; `now`: the server's clock then.
    pub(super) fn start(cluster: &Cluster, service: &str, claim: &Claim, sent: Moment, now: Timestamp) -> Self {
        let held = Arc::new(Held {
            cluster: cluster.clone(),
            service: service.to_owned(),
            claim: claim.clone(),
            taken: (now, Instant::now()),
            renewed: Mutex::new(sent),
            asking: tokio::sync::Mutex::default(),
            lost: watch::Sender::new(false),
        });
        let renewal = tokio::spawn(Arc::clone(&held).renew());
        Self { held, renewal, released: false }
    }

    pub(super) fn state(&self) -> Arc<Held> {
        Arc::clone(&self.held)
    }

    /// Gives it back after the end, good or bad: nothing is left to do for whoever comes next.
    pub async fn finish(mut self) {
        self.renewal.abort();
        self.released = true;
        let _ = tokio::time::timeout(RELEASE, self.held.release(Work::Finished)).await;
    }
}

/// Interrupted or failed half-way: others may have it at once, and the next one knows that something was begun.
impl Drop for Lock {
    fn drop(&mut self) {
        self.renewal.abort();
        let Ok(handle) = Handle::try_current() else { return };
        if self.released || self.held.is_lost() {
            return;
        }
        let release = tokio::time::timeout(RELEASE, self.held.release(Work::Unfinished));
        // The runtime's own threads drive the connection while this one waits.
        std::thread::scope(|scope| drop(scope.spawn(|| handle.block_on(release)).join()));
    }
}

impl Held {
    async fn renew(self: Arc<Self>) {
        loop {
            tokio::time::sleep(RENEW).await;
            match tokio::time::timeout(RENEW, self.ask()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return,
                Ok(Err(error)) => tracing::info!("the lock was not renewed: {error}"),
                Err(_) => tracing::info!("the lock was not renewed in time"),
            }
        }
    }

    /// Whether it is held now: by this machine's clock where that is certain, else by the server's word.
    pub(super) async fn is_held(&self) -> Result<bool, kube::Error> {
        if self.is_lost() || self.is_fresh() {
            return Ok(!self.is_lost());
        }
        let _one_asks = self.asking.lock().await;
        if self.is_lost() || self.is_fresh() {
            return Ok(!self.is_lost());
        }
        match self.ask().await {
            // A connection that died unnoticed, as after a suspend, is made anew by the second question.
            Err(kube::Error::HyperError(_) | kube::Error::Service(_)) => {
                tokio::time::sleep(ASK_AGAIN).await;
                self.ask().await
            }
            answer => answer,
        }
    }

    pub(super) fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Returns when it is known that someone else took or deleted it.
    pub(super) async fn until_lost(&self) {
        // The sender lives as long as `self`.
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }

    fn is_fresh(&self) -> bool {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.elapsed() <= FRESH
    }

    /// Renews it if it is still this run's; false when it is not, for good.
    async fn ask(&self) -> Result<bool, kube::Error> {
        let (now, taken) = self.taken;
        let now = now.checked_add(taken.elapsed()).unwrap_or(now);
        let renewal = [json!({"op": "add", "path": "/spec/renewTime", "value": micro(now)})];
        let sent = Moment::now();
        match self.change(&renewal).await {
            Ok(()) => {
                *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = sent;
                Ok(true)
            }
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 422) => {
                tracing::info!(after = ?taken.elapsed(), "the lock was lost");
                self.lost.send_replace(true);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn release(&self, work: Work) -> std::result::Result<(), kube::Error> {
        let mut changes = vec![json!({"op": "add", "path": "/spec/holderIdentity", "value": ""})];
        if work == Work::Finished {
            let key = UNFINISHED.replace('/', "~1");
            changes.push(json!({"op": "remove", "path": format!("/metadata/annotations/{key}")}));
        }
        self.change(&changes).await
    }

    /// Changes the Lease if it is still this run's (RFC 6902, `test`); 422 when it is not.
    async fn change(&self, changes: &[Value]) -> std::result::Result<(), kube::Error> {
        let mut patch = vec![json!({"op": "test", "path": "/spec/holderIdentity", "value": self.claim.run})];
        patch.extend_from_slice(changes);
        let place = lease(&self.cluster, &self.service);
        let request = request(Method::PATCH, &place, bytes(&Value::Array(patch))).map_err(kube::Error::BuildRequest)?;
        request::through(&self.cluster.direct, request).await.map(drop)
    }
}

pub(super) fn name(service: &str) -> String {
    format!("plat-{service}")
}

pub(super) fn describe(cluster: &Cluster, service: &str) -> String {
    format!("Lease {}/{}", cluster.namespace, name(service))
}

pub(super) fn collection(cluster: &Cluster) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", cluster.namespace)
}

pub(super) fn lease(cluster: &Cluster, service: &str) -> String {
    format!("{}/{}", collection(cluster), name(service))
}

/// `MicroTime` (k8s.io/apimachinery): always six digits.
pub(super) fn micro(time: Timestamp) -> String {
    format!("{time:.6}")
}

pub(super) fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

pub(super) fn request(
    method: Method,
    place: &str,
    body: Vec<u8>,
) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    let kind = if method == Method::PATCH { "application/json-patch+json" } else { "application/json" };
    let place = if method == Method::GET { place.to_owned() } else { format!("{place}?fieldManager={MANAGER}") };
    http::Request::builder()
        .method(method)
        .uri(place)
        .header(http::header::CONTENT_TYPE, kind)
        .body(body)
        .map_err(kube::core::request::Error::BuildRequest)
}

/// A moment of a steady clock; where the system has one, the time that a machine was suspended counts too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(Duration);

impl Moment {
    /// When the machine started: long ago.
    #[cfg(test)]
    pub const BOOT: Self = Self(Duration::ZERO);

    pub fn now() -> Self {
        Self(uptime())
    }

    fn elapsed(self) -> Duration {
        uptime().saturating_sub(self.0)
    }
}

#[cfg(target_os = "linux")]
fn uptime() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    // Every Linux since 2.6.39 has it; without it nothing is held longer than a moment.
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::MAX, Duration::from)
}

#[cfg(not(target_os = "linux"))]
fn uptime() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}
