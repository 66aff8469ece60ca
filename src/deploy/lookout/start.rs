//! Starts the process that looks on.

use std::time::Duration;

use jiff::Timestamp;

use super::order::Order;
use crate::cluster::apply::Plan;
use crate::cluster::watch;
use crate::deploy::release::{Afterwards, Deploy};
use crate::deploy::rollout::Rolled;
use crate::detached;

/// How long it looks on.
pub const LOOKS_ON: Duration = Duration::from_mins(1);
/// The command that it runs.
const COMMAND: &str = "lookout";

/// Has what is ready looked at, where that is wanted and its pods are new. Says for how long; none where nobody does: it
/// is no failure of the deploy that a process could not be started.
pub fn start(deploy: &Deploy<'_>, plan: &Plan, rolled: &Rolled) -> Option<Duration> {
    let Afterwards::Lookout { guard } = deploy.release.afterwards else { return None };
    let workloads = rolled.ready.watched.clone();
    if !rolled.changed || workloads.is_empty() {
        return None;
    }
    let manifests = &deploy.set().manifests;
    let unrecorded = manifests.iter().filter(|_| rolled.revision.is_none());
    let order = Order {
        context: deploy.cluster().context.clone(),
        server: deploy.cluster().server.clone(),
        namespace: deploy.cluster().namespace.clone(),
        name: deploy.name().to_owned(),
        revision: rolled.revision,
        manifests: unrecorded.map(|manifest| (**manifest).clone()).collect(),
        run: deploy.recorder().id(),
        phases: deploy.recorder().phases(),
        diff: plan.diff(),
        who: deploy.release.who.clone(),
        guard,
        deadline: deploy.release.graces.rollout.as_secs(),
        until: Timestamp::now() + LOOKS_ON,
        scopes: watch::pod_scopes(manifests.iter().map(|manifest| &**manifest)),
        workloads,
    };
    let started = serde_json::to_vec(&order)
        .map_err(std::io::Error::other)
        .and_then(|order| detached::start(deploy.session.settings, &[COMMAND], &order));
    match started {
        Ok(()) => Some(LOOKS_ON),
        Err(error) => {
            tracing::info!("nobody looks on: {error}");
            None
        }
    }
}
