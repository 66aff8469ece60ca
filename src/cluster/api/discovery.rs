//! Which kinds this API server serves beside the built-in ones: asked only when a manifest needs it, in one request
//! (aggregated discovery, `apidiscovery.k8s.io/v2`), and remembered on disk for a short while.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::ACCEPT;
use serde_json::Value;

use crate::cluster::connect::Cluster;
use crate::error::{Error, Result};
use crate::files::Kinds;
use crate::input;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/// A kind that is not in it is asked for again at once; what can be wrong is only a kind that changed its plural or
/// scope, or went away, in the meantime.
const KEPT_FOR: Duration = Duration::from_mins(10);

/// Of what is remembered of a cluster with thousands of kinds; in bytes.
const LARGEST: u64 = 64 << 20;

/// What was asked a short while ago, if it was.
#[must_use]
pub fn remembered(cluster: &Cluster, cache: &Path) -> Option<Kinds> {
    let file = file(cluster, cache);
    let age = fs::metadata(&file).and_then(|file| file.modified()).ok()?.elapsed().ok()?;
    let text = input::read(&file, LARGEST).ok().filter(|_| age < KEPT_FOR)?;
    serde_json::from_slice(&text).ok()
}

/// Asks the API server, and remembers the answer.
///
/// # Errors
/// When it does not answer.
pub async fn discover(cluster: &Cluster, cache: &Path) -> Result<Kinds> {
    let request = http::Request::get("/apis").header(ACCEPT, AGGREGATED).body(Vec::new());
    let request = request.map_err(|e| Error::bug("a request that is none").because(e))?;
    let answer = cluster.client.request::<Value>(request).await;
    let kinds = Kinds::discovered(&answer.map_err(|e| cluster.explain(e, "ask which kinds there are"))?);
    // Without the cache the next deploy asks again; that is all.
    if let Err(error) = remember(&file(cluster, cache), &kinds) {
        tracing::info!(%error, "discovery is not remembered");
    }
    Ok(kinds)
}

/// One file for each API server, called as it is; another user of the same server sees the same kinds.
fn file(cluster: &Cluster, cache: &Path) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let name: String = cluster.server.chars().map(plain).take(200).collect();
    cache.join("discovery").join(format!("{name}.json"))
}

fn remember(file: &Path, kinds: &Kinds) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(&serde_json::to_vec(kinds)?)?;
    beside.persist(file)?;
    Ok(())
}
