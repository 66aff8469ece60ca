//! When a Deployment was ready, seen by the same eyes for every arm: one `kubectl get --watch` beside them, without
//! distance, and the rule of `kubectl rollout status`.

use std::io::BufReader;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;

use super::cluster::Cluster;

/// How long its watch takes to be open, and no more.
const OPENS: Duration = Duration::from_secs(1);
/// What a command saw before it ended arrives here a moment later at most.
const ARRIVES: Duration = Duration::from_secs(5);

/// Ends its watch when dropped. The API server ends it too, after half an hour at the earliest.
pub struct Witness {
    watch: Child,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone)]
struct Seen {
    at: Instant,
    namespace: String,
    ready: bool,
}

impl Witness {
    pub fn start(cluster: &Cluster) -> anyhow::Result<Self> {
        let mut watch = Command::new(&cluster.kubectl)
            .args(["get", "deployments", "--all-namespaces", "--watch-only", "--output", "json"])
            .env("KUBECONFIG", &cluster.kubeconfig)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stream = BufReader::new(watch.stdout.take().context("a pipe")?);
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let notes = Arc::clone(&seen);
        thread::spawn(move || {
            // It ends with the watch; what is no Deployment is missed below.
            for deployment in serde_json::Deserializer::from_reader(stream).into_iter::<Deployment>().flatten() {
                let (at, ready) = (Instant::now(), deployment.is_ready());
                let namespace = deployment.metadata.namespace;
                notes.lock().unwrap_or_else(PoisonError::into_inner).push(Seen { at, namespace, ready });
            }
        });
        thread::sleep(OPENS);
        Ok(Self { watch, seen })
    }

    /// Since when the Deployment of the namespace was ready that began to change after `started`.
    pub fn ready_at(&self, namespace: &str, started: Instant) -> anyhow::Result<Instant> {
        let give_up = Instant::now() + ARRIVES;
        while Instant::now() < give_up {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            seen.retain(|seen| seen.at >= started && seen.namespace == namespace);
            let changing = seen.iter().rposition(|seen| !seen.ready);
            if let Some(ready) = changing.and_then(|last| seen.get(last + 1)) {
                return Ok(ready.at);
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!("nobody saw the Deployment in {namespace} become ready")
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.watch.kill();
        let _ = self.watch.wait();
    }
}

#[derive(Deserialize)]
struct Deployment {
    metadata: Metadata,
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Metadata {
    namespace: String,
    generation: i64,
}

#[derive(Deserialize)]
struct Spec {
    replicas: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: i64,
    replicas: i64,
    updated_replicas: i64,
    available_replicas: i64,
}

impl Deployment {
    fn is_ready(&self) -> bool {
        let Status { observed_generation, replicas, updated_replicas, available_replicas } = self.status;
        observed_generation >= self.metadata.generation
            && updated_replicas >= self.spec.replicas
            && replicas <= updated_replicas
            && available_replicas >= updated_replicas
    }
}
