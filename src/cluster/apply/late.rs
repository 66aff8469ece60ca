//! What cannot be planned before the rest of its set is there is planned after that, and before it is written.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use kube::core::Status;
use serde_json::Value;

use super::answer::{Missing, Refused};
use super::conflict;
use super::dry_run::{Reads, ask};
use super::peers::waits_for;
use super::plan::Plan;
use super::refusal;
use super::step::Step;
use crate::cluster::api::{PARALLEL, request};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Kind, Result};
use crate::event::Action;
use crate::manifests::Manifest;
use crate::reason::Reason;
use crate::rollout::finalizers;
use crate::text::foreign_line;

/// How long the API server may take to serve a new kind.
pub(super) const NEW_KIND: Duration = Duration::from_secs(30);
/// How long what admission looks up may take to arrive there: a quota is counted first, a schema read again.
const ARRIVES: Duration = Duration::from_secs(10);
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Plan {
    /// Plans those that waited for this. `patience`: how long what is being deleted may take to be gone.
    ///
    /// # Errors
    /// When the server still refuses one, it conflicts, or does not go.
    pub(super) async fn plan_late(
        &self,
        cluster: &Cluster,
        patience: Duration,
        waited: impl Fn(&Step) -> bool,
    ) -> Result<Vec<(usize, Step)>> {
        let late = self.steps.iter().enumerate().filter(|(_, step)| waited(step));
        let asked = late.map(async |(at, step)| {
            if step.missing == Some(Missing::End)
                && let Err(error) =
                    gone(cluster, &step.manifest, step.live.as_ref().unwrap_or(&Value::Null), patience).await
            {
                return (at, Err(error));
            }
            (at, self.ask_again(cluster, step).await)
        });
        let asked: Vec<_> = stream::iter(asked).buffered(PARALLEL).collect().await;
        asked.into_iter().map(|(at, step)| step.map(|step| (at, step))).collect()
    }

    async fn ask_again(&self, cluster: &Cluster, step: &Step) -> Result<Step> {
        let (set, began) = (self.set.as_deref(), Instant::now());
        let mut asked = loop {
            let manifest = Arc::clone(&step.manifest);
            let error = match ask(cluster, manifest, Reads::WhereNeeded, &self.takes, set).await {
                Ok(asked) => break asked,
                Err(refused) => refused,
            };
            match &error {
                Refused { error: kube::Error::Api(status), .. } if self.may_pass(&step.manifest, status, began) => {}
                _ => return Err(refusal::all(cluster, &self.origins, vec![error]).await),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        };
        let open = std::mem::take(&mut asked.decisions.open);
        if open.is_empty() { Ok(Step::of(asked)) } else { Err(conflict::error(&open, self.made_by_plat, self.source)) }
    }

    /// Whether trying again may help: what was written a moment ago has not arrived everywhere.
    pub(super) fn may_pass(&self, refused: &Manifest, status: &Status, began: Instant) -> bool {
        let changing = self.steps.iter().filter(|step| step.change.action != Action::Nothing);
        let changing: Vec<Arc<Manifest>> = changing.map(|step| Arc::clone(&step.manifest)).collect();
        let limit = match waits_for(&changing, refused, status) {
            Some(Missing::Kind) if status.code == 404 => NEW_KIND,
            Some(_) => ARRIVES,
            None => Duration::ZERO,
        };
        began.elapsed() < limit
    }
}

/// Waits until this namespace is gone, with all that is in it.
///
/// # Errors
/// When it is not gone within `patience`.
pub async fn await_end_of_namespace(cluster: &Cluster, name: &str, patience: Duration) -> Result<()> {
    let namespace = request::core("Namespace", "namespaces", None, name);
    let read = request::get(cluster, &namespace).await;
    match read.map_err(|e| cluster.explain(e, &format!("read {}", namespace.describe())))? {
        Some(live) => gone(cluster, &namespace, &live, patience).await,
        None => Ok(()),
    }
}

/// Waits until what is being deleted is gone. `live`: the object as it was.
async fn gone(cluster: &Cluster, manifest: &Manifest, live: &Value, patience: Duration) -> Result<()> {
    let began = Instant::now();
    loop {
        let read = request::get(cluster, manifest).await;
        let read = read.map_err(|e| cluster.explain(e, &format!("read {}", manifest.describe())))?;
        let is_it = |object: &Value| object["metadata"]["uid"] == live["metadata"]["uid"];
        let Some(object) = read.filter(is_it) else { return Ok(()) };
        if began.elapsed() >= patience {
            let seconds = patience.as_secs();
            let error = Error::new(
                Kind::TimedOut,
                format!("{} is being deleted and was not gone after {seconds}s", manifest.describe()),
            );
            let error =
                finalizers(&object).into_iter().chain(remains(&object)).fold(error.at(cluster.place()), Error::detail);
            return Err(error
                .hint("once it is gone, deploy again; whoever set a finalizer must take it off")
                .reason(Reason::Terminating));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What a namespace still waits for, in its own words.
fn remains(namespace: &Value) -> Vec<String> {
    let conditions = namespace["status"]["conditions"].as_array().into_iter().flatten();
    let open = conditions.filter(|condition| condition["status"] == "True");
    open.filter_map(|condition| Some(foreign_line(condition["message"].as_str()?, 400))).collect()
}
