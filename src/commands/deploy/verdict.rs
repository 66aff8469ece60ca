//! The end of a rollout that did not come to be ready, as an error: cause, evidence, what still runs, what to do.

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use super::show::waiting;
use crate::cluster::Cluster;
use crate::error::{Error, Kind};
use crate::rollout::{Assessment, Snapshot};
use crate::ui::seconds;

/// `late`: the deadline that is over; none when the rollout itself failed.
pub fn failed(cluster: &Cluster, assessment: &Assessment, snapshot: &Snapshot, late: Option<Duration>) -> Error {
    let name = snapshot.workload.name().to_owned();
    let (kind, end) = match late {
        Some(deadline) => (Kind::TimedOut, format!("{name} was not ready within {}", seconds(deadline))),
        None => (Kind::RolloutFailed, format!("{name} did not become ready")),
    };
    let mut error = match assessment.findings.first() {
        Some(finding) => {
            let error = Error::new(kind, format!("{end}: {}", finding.what)).at(&finding.object);
            let error = finding.evidence.iter().fold(error, Error::detail);
            error.hint(&finding.hint).reason(&finding.reason)
        }
        None => Error::new(kind, end).at(format!("Deployment {}/{name}", cluster.namespace)).reason("DeadlineExceeded"),
    };
    for other in assessment.findings.iter().skip(1) {
        error = error.detail(format!("also: {} ({})", other.what, other.object));
    }
    if late.is_some() {
        error.details.extend(waiting(assessment));
        error = error
            .hint("the rollout goes on in the cluster; look again with: plat status")
            .hint("give it more time with --deadline, or deadline.rollout in plat.yaml");
    }
    what_still_runs(error, cluster, assessment, snapshot, &name)
}

/// plat leaves the failed revision in place, so that it can be looked at.
fn what_still_runs(error: Error, cluster: &Cluster, assessment: &Assessment, snapshot: &Snapshot, name: &str) -> Error {
    let is_new = |pod: &&Pod| assessment.replicas.iter().any(|replica| pod.name_any() == replica.pod);
    let serving = snapshot.pods.iter().filter(|pod| !is_new(pod)).filter(|pod| is_ready(pod)).count();
    let namespace = &cluster.namespace;
    match serving {
        0 => error,
        n => error.hint(format!(
            "{n} {} of the revision before still {}; to go back to it: kubectl rollout undo deployment/{name} -n {namespace} \
             (and then, once it is mended: plat deploy --take)",
            if n == 1 { "replica" } else { "replicas" },
            if n == 1 { "serves" } else { "serve" },
        )),
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Somebody removed it while plat was watching.
pub fn deleted(cluster: &Cluster, deployment: &Deployment) -> Error {
    let name = deployment.name_any();
    Error::new(Kind::RolloutFailed, format!("{name} was deleted while it was being rolled out"))
        .at(format!("Deployment {}/{name}", cluster.namespace))
        .hint("deploy again when whoever deleted it is done")
        .reason("Deleted")
}
