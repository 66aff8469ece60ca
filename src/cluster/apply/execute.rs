//! The second round of an apply: what really differs is written, wave after wave, in parallel within each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{join, try_join_all};
use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use super::adopt;
use super::answer::{Missing, Refused, slim, some_of};
use super::handover::HANDOVER;
use super::late::{LOOK_AGAIN, NEW_KIND};
use super::mark;
use super::plan::{Plan, typed};
use super::refusal;
use super::step::{Applied, Mark, Step, Switch};
use crate::cluster::api::{MANAGER, Mode, PARALLEL, describe, request};
use crate::cluster::applyset::{Membership, Pruned, RENDERED, Set};
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::error::{Error, Result};
use crate::event::Action;
use crate::manifests::Manifest;
use crate::manifests::order;
use crate::reason::Reason;
use crate::text::foreign_line;

impl Plan {
    /// Writes what differs; returns all objects as they are now, in the order of the manifests. `patience`: how long
    /// what is being deleted, and wanted again, may take to be gone.
    ///
    /// # Errors
    /// When the API server refuses an object after all, or the lock was lost. What runs pods is written only after all
    /// that pods need, so those then still run as before.
    pub async fn apply(&self, cluster: &Cluster, guard: &WriteGuard, patience: Duration) -> Result<Vec<Applied>> {
        self.check_conflicts()?;
        // The parent of most sets lists all their kinds already, and only has to say that something is being written.
        let note = async {
            match self.unsettled().filter(|set| set.is_wide()) {
                Some(set) => set.widen(cluster, guard).await,
                None => Ok(()),
            }
        };
        let (noted, applied) = join(note, self.write(cluster, guard, patience)).await;
        let applied = applied?;
        noted.map(|()| applied)
    }

    /// The set where something of it changes.
    fn unsettled(&self) -> Option<&Membership> {
        self.membership.as_ref().filter(|set| !set.is_settled())
    }

    async fn write(&self, cluster: &Cluster, guard: &WriteGuard, patience: Duration) -> Result<Vec<Applied>> {
        let mut written: Vec<Option<Value>> = self.steps.iter().map(|_| None).collect();
        let mut late: BTreeMap<usize, Step> = BTreeMap::new();
        self.note_stale(cluster, guard).await?;
        for wave in 0..order::COUNT {
            guard.check().await.map_err(|error| self.cut_off(&written, error))?;
            let prepared = self.prepare(cluster, guard, wave).await;
            prepared.map_err(|error| self.half_done(&written, wave, error))?;
            let of_wave = || self.steps.iter().enumerate().filter(move |(_, step)| order::of(&step.manifest) == wave);
            let waits = |step: &Step| wave == order::AMID && step.missing == Some(Missing::Others);
            let due = |step: &Step| match step.missing {
                Some(Missing::Kind) => wave == order::AMID,
                Some(Missing::End) => order::of(&step.manifest) == wave,
                _ => false,
            };
            let planned = self.plan_late(cluster, patience, due).await;
            late.extend(planned.map_err(|error| self.half_done(&written, wave, error))?);
            let at_once =
                of_wave().filter(|(_, step)| !waits(step)).map(|(at, step)| (at, late.get(&at).unwrap_or(step)));
            self.write_all(cluster, guard, at_once, &mut written).await?;
            if wave == order::AMID {
                let due = |step: &Step| step.missing == Some(Missing::Others);
                let planned = self.plan_late(cluster, patience, due).await;
                late.extend(planned.map_err(|error| self.half_done(&written, wave, error))?);
                let rest =
                    of_wave().filter(|(_, step)| waits(step)).map(|(at, step)| (at, late.get(&at).unwrap_or(step)));
                self.write_all(cluster, guard, rest, &mut written).await?;
            }
        }
        let applied = self.steps.iter().enumerate().zip(written).filter_map(|((at, step), object)| {
            let step = late.get(&at).unwrap_or(step);
            let object = object.or_else(|| step.planned.clone())?;
            Some(Applied { manifest: step.manifest.clone(), object })
        });
        Ok(applied.collect())
    }

    /// Writes these in parallel.
    async fn write_all<'s>(
        &self,
        cluster: &Cluster,
        guard: &WriteGuard,
        steps: impl Iterator<Item = (usize, &'s Step)>,
        written: &mut [Option<Value>],
    ) -> Result<()> {
        let changes = steps.filter(|(_, step)| step.change.action != Action::Nothing || step.mark == Mark::Forget);
        let writes = changes.map(|(at, step)| async move {
            let written = async {
                let object = self.write_one(cluster, guard, step).await?;
                Ok(mark::finish(cluster, guard, step).await?.unwrap_or(object))
            };
            (at, step, written.await)
        });
        let results: Vec<_> = stream::iter(writes).buffer_unordered(PARALLEL).collect().await;
        let mut failed: Option<(usize, &Step, Error)> = None;
        for (at, step, result) in results {
            match result {
                Ok(mut object) => {
                    slim(&mut object);
                    written[at] = Some(object);
                }
                // The first of the manifests, not the first in time: the same mistake gives the same message.
                Err(error) if failed.as_ref().is_none_or(|(first, ..)| at < *first) => failed = Some((at, step, error)),
                Err(_) => {}
            }
        }
        match failed {
            Some((.., error)) if guard.is_lost() => Err(self.cut_off(written, error)),
            Some((_, step, error)) => Err(self.half_done(written, order::of(&step.manifest), error)),
            None => Ok(()),
        }
    }

    /// What the set needs before a wave is written: its parent names all that comes; no autoscaler that leaves may set
    /// back a number of replicas.
    async fn prepare(&self, cluster: &Cluster, guard: &WriteGuard, wave: usize) -> Result<()> {
        let Some(set) = self.unsettled() else { return Ok(()) };
        match wave {
            // Namespaces come before it, because its own may be one of them.
            order::AMID => self.widen(cluster, guard).await,
            order::WORKLOAD_WAVE => set.stop_autoscalers(cluster, guard).await,
            _ => Ok(()),
        }
    }

    /// Makes the set's parent list the kinds of all that is about to be written, if it does not yet.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn widen(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<()> {
        match self.unsettled().filter(|set| !set.is_wide()) {
            Some(set) => set.widen(cluster, guard).await,
            None => Ok(()),
        }
    }

    /// Once the workloads are ready: switches what leads requests to them.
    ///
    /// # Errors
    /// When the API server refuses it, or the lock was lost.
    pub async fn switch(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<()> {
        let late = self.steps.iter().filter(|step| matches!(step.switch, Switch::WhenReady { .. }));
        let switches = late.map(async |step| {
            guard.check().await?;
            let mode = Mode { manager: MANAGER, dry_run: false, take: step.take };
            let applied = request::apply(cluster, &step.manifest, mode).await;
            applied.map(drop).map_err(|e| cluster.explain(e, &format!("switch {} to the new pods", step.describe())))
        });
        try_join_all(switches).await.map(drop)
    }

    /// After success: deletes what left the set, and notes that the set is as it is wanted.
    ///
    /// # Errors
    /// When something cannot be deleted, or the lock was lost; the next deploy tries again.
    pub async fn settle(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<Pruned> {
        match &self.membership {
            Some(membership) => membership.settle(cluster, guard).await,
            None => Ok(Pruned::default()),
        }
    }

    /// All objects as they are, where nothing has to be written: the answers of the first round tell it.
    #[must_use]
    pub fn unchanged(&self) -> Option<Vec<Applied>> {
        let object = |step: &Step| {
            let manifest = step.manifest.clone();
            step.planned.clone().map(|object| Applied { manifest, object })
        };
        self.is_unchanged().then(|| self.steps.iter().filter_map(object).collect())
    }

    async fn write_one(&self, cluster: &Cluster, guard: &WriteGuard, step: &Step) -> Result<Value> {
        let manifest = match &step.switch {
            Switch::AtOnce => &step.manifest,
            Switch::WhenReady { meanwhile: Some(manifest) } => manifest,
            Switch::WhenReady { meanwhile: None } => return Ok(step.live.clone().unwrap_or_default()),
        };
        if let (Some(tools), Some(live)) = (step.adopts, &step.live) {
            adopt::migrate(cluster, guard, manifest, (live, tools)).await?;
        }
        if let Some(handover) = &step.handover {
            guard.check().await?;
            let mode = Mode { manager: HANDOVER, dry_run: false, take: false };
            let given = request::apply(cluster, handover, mode).await;
            given.map_err(|e| cluster.explain(e, "hand the number of replicas over to the autoscaler"))?;
        }
        let mode = Mode { manager: MANAGER, dry_run: false, take: step.take };
        let began = Instant::now();
        loop {
            guard.check().await?;
            let error = match request::apply(cluster, manifest, mode).await {
                Ok(reply) if manifest.kind == "CustomResourceDefinition" => {
                    established(cluster, manifest).await?;
                    return Ok(reply.object);
                }
                Ok(reply) => return Ok(reply.object),
                Err(error) => error,
            };
            if !matches!(&error, kube::Error::Api(status) if self.may_pass(manifest, status, began)) {
                let refused = Refused { manifest: Arc::clone(&step.manifest), doing: "apply", error };
                return Err(refusal::all(cluster, &self.origins, vec![refused]).await);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn names_of(&self, written: &[Option<Value>]) -> Vec<String> {
        let written = self.steps.iter().zip(written).filter(|(_, object)| object.is_some());
        written.map(|(step, _)| describe(&step.manifest)).collect()
    }

    /// Someone else writes now, so there is nothing to continue.
    fn cut_off(&self, written: &[Option<Value>], error: Error) -> Error {
        match self.names_of(written).as_slice() {
            [] => error,
            names => error.detail(format!("already written: {}", some_of(names))),
        }
    }

    fn half_done(&self, written: &[Option<Value>], wave: usize, error: Error) -> Error {
        let error = match self.names_of(written).as_slice() {
            [] => return error.hint("nothing was written"),
            names => error.detail(format!("already written: {}", some_of(names))),
        };
        if wave < order::WORKLOAD_WAVE {
            error.hint("nothing that runs pods was touched; fix the cause and deploy again, it continues from here")
        } else {
            error.hint("fix the cause and deploy again, it continues from here")
        }
    }
}

/// Waits until the API server serves the kind (`apiextensions.k8s.io/v1`, condition Established).
async fn established(cluster: &Cluster, definition: &Manifest) -> Result<()> {
    let began = Instant::now();
    let mut why = None;
    while why.is_none() && began.elapsed() < NEW_KIND {
        let read = request::get(cluster, definition).await;
        let object = read.map_err(|e| cluster.explain(e, &format!("read {}", describe(definition))))?;
        let conditions = object.as_ref().and_then(|object| object["status"]["conditions"].as_array());
        let find = |kind: &str, status: &str| {
            let mut conditions = conditions.into_iter().flatten();
            conditions.find(|condition| condition["type"] == kind && condition["status"] == status)
        };
        if find("Established", "True").is_some() {
            return Ok(());
        }
        why = find("NamesAccepted", "False").and_then(|refused| refused["message"].as_str()).map(str::to_owned);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let error = Error::user(format!("the API server does not serve the kind of {}", describe(definition)))
        .at(cluster.place())
        .hint(format!("see its conditions: kubectl get customresourcedefinition {} -o yaml", definition.name))
        .reason(Reason::NotEstablished);
    Err(why.into_iter().fold(error, |error, why| error.detail(foreign_line(&why, 200))))
}

/// Creates the namespace, as the plan has it where it is one of its objects; one that someone else just made is as
/// good.
///
/// # Errors
/// When it may not be created.
pub async fn create_namespace(cluster: &Cluster, guard: &WriteGuard, plan: &Plan, name: &str) -> Result<()> {
    guard.check().await?;
    let own = plan.steps.iter().find(|step| step.manifest.kind == "Namespace" && step.manifest.name == name);
    if let Some(own) = own {
        return plan.write_one(cluster, guard, own).await.map(drop);
    }
    let namespace: Namespace = typed(&json!({
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": MANAGER}},
    }))?;
    let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    match Api::<Namespace>::all(cluster.client.clone()).create(&params, &namespace).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(kube::Error::Api(status)) if status.is_forbidden() => {
            Err(Error::user(format!("namespace {name} does not exist, and you are not allowed to create it"))
                .at(cluster.place())
                .hint("is the name right? kubectl get namespaces; choose another with -n")
                .hint(format!("or ask an administrator of the cluster: kubectl create namespace {name}"))
                .reason(Reason::NamespaceMissing)
                .because(kube::Error::Api(status)))
        }
        Err(error) => Err(cluster.explain(error, &format!("create namespace {name}"))),
    }
}

/// The workload of a service in the cluster, if this rendering was applied to it already.
///
/// # Errors
/// When the API server does not answer.
pub async fn applied(cluster: &Cluster, set: &Set) -> Result<Option<Applied>> {
    let Some(manifest) = set.noted() else { return Ok(None) };
    let live = request::get(cluster, manifest).await;
    let live = live.map_err(|e| cluster.explain(e, &format!("read {}", describe(manifest))))?;
    let same = |live: &Value| live["metadata"]["annotations"][RENDERED] == json!(set.rendered());
    Ok(live.filter(same).map(|object| Applied { manifest: Arc::clone(manifest), object }))
}
