//! Undoes an apply that has no revision to go back to: what was there before is put back as it was, owners included, and
//! what came with it is deleted.

use std::sync::Arc;

use futures::future::try_join_all;
use kube::api::PropagationPolicy;
use serde_json::{Value, json};

use super::plan::Plan;
use super::raced;
use super::step::{Applied, Step};
use crate::cluster::api::request;
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::error::{Error, Result};
use crate::event::Action;
use crate::reason::Reason;

/// Kinds that hold what cannot be made again: they stay where they are.
const KEPT: [&str; 4] = ["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim", "PersistentVolume"];

impl Plan {
    /// The objects that were there before and have changed.
    pub fn displaced(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.live.is_some() && matches!(step.change.action, Action::Change | Action::Track))
    }

    /// Puts back what was there; returns it as it is now.
    ///
    /// # Errors
    /// When the API server refuses it, or the lock was lost.
    pub async fn put_back(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<Vec<Applied>> {
        let put = try_join_all(self.displaced().map(|step| put(cluster, guard, step))).await?;
        let new = self
            .steps
            .iter()
            .filter(|step| step.change.action == Action::Create && !KEPT.contains(&step.manifest.kind.as_str()));
        try_join_all(new.map(|step| delete(cluster, guard, step))).await?;
        Ok(put)
    }
}

const CONFLICT: u16 = 409;
/// The API server's answer where the test of a JSON patch fails.
const TEST_FAILED: u16 = 422;

/// Only where nobody has changed what was put back: a controller writes the status of a Deployment at once, which is no
/// change of it (its `generation` stays).
fn unchanged(object: &Value) -> Value {
    let metadata = &object["metadata"];
    match &metadata["generation"] {
        Value::Null => {
            json!({"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]})
        }
        generation => json!({"op": "test", "path": "/metadata/generation", "value": generation}),
    }
}

async fn put(cluster: &Cluster, guard: &WriteGuard, step: &Step) -> Result<Applied> {
    let explain = |error| cluster.explain(error, &format!("put back {}", step.describe()));
    let mut body = step.live.clone().unwrap_or_default();
    for attempt in 0..raced::ATTEMPTS {
        raced::pause_before(attempt).await;
        guard.check().await?;
        let now = request::get(cluster, &step.manifest).await.map_err(explain)?;
        let Some(now) = now else {
            return Err(Error::user(format!("{} was deleted meanwhile", step.describe())).reason(Reason::Deleted));
        };
        body["metadata"]["resourceVersion"] = now["metadata"]["resourceVersion"].clone();
        let reply = match request::replace(cluster, &step.manifest, &body).await {
            Ok(reply) => reply,
            Err(kube::Error::Api(status)) if status.code == CONFLICT => continue,
            Err(error) => return Err(explain(error)),
        };
        // What the write changed counts as plat's; whose it was is put back as well.
        let owners =
            json!({"op": "replace", "path": "/metadata/managedFields", "value": body["metadata"]["managedFields"]});
        match request::patch(cluster, &step.manifest, &[unchanged(&reply.object), owners]).await {
            Ok(reply) => return Ok(Applied { manifest: Arc::clone(&step.manifest), object: reply.object }),
            Err(kube::Error::Api(status)) if [CONFLICT, TEST_FAILED].contains(&status.code) => {}
            Err(error) => return Err(explain(error)),
        }
    }
    Err(Error::user(format!("cannot put back {}: someone changes it all the time", step.describe()))
        .at(cluster.place())
        .reason(Reason::Conflict))
}

async fn delete(cluster: &Cluster, guard: &WriteGuard, step: &Step) -> Result<()> {
    let explain = |error| cluster.explain(error, &format!("delete {}", step.describe()));
    guard.check().await?;
    let Some(now) = request::get(cluster, &step.manifest).await.map_err(explain)? else { return Ok(()) };
    let uid = now["metadata"]["uid"].as_str().unwrap_or_default();
    request::delete(cluster, &step.manifest, uid, PropagationPolicy::Background).await.map(drop).map_err(explain)
}
