//! One writer at a time: a Lease (coordination.k8s.io) for each service, `plat-<name>`.
//!
//! Only the API server's clock counts: a holder is gone when the server's `Date` is further from its own note of the
//! last renewal (`managedFields`) than the Lease lasts. Taking is bound to the Lease as it was when the plan was made
//! (`resourceVersion`), so whoever takes it knows that nobody wrote in between. docs/decisions/0060-lock.md

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::cluster::api::{MANAGER, Reply, request};
use crate::cluster::connect::Cluster;
use crate::error::Result;
use crate::text::foreign_line;

/// How long a Lease holds without renewal, in seconds: what a killed plat keeps others waiting at most.
const LASTS: i64 = 15;
/// Three chances to renew it.
const RENEW: Duration = Duration::from_secs(5);
/// Ctrl-C does not wait longer for an API server that is gone.
const RELEASE: Duration = Duration::from_secs(3);
/// What its holder renders: an equal deploy need not wait for it.
const RENDERED: &str = "plat.dev/rendered";
/// What its holder does, for a reader.
const DOING: &str = "plat.dev/doing";
/// Who holds it, for a reader.
const WHO: &str = "plat.dev/who";
/// The rendering that somebody began to write; removed at its end, whatever the end was.
const UNFINISHED: &str = "plat.dev/unfinished";

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

/// Who writes at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub who: String,
    pub doing: String,
    pub run: String,
    /// By the API server's clock.
    pub since: Option<Timestamp>,
    pub rendered: String,
}

/// The Lease as it was read; by default hidden, which what is written without a name has too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    version: Version,
    /// The server's clock then.
    now: Option<Timestamp>,
    /// Nobody, or nobody who is still alive.
    pub holder: Option<Holder>,
    /// What somebody began to write and did not end: killed or interrupted.
    pub unfinished: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Version {
    /// There is no Lease.
    Absent,
    /// Its `resourceVersion`.
    At(String),
    /// This user may not read it.
    #[default]
    Hidden,
}

/// What became of an attempt to take it.
pub enum Taking {
    Taken(Lock),
    /// Somebody was faster since it was read: plan again.
    Changed,
    /// This user may not write Leases: nothing keeps two deploys apart.
    Forbidden,
}

/// Reads who holds the lock.
///
/// # Errors
/// When the API server does not answer. No permission is no error.
pub async fn standing(cluster: &Cluster, service: &str) -> Result<Standing> {
    let place = lease(cluster, service);
    let request = || request(Method::GET, &place, Vec::new());
    match request::if_there(cluster, &describe(cluster, service), request).await {
        Ok(None) => Ok(Standing { version: Version::Absent, now: None, holder: None, unfinished: None }),
        Ok(Some(reply)) => Ok(read(&reply)),
        Err(kube::Error::Api(status)) if status.is_forbidden() => Ok(Standing::default()),
        Err(error) => Err(cluster.explain(error, &format!("read {}", describe(cluster, service)))),
    }
}

impl Standing {
    /// How long the holder has it, by the server's clock.
    #[must_use]
    pub fn held_for(&self) -> Option<SignedDuration> {
        let since = self.holder.as_ref()?.since?;
        Some(self.now?.duration_since(since).max(SignedDuration::ZERO))
    }
}

fn read(reply: &Reply) -> Standing {
    let lease = &reply.object;
    let annotation = |key: &str| lease["metadata"]["annotations"][key].as_str();
    let line = |text: Option<&str>| foreign_line(text.unwrap_or("somebody"), 120);
    let run = lease["spec"]["holderIdentity"].as_str().filter(|run| !run.is_empty());
    let holder = run.filter(|_| is_alive(lease, reply.began)).map(|run| Holder {
        who: line(annotation(WHO).or(Some(run))),
        doing: line(annotation(DOING).or(Some("something else"))),
        run: run.to_owned(),
        since: time(&lease["spec"]["acquireTime"]),
        rendered: annotation(RENDERED).unwrap_or_default().to_owned(),
    });
    Standing {
        version: Version::At(lease["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()),
        now: reply.began,
        holder,
        unfinished: annotation(UNFINISHED).map(str::to_owned),
    }
}

/// Whether it was renewed lately: both moments are the server's, whatever clock the holder or this machine has.
fn is_alive(lease: &Value, now: Option<Timestamp>) -> bool {
    let entries = lease["metadata"]["managedFields"].as_array().into_iter().flatten();
    let renewed = entries.filter(|entry| entry["manager"] == MANAGER).filter_map(|entry| time(&entry["time"])).max();
    let lasts =
        SignedDuration::from_secs(lease["spec"]["leaseDurationSeconds"].as_i64().unwrap_or(LASTS).clamp(1, 600));
    match (renewed.or_else(|| time(&lease["spec"]["renewTime"])), now) {
        (Some(renewed), Some(now)) => now.duration_since(renewed) <= lasts,
        // A server that does not say what time it is: better to wait than to write at the same time.
        _ => true,
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A lock that is held: renewed in the background, released when dropped.
pub struct Lock {
    held: Arc<Held>,
    renewal: JoinHandle<()>,
    released: bool,
}

struct Held {
    cluster: Cluster,
    service: String,
    run: String,
    /// The server's clock when it was taken, and this machine's steady one.
    taken: (Timestamp, Instant),
    lost: AtomicBool,
}

impl Standing {
    /// Takes the lock as it was read; a holder that is gone loses it.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn take(&self, cluster: &Cluster, service: &str, claim: &Claim) -> Result<Taking> {
        let what = describe(cluster, service);
        // A new Lease's times are put right with its first renewal.
        let now = self.now.unwrap_or_else(Timestamp::now);
        let sent = match &self.version {
            Version::Hidden => return Ok(Taking::Forbidden),
            Version::Absent => {
                let lease = json!({
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": { "name": name(service), "annotations": annotations(claim),
                        "labels": {"app.kubernetes.io/managed-by": MANAGER} },
                    "spec": spec(claim, now),
                });
                let place = collection(cluster);
                request::with_retries(cluster, &what, || request(Method::POST, &place, bytes(&lease))).await
            }
            Version::At(version) => {
                let patch = json!([
                    {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                    {"op": "add", "path": "/metadata/annotations", "value": annotations(claim)},
                    {"op": "add", "path": "/spec", "value": spec(claim, now)},
                ]);
                let place = lease(cluster, service);
                request::with_retries(cluster, &what, || request(Method::PATCH, &place, bytes(&patch))).await
            }
        };
        match sent {
            Ok(reply) => Ok(Taking::Taken(Lock::start(cluster, service, &claim.run, reply.began.unwrap_or(now)))),
            Err(kube::Error::Api(status)) if status.is_forbidden() && !is_full(&status.message) => {
                Ok(Taking::Forbidden)
            }
            // Made, changed or deleted meanwhile.
            Err(kube::Error::Api(status)) if status.is_already_exists() || matches!(status.code, 404 | 422) => {
                // A connection that broke after the write: the answer was lost, the lock was not.
                let found = standing(cluster, service).await?;
                let ours = found.holder.is_some_and(|holder| holder.run == claim.run);
                let now = found.now.unwrap_or(now);
                Ok(if ours { Taking::Taken(Lock::start(cluster, service, &claim.run, now)) } else { Taking::Changed })
            }
            Err(error) => Err(cluster.explain(error, &format!("write {what}"))),
        }
    }
}

/// A namespace that is being deleted, or a quota, is forbidden too; then nothing else can be written either.
fn is_full(message: &str) -> bool {
    message.contains("exceeded quota") || message.contains("being terminated")
}

impl Lock {
    fn start(cluster: &Cluster, service: &str, run: &str, now: Timestamp) -> Self {
        let held = Arc::new(Held {
            cluster: cluster.clone(),
            service: service.to_owned(),
            run: run.to_owned(),
            taken: (now, Instant::now()),
            lost: AtomicBool::new(false),
        });
        let renewal = tokio::spawn(Arc::clone(&held).renew());
        Self { held, renewal, released: false }
    }

    /// Whether somebody took or deleted it meanwhile: then nothing more may be written.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.held.lost.load(Ordering::Relaxed)
    }

    /// Gives it back after the end, good or bad: nothing is left to do for whoever comes next.
    pub async fn finish(mut self) {
        self.renewal.abort();
        self.released = true;
        let _ = tokio::time::timeout(RELEASE, self.held.release(true)).await;
    }
}

/// Interrupted or failed half-way: others may have it at once, and the next one knows that something was begun.
impl Drop for Lock {
    fn drop(&mut self) {
        self.renewal.abort();
        let Ok(handle) = Handle::try_current() else { return };
        if self.released || self.is_lost() {
            return;
        }
        let release = tokio::time::timeout(RELEASE, self.held.release(false));
        // The runtime's own threads drive the connection while this one waits.
        std::thread::scope(|scope| drop(scope.spawn(|| handle.block_on(release)).join()));
    }
}

impl Held {
    async fn renew(self: Arc<Self>) {
        let (now, taken) = self.taken;
        loop {
            tokio::time::sleep(RENEW).await;
            let now = now.checked_add(taken.elapsed()).unwrap_or(now);
            let renewal = [json!({"op": "add", "path": "/spec/renewTime", "value": micro(now)})];
            match tokio::time::timeout(RENEW, self.change(&renewal)).await {
                Ok(Err(kube::Error::Api(status))) if matches!(status.code, 404 | 422) => {
                    tracing::info!(after = ?taken.elapsed(), "the lock was lost");
                    self.lost.store(true, Ordering::Relaxed);
                    return;
                }
                Ok(Err(error)) => tracing::info!("the lock was not renewed: {error}"),
                Ok(Ok(())) => {}
                Err(_) => tracing::info!("the lock was not renewed in time"),
            }
        }
    }

    async fn release(&self, finished: bool) -> std::result::Result<(), kube::Error> {
        let mut changes = vec![json!({"op": "add", "path": "/spec/holderIdentity", "value": ""})];
        if finished {
            let key = UNFINISHED.replace('/', "~1");
            changes.push(json!({"op": "remove", "path": format!("/metadata/annotations/{key}")}));
        }
        self.change(&changes).await
    }

    /// Changes the Lease if it is still this run's (RFC 6902, `test`); 422 when it is not.
    async fn change(&self, changes: &[Value]) -> std::result::Result<(), kube::Error> {
        let mut patch = vec![json!({"op": "test", "path": "/spec/holderIdentity", "value": self.run})];
        patch.extend_from_slice(changes);
        let place = lease(&self.cluster, &self.service);
        let request = request(Method::PATCH, &place, bytes(&Value::Array(patch))).map_err(kube::Error::BuildRequest)?;
        request::once(&self.cluster, request).await.map(drop)
    }
}

fn name(service: &str) -> String {
    format!("plat-{service}")
}

fn describe(cluster: &Cluster, service: &str) -> String {
    format!("Lease {}/{}", cluster.namespace, name(service))
}

fn collection(cluster: &Cluster) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", cluster.namespace)
}

fn lease(cluster: &Cluster, service: &str) -> String {
    format!("{}/{}", collection(cluster), name(service))
}

fn annotations(claim: &Claim) -> Value {
    json!({ WHO: claim.who, DOING: claim.doing, RENDERED: claim.rendered, UNFINISHED: claim.rendered })
}

fn spec(claim: &Claim, now: Timestamp) -> Value {
    json!({
        "holderIdentity": claim.run,
        "leaseDurationSeconds": LASTS,
        "acquireTime": micro(now),
        "renewTime": micro(now),
    })
}

/// `MicroTime` (k8s.io/apimachinery): always six digits.
fn micro(time: Timestamp) -> String {
    format!("{time:.6}")
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn request(method: Method, place: &str, body: Vec<u8>) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    let kind = if method == Method::PATCH { "application/json-patch+json" } else { "application/json" };
    let place = if method == Method::GET { place.to_owned() } else { format!("{place}?fieldManager={MANAGER}") };
    http::Request::builder()
        .method(method)
        .uri(place)
        .header(http::header::CONTENT_TYPE, kind)
        .body(body)
        .map_err(kube::core::request::Error::BuildRequest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: &str = "2026-11-23T10:00:00Z";

    fn reply(holder: &str, renewed: &str, noted: Option<&str>) -> Reply {
        let object = json!({
            "metadata": {
                "resourceVersion": "7",
                "annotations": {WHO: "ada", DOING: "deploy", RENDERED: "ff", UNFINISHED: "ff"},
                "managedFields": noted.map(|time| json!([{"manager": "plat", "time": time}])),
            },
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": renewed},
        });
        Reply { object, began: NOW.parse().ok() }
    }

    #[rstest]
    #[case::fresh("a", "2026-11-23T09:59:55.000000Z", Some("2026-11-23T09:59:55Z"), true)]
    #[case::killed("a", "2026-11-23T09:59:44.000000Z", Some("2026-11-23T09:59:44Z"), false)]
    #[case::its_clock_is_slow("a", "2026-11-23T09:50:00.000000Z", Some("2026-11-23T09:59:55Z"), true)]
    #[case::its_clock_is_fast("a", "2026-11-23T10:10:00.000000Z", Some("2026-11-23T09:59:40Z"), false)]
    #[case::no_note_of_the_server("a", "2026-11-23T09:59:44.000000Z", None, false)]
    #[case::released("", "2026-11-23T09:59:55.000000Z", Some("2026-11-23T09:59:55Z"), false)]
    fn only_the_servers_clock_tells_who_is_gone(
        #[case] holder: &str,
        #[case] renewed: &str,
        #[case] noted: Option<&str>,
        #[case] held: bool,
    ) {
        let standing = read(&reply(holder, renewed, noted));
        assert_eq!(standing.holder.is_some(), held);
        assert_eq!(standing.unfinished.as_deref(), Some("ff"));
    }

    #[test]
    fn without_any_clock_a_holder_is_believed() {
        let reply = Reply { began: None, ..reply("a", NOW, None) };
        assert!(read(&reply).holder.is_some());
    }
}
