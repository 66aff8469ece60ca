//! Jobs, and `StatefulSet`s that do not go on.

use serde_json::json;

use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::{container, job, pod, stateful_set, with};
use crate::support::{Shop, eventually};

const ATTEMPT: &str = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";
const FAILS: &str = "echo migrating; echo 'ERROR: relation users does not exist'; exit 3";

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("Job fails", |shop| {
        let limit = json!({"spec": {"backoffLimit": 1}});
        shop.deploy_manifests(job(pod(&[container("shop", shop.image(), FAILS)]), limit), &[])
            .fails(3)
            .reason("Error")
            .what("the database of container shop has no table users")
            .evidence("relation users does not exist")
            .hint("is it the right database")
    }),
    doomed("Job fails", |shop| {
        // The Job takes its pod away when it gives up, and the log with it.
        let limit = json!({"spec": {"backoffLimit": 2, "template": {"spec": {"restartPolicy": "OnFailure"}}}});
        shop.deploy_manifests(job(pod(&[container("shop", shop.image(), FAILS)]), limit), &[])
            .fails(3)
            .reason("Error")
            .what("the database of container shop has no table users")
            .evidence("relation users does not exist")
            .hint("`restartPolicy: Never` keeps each pod that failed")
    }),
    recovers("Job fails", |shop| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no database; exit 1; }}");
        let more = json!({"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}});
        shop.deploy_manifests(job(pod(&[container("shop", shop.image(), &script)]), more), &[]).succeeds()
    }),
    doomed("Job is not done in time", |shop| {
        let limit = json!({"spec": {"activeDeadlineSeconds": 8}});
        shop.deploy_manifests(
            job(pod(&[container("shop", shop.image(), "echo waiting for the lock; exec sleep 1000")]), limit),
            &[],
        )
        .fails(3)
        .reason("DeadlineExceeded")
        .what("not done within its activeDeadlineSeconds of 8")
        .evidence("longer than specified deadline")
        .hint("raise activeDeadlineSeconds")
    }),
    recovers("Job is not done in time", |shop| {
        let limit = json!({"spec": {"activeDeadlineSeconds": 60}});
        shop.deploy_manifests(job(pod(&[container("shop", shop.image(), "sleep 8")]), limit), &[]).succeeds()
    }),
    doomed("StatefulSet stuck on a broken pod", |shop| {
        broken_before(shop);
        shop.deploy_manifests(stateful_set(&ready(shop.image()), json!({})), &[])
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("the update waits for shop-0 of the ")
            .evidence("no config")
            .hint("delete pod shop-0")
    }),
    recovers("StatefulSet stuck on a broken pod", |shop| {
        broken_before(shop);
        let uid = || shop.field("pod/shop-0", ".metadata.uid");
        let before = uid();
        let deploy = shop.deploy_manifests(stateful_set(&ready(shop.image()), json!({})), &[]).start();
        eventually("the new revision is known", || shop.names("controllerrevisions").len() == 2);
        shop.kubectl(&["delete", "pod", "shop-0"]);
        let end = deploy.ends().succeeds();
        assert_ne!(uid(), before);
        end
    }),
    recovers("StatefulSet stuck on a broken pod", |shop| {
        // Nothing probes it: it is ready for 3 s at each start, and the controller takes its chance.
        let broken = pod(&[container("shop", shop.image(), "echo no config; sleep 3; exit 2")]);
        shop.apply(stateful_set(&broken, json!({})));
        shop.shows("pods", "CrashLoopBackOff");
        shop.deploy_manifests(stateful_set(&ready(shop.image()), json!({})), &["--take", "all"]).succeeds()
    }),
    doomed("StatefulSet pod held by a finalizer", |shop| {
        held_before(shop);
        let end = shop.deploy_manifests(stateful_set(&changed(shop.image()), json!({})), &[]).run();
        patch(shop, "null");
        end.fails(3)
            .reason("Terminating")
            .what("finalizer plat.dev/hold keeps it")
            .evidence("plat.dev/hold")
            .hint("kubectl -n")
    }),
    recovers("StatefulSet pod held by a finalizer", |shop| {
        held_before(shop);
        let deploy = shop.deploy_manifests(stateful_set(&changed(shop.image()), json!({})), &[]).start();
        shop.shows("pods", "deletionTimestamp");
        patch(shop, "null");
        deploy.ends().succeeds()
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
fn broken_before(shop: &Shop) {
    let never = json!({"readinessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1}});
    let broken = with(container("shop", shop.image(), "echo no config; exit 2"), never);
    let broken = stateful_set(&pod(&[broken]), json!({}));
    let end = shop.deploy_manifests(broken, &["--deadline", "5s"]).run();
    assert_ne!(end.code, 0, "{end:#?}");
}

fn held_before(shop: &Shop) {
    shop.apply(stateful_set(&ready(shop.image()), json!({})));
    shop.rolled_out("statefulset/shop");
    patch(shop, "[\"plat.dev/hold\"]");
}

fn patch(shop: &Shop, finalizers: &str) {
    let patch = format!("{{\"metadata\":{{\"finalizers\":{finalizers}}}}}");
    shop.kubectl(&["patch", "pod", "shop-0", "--type=merge", "-p", &patch]);
}
