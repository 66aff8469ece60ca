//! The second round of an apply: what really differs is written, in parallel; the Deployment last.

use futures::future::join_all;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, PostParams};
use serde_json::json;

use super::call::{self, MANAGER, Mode, describe};
use super::connect::Cluster;
use super::plan::{Action, Plan, Step, typed};
use crate::error::{Error, Result};
use crate::ui::Ui;

/// Holds the number of replicas between plat and an autoscaler.
const HANDOVER: &str = "plat-handover";

impl Plan {
    /// Writes what differs; returns the Deployment as it is now.
    ///
    /// # Errors
    /// When the API server refuses an object after all. The Deployment is written only after all others were, so its
    /// pods then still run as before.
    pub async fn apply(&self, cluster: &Cluster, ui: &Ui) -> Result<Deployment> {
        let Some((deployment, others)) = self.steps.split_last() else {
            return Err(Error::bug("a plan without objects"));
        };
        let writes: Vec<&Step> = others.iter().filter(|step| step.change.action != Action::Nothing).collect();
        let results = join_all(writes.iter().map(|step| write(cluster, step, ui))).await;
        let written: Vec<String> =
            writes.iter().zip(&results).filter(|(_, r)| r.is_ok()).map(|(step, _)| describe(&step.manifest)).collect();
        let half_done = |error: Error| match written.as_slice() {
            [] => error.hint("nothing was written"),
            written => error
                .detail(format!("already written: {}", written.join(", ")))
                .hint("the Deployment was not touched; mend the cause and deploy again, it goes on from here"),
        };
        if let Some(error) = results.into_iter().find_map(Result::err) {
            return Err(half_done(error));
        }
        if let Some(handover) = &self.handover {
            let mode = Mode { manager: HANDOVER, dry_run: false, take: false };
            let given = call::apply(cluster, handover, mode, ui).await;
            given.map_err(|e| half_done(cluster.explain(e, "hand the number of replicas over to the autoscaler")))?;
        }
        typed(&write(cluster, deployment, ui).await.map_err(half_done)?)
    }
}

async fn write(cluster: &Cluster, step: &Step, ui: &Ui) -> Result<serde_json::Value> {
    let mode = Mode { manager: MANAGER, dry_run: false, take: step.take };
    let reply = call::apply(cluster, &step.manifest, mode, ui).await;
    reply.map(|reply| reply.object).map_err(|e| cluster.explain(e, &format!("apply {}", describe(&step.manifest))))
}

/// Creates the namespace; one that somebody else just made is as good.
///
/// # Errors
/// When it may not be created.
pub async fn create_namespace(cluster: &Cluster) -> Result<()> {
    let name = &cluster.namespace;
    let namespace: Namespace = typed(&json!({
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": MANAGER}},
    }))?;
    let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    match Api::<Namespace>::all(cluster.client.clone()).create(&params, &namespace).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(kube::Error::Api(status)) if status.is_forbidden() => {
            Err(Error::user(format!("namespace {name} does not exist, and you may not create it"))
                .at(cluster.place())
                .hint("is the name right? kubectl get namespaces; choose another with -n")
                .hint(format!("or ask an administrator of the cluster: kubectl create namespace {name}"))
                .reason("NamespaceMissing")
                .because(kube::Error::Api(status)))
        }
        Err(error) => Err(cluster.explain(error, &format!("create namespace {name}"))),
    }
}
