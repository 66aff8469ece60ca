//! Jobs, and `StatefulSet`s that do not go on.

use serde_json::json;

use super::deploy::meanwhile;
use super::files::{container, deploy, job, pod, stateful_set, with};
use super::story::{Story, doomed, recovers, together};
use crate::support::{self, Namespace};

const ATTEMPT: &str = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";
const FAILS: &str = "echo migrating; echo 'ERROR: relation users does not exist'; exit 3";

pub const STORIES: &[Story] = &[
    doomed("Job fails", |ns, image| {
        let limit = json!({"spec": {"backoffLimit": 1}});
        deploy(ns, &job(pod(&[container("shop", image, FAILS)]), limit), &[]).failed(
            "Error",
            "container shop failed: exit code 3",
            "relation users does not exist",
            "fix what the log says",
        )
    }),
    doomed("Job fails", |ns, image| {
        // The Job takes its pod away when it gives up, and the log with it.
        let limit = json!({"spec": {"backoffLimit": 2, "template": {"spec": {"restartPolicy": "OnFailure"}}}});
        deploy(ns, &job(pod(&[container("shop", image, FAILS)]), limit), &[]).failed(
            "Error",
            "container shop keeps crashing: exit code 3",
            "relation users does not exist",
            "`restartPolicy: Never` keeps each pod that failed",
        )
    }),
    recovers("Job fails", |ns, image| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no database; exit 1; }}");
        let more = json!({"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}});
        deploy(ns, &job(pod(&[container("shop", image, &script)]), more), &[]).succeeded()
    }),
    doomed("Job is not done in time", |ns, image| {
        let limit = json!({"spec": {"activeDeadlineSeconds": 8}});
        deploy(ns, &job(pod(&[container("shop", image, "echo waiting for the lock; exec sleep 1000")]), limit), &[])
            .failed(
                "DeadlineExceeded",
                "not done within its activeDeadlineSeconds of 8",
                "longer than specified deadline",
                "logs job/shop",
            )
    }),
    recovers("Job is not done in time", |ns, image| {
        let limit = json!({"spec": {"activeDeadlineSeconds": 60}});
        deploy(ns, &job(pod(&[container("shop", image, "sleep 8")]), limit), &[]).succeeded()
    }),
    doomed("StatefulSet stuck on a broken pod", |ns, image| {
        broken_before(ns, image);
        deploy(ns, &stateful_set(&ready(image), json!({})), &[]).failed(
            "CrashLoopBackOff",
            "the update waits for shop-0 of the previous revision",
            "no config",
            "delete pod shop-0",
        )
    }),
    recovers("StatefulSet stuck on a broken pod", |ns, image| {
        broken_before(ns, image);
        let uid = || support::kubectl(ns, &["get", "pod", "shop-0", "-o", "jsonpath={.metadata.uid}"]);
        let before = uid();
        let mend = || {
            support::eventually("the new revision is known", || {
                support::kubectl(ns, &["get", "controllerrevisions", "-o", "name"]).lines().count() == 2
            });
            support::kubectl(ns, &["delete", "pod", "shop-0"]);
        };
        let end = meanwhile(mend, || deploy(ns, &stateful_set(&ready(image), json!({})), &[])).succeeded();
        assert_ne!(uid(), before);
        end
    }),
    recovers("StatefulSet stuck on a broken pod", |ns, image| {
        // Nothing probes it: it is ready for 3 s at each start, and the controller takes its chance.
        let broken = pod(&[container("shop", image, "echo no config; sleep 3; exit 2")]);
        support::apply(ns, &stateful_set(&broken, json!({})).to_string());
        super::deploy::wait_until_they_say(ns, "pods", "CrashLoopBackOff");
        deploy(ns, &stateful_set(&ready(image), json!({})), &["--take", "all"]).succeeded()
    }),
    doomed("StatefulSet pod held by a finalizer", |ns, image| {
        held_before(ns, image);
        let end = deploy(ns, &stateful_set(&changed(image), json!({})), &[]);
        patch(ns, "null");
        end.failed("Terminating", "finalizer plat.dev/hold keeps it", "plat.dev/hold", "kubectl -n")
    }),
    recovers("StatefulSet pod held by a finalizer", |ns, image| {
        held_before(ns, image);
        let mend = || {
            super::deploy::wait_until_they_say(ns, "pods", "deletionTimestamp");
            patch(ns, "null");
        };
        meanwhile(mend, || deploy(ns, &stateful_set(&changed(image), json!({})), &[])).succeeded()
    }),
];

fn ready(image: &str) -> serde_json::Value {
    let probe = json!({"readinessProbe": {"exec": {"command": ["true"]}, "periodSeconds": 1}});
    pod(&[with(container("shop", image, "exec sleep 1000"), probe)])
}

fn changed(image: &str) -> serde_json::Value {
    with(ready(image), json!({"metadata": {"annotations": {"revision": "2"}}}))
}

/// A `StatefulSet` whose pod never becomes ready, not for a moment, so that the controller never replaces it: plat gave
/// up on it.
fn broken_before(ns: &Namespace, image: &str) {
    let never = json!({"readinessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1}});
    let broken = with(container("shop", image, "echo no config; exit 2"), never);
    let broken = stateful_set(&pod(&[broken]), json!({}));
    let end = deploy(ns, &broken, &["--deadline", "5s"]);
    assert!(!end.is_success(), "{}", end.output);
}

fn held_before(ns: &Namespace, image: &str) {
    support::apply(ns, &stateful_set(&ready(image), json!({})).to_string());
    support::kubectl(ns, &["rollout", "status", "statefulset/shop"]);
    patch(ns, "[\"plat.dev/hold\"]");
}

fn patch(ns: &Namespace, finalizers: &str) {
    let patch = format!("{{\"metadata\":{{\"finalizers\":{finalizers}}}}}");
    support::kubectl(ns, &["patch", "pod", "shop-0", "--type=merge", "-p", &patch]);
}

#[test]
fn jobs_and_stateful_sets() {
    together(STORIES);
}
