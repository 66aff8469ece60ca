//! What is written about pods that hold older configuration. It is no part of what plat applies, so that a later apply
//! of the same manifest neither takes it away, which would restart the pods again, nor finds it changed.

use futures::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::plan::Plan;
use super::stale::NOTE;
use super::step::{Mark, RESTARTED_AT, Step};
use crate::cluster::api::{PARALLEL, request};
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::error::Result;

impl Plan {
    /// Notes on workloads what their pods hold, before that is no longer so: a deploy that is killed in between leaves
    /// no pod that nobody knows of.
    ///
    /// # Errors
    /// A lost lock. What cannot be noted is said, and is no reason not to deploy.
    pub(super) async fn note_stale(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<()> {
        let notes = self.steps.iter().filter_map(|step| match &step.mark {
            Mark::Note(note) | Mark::Restart { note, .. } => Some((step, note)),
            Mark::Nothing | Mark::Forget => None,
        });
        let written = notes.map(async |(step, note)| {
            guard.check().await?;
            let patch = json!({"metadata": {"annotations": {NOTE: note}}});
            if let Err(error) = request::merge(cluster, &step.manifest, &patch).await {
                let error = cluster.explain(error, &format!("note on {} what its pods hold", step.describe()));
                cluster.events.warn(format!("later deploys do not know of it: {error}"));
            }
            Ok(())
        });
        let written: Vec<Result<()>> = stream::iter(written).buffer_unordered(PARALLEL).collect().await;
        written.into_iter().collect()
    }
}

/// Restarts the pods of a workload that was just written, or takes the note off it; returns it as it is then.
///
/// # Errors
/// When the API server refuses it, or the lock was lost.
pub(super) async fn finish(cluster: &Cluster, guard: &WriteGuard, step: &Step) -> Result<Option<Value>> {
    let forget = json!({"metadata": {"annotations": {NOTE: null}}});
    let (doing, patch) = match &step.mark {
        Mark::Nothing | Mark::Note(_) => return Ok(None),
        Mark::Forget => ("take the note off", forget),
        Mark::Restart { at, .. } => {
            let template = json!({"metadata": {"annotations": {RESTARTED_AT: at}}});
            ("restart", json!({"metadata": forget["metadata"], "spec": {"template": template}}))
        }
    };
    guard.check().await?;
    let patched = request::merge(cluster, &step.manifest, &patch).await;
    let patched = patched.map_err(|error| cluster.explain(error, &format!("{doing} {}", step.describe())))?;
    Ok(Some(patched.object))
}
