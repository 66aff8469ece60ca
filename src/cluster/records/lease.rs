//! One writer at a time: a Lease (coordination.k8s.io) for each service, `plat-<name>`.
//!
//! Only the API server's clock counts: a holder is gone when the server's `Date` is further from its own note of the
//! last renewal (`managedFields`) than the Lease lasts. Taking is bound to the Lease as it was when the plan was made
//! (`resourceVersion`), so whoever takes it knows that nobody wrote in between. docs/decisions/0060-lock.md

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::lock::{Claim, LASTS, Lock, Moment, UNFINISHED, bytes, collection, describe, lease, micro, name, request};
use crate::cluster::api::{MANAGER, Reply, request};
use crate::cluster::connect::{Cluster, Retry};
use crate::error::Result;
use crate::text::foreign_line;

/// What its holder renders: an equal deploy need not wait for it.
const RENDERED: &str = "plat.dev/rendered";
/// What its holder does, for a reader.
const DOING: &str = "plat.dev/doing";
/// Who holds it, for a reader.
const WHO: &str = "plat.dev/who";

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
    /// Who took it last, whether it is still held or not.
    pub(super) last: Option<Holder>,
    /// What someone began to write and did not end: killed or interrupted.
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
    /// Someone was faster since it was read: plan again.
    Changed,
    /// This user may not write Leases: nothing keeps two deploys apart.
    Forbidden,
}

/// Reads who holds the lock.
///
/// # Errors
/// When the API server does not answer. No permission is not an error.
pub async fn standing(cluster: &Cluster, service: &str) -> Result<Standing> {
    let place = lease(cluster, service);
    let about = describe(cluster, service);
    let request = request(Method::GET, &place, Vec::new());
    let sent = async { request::send(cluster, about, request.map_err(kube::Error::BuildRequest)?).await };
    match request::if_there(sent.await) {
        Ok(None) => Ok(Standing { version: Version::Absent, ..Standing::default() }),
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
    let run = lease["spec"]["holderIdentity"].as_str().filter(|run| !run.is_empty());
    let last = annotation(WHO).or(run).map(|who| Holder {
        who: foreign_line(who, 120),
        doing: foreign_line(annotation(DOING).unwrap_or("something else"), 120),
        run: run.unwrap_or_default().to_owned(),
        since: time(&lease["spec"]["acquireTime"]),
        rendered: annotation(RENDERED).unwrap_or_default().to_owned(),
    });
    let holder = last.clone().filter(|_| run.is_some() && is_alive(lease, reply.began));
    Standing {
        version: Version::At(lease["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()),
        now: reply.began,
        holder,
        last,
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

impl Standing {
    /// Takes the lock as it was read; a holder that is gone loses it.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn take(&self, cluster: &Cluster, service: &str, claim: &Claim) -> Result<Taking> {
        let what = describe(cluster, service);
        let begun = Moment::now();
        // A new Lease's times are put right with its first renewal.
        let now = self.now.unwrap_or_else(Timestamp::now);
        let request = match &self.version {
            Version::Hidden => return Ok(Taking::Forbidden),
            Version::Absent => {
                let lease = json!({
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": { "name": name(service), "annotations": annotations(claim),
                        "labels": {"app.kubernetes.io/managed-by": MANAGER} },
                    "spec": spec(claim, now),
                });
                request(Method::POST, &collection(cluster), bytes(&lease))
            }
            Version::At(version) => {
                let patch = json!([
                    {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                    {"op": "add", "path": "/metadata/annotations", "value": annotations(claim)},
                    {"op": "add", "path": "/spec", "value": spec(claim, now)},
                ]);
                request(Method::PATCH, &lease(cluster, service), bytes(&patch))
            }
        };
        let sent = async {
            let mut request = request.map_err(kube::Error::BuildRequest)?;
            // If the first attempt was done, the second one is refused, and then it is seen whose it is.
            request.extensions_mut().insert(Retry::Idempotent);
            request::send(cluster, what.clone(), request).await
        };
        match sent.await {
            Ok(reply) => Ok(Taking::Taken(Lock::start(cluster, service, claim, begun, reply.began.unwrap_or(now)))),
            Err(kube::Error::Api(status)) if status.is_forbidden() && !is_full(&status.message) => {
                Ok(Taking::Forbidden)
            }
            // Made, changed or deleted meanwhile.
            Err(kube::Error::Api(status)) if status.is_already_exists() || matches!(status.code, 404 | 422) => {
                // A connection that broke after the write: the answer was lost, the lock was not.
                let found = standing(cluster, service).await?;
                let ours = found.holder.is_some_and(|holder| holder.run == claim.run);
                let now = found.now.unwrap_or(now);
                let lock = || Lock::start(cluster, service, claim, begun, now);
                Ok(if ours { Taking::Taken(lock()) } else { Taking::Changed })
            }
            Err(error) => Err(cluster.explain(error, &format!("write {what}"))),
        }
    }
}

/// A namespace that is being deleted, or a quota, is forbidden too; then nothing else can be written either.
fn is_full(message: &str) -> bool {
    message.contains("exceeded quota") || message.contains("being terminated")
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
        Reply { object, began: NOW.parse().ok(), warnings: Vec::new() }
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
