//! The classes of failure, as data; each has a doomed story and one that recovers.

use std::collections::BTreeSet;

use super::story::{Story, Way};
use super::{config, crash, images, init, jobs, migrations, nodes, probes, refused, runtime, scheduling, storage};
use crate::harness::tests;

tests![LOCAL:
    every_class_is_told_both_ways,
];

/// Every kind of rollout that must end rightly, in the order in which docs/failures/ has them.
const CLASSES: &[&str] = &[
    "tag missing",
    "repository missing",
    "registry unreachable",
    "registry needs a login",
    "registry refuses the password",
    "wrong architecture",
    "invalid image name",
    "ErrImageNeverPull",
    "exit non-zero",
    "exit zero again and again",
    "command not found",
    "not executable",
    "wrong working folder",
    "permission denied",
    "port below 1024",
    "port taken in the pod",
    "postStart hook fails",
    "read-only file system",
    "a log full of secrets",
    "OOM at start",
    "OOM later",
    "crash after ready",
    "runAsNonRoot with a root user",
    "runAsNonRoot with a named user",
    "Secret missing (env)",
    "Secret missing (envFrom)",
    "Secret missing (volume)",
    "key of a Secret missing (env)",
    "key of a Secret missing (volume)",
    "ConfigMap missing (env)",
    "ConfigMap missing (envFrom)",
    "ConfigMap missing (volume)",
    "key of a ConfigMap missing (env)",
    "key of a ConfigMap missing (volume)",
    "probe wrong port",
    "probe wrong path",
    "probe refused",
    "probe by a port name that does not exist",
    "liveness kills a slow starter",
    "slow startup",
    "flapping readiness",
    "progress deadline",
    "too much CPU",
    "too much memory",
    "no node by selector",
    "no node by taint",
    "no node by affinity",
    "host port taken",
    "node not ready",
    "PVC unbound",
    "PVC missing",
    "quota",
    "LimitRange",
    "Pod Security",
    "admission webhook denies",
    "admission webhook is down",
    "ValidatingAdmissionPolicy",
    "ServiceAccount missing",
    "PriorityClass missing",
    "init container fails",
    "init container waits",
    "sidecar fails",
    "second container fails",
    "immutable field",
    "namespace terminating",
    "RBAC forbids",
    "kind unknown",
    "invalid spec",
    "migration Job fails",
    "Job fails",
    "Job is not done in time",
    "StatefulSet stuck on a broken pod",
    "StatefulSet pod held by a finalizer",
    "evicted",
    "paused",
];

const TOLD: &[&[Story]] = &[
    config::STORIES,
    crash::STORIES,
    images::STORIES,
    init::STORIES,
    jobs::STORIES,
    migrations::STORIES,
    nodes::STORIES,
    probes::STORIES,
    refused::STORIES,
    runtime::STORIES,
    scheduling::STORIES,
    storage::STORIES,
];

fn every_class_is_told_both_ways() {
    let told: Vec<(&str, Way)> = TOLD.iter().flat_map(|stories| stories.iter()).map(|it| (it.class, it.way)).collect();
    let lacks = |class: &&str, way| (!told.contains(&(*class, way))).then(|| format!("{class} ({way:?})"));
    let missing: Vec<String> =
        CLASSES.iter().flat_map(|class| [lacks(class, Way::Doomed), lacks(class, Way::Recovers)]).flatten().collect();
    assert!(missing.is_empty(), "no story: {}", missing.join("; "));
    let known: BTreeSet<&str> = CLASSES.iter().copied().collect();
    let unknown: BTreeSet<&str> = told.iter().map(|(class, _)| *class).filter(|class| !known.contains(class)).collect();
    assert!(unknown.is_empty(), "not in the list of classes: {unknown:?}");
    assert_eq!(known.len(), CLASSES.len(), "each class once");
}
