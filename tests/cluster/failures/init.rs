//! Init containers and sidecars.

use serde_json::{Value, json};

use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::{container, deployment, pod, with};
use crate::support::{Plat, SERVE, Shop};

const ATTEMPT: &str = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("init container fails", |shop| {
        first(shop, "echo migrating; echo no such table; exit 3", json!({}), &[])
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("init container first keeps crashing: exit code 3")
            .evidence("no such table")
            .hint("fix what the log says")
    }),
    recovers("init container fails", |shop| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no database; exit 1; }}");
        first(shop, &script, json!({}), &[]).succeeds()
    }),
    doomed("init container waits", |shop| {
        let script = "while :; do echo waiting for db:5432; sleep 1; done";
        first(shop, script, json!({}), &["--deadline", "45s"])
            .fails(4)
            .reason("PodInitializing")
            .what("init container first waits for the host db, and does not end")
            .evidence("waiting for db:5432")
            .hint("there is no Service db in namespace")
    }),
    recovers("init container waits", |shop| {
        first(shop, "echo waiting for db:5432; sleep 15", json!({}), &["--deadline", "60s"]).succeeds()
    }),
    doomed("sidecar fails", |shop| {
        first(shop, "echo no certificate; exit 7", json!({"restartPolicy": "Always"}), &[])
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("sidecar container first keeps crashing: exit code 7")
            .evidence("no certificate")
            .hint("fix what the log says")
    }),
    recovers("sidecar fails", |shop| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no certificate; exit 7; }}; exec sleep 1000");
        first(shop, &script, json!({"restartPolicy": "Always"}), &[]).succeeds()
    }),
    doomed("second container fails", |shop| {
        second(shop, "echo no certificate; exit 7")
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("container second keeps crashing: exit code 7")
            .evidence("no certificate")
            .hint("fix what the log says")
    }),
    recovers("second container fails", |shop| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no certificate; exit 7; }}; exec sleep 1000");
        second(shop, &script).succeeds()
    }),
];

/// Ready when it answers.
fn served(image: &str) -> Value {
    let probe = json!({"readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}});
    with(container("shop", image, SERVE), probe)
}

/// Available only after it was ready for a while: the status lags, and a crash in between must be seen.
fn first(shop: &Shop, script: &str, more: Value, args: &[&str]) -> Plat {
    let init = with(container("first", shop.image(), script), more);
    let template = with(pod(&[served(shop.image())]), json!({"spec": {"initContainers": [init]}}));
    shop.deploy_manifests(deployment(&template, json!({"spec": {"minReadySeconds": 15}})), args)
}

fn second(shop: &Shop, script: &str) -> Plat {
    let template = pod(&[served(shop.image()), container("second", shop.image(), script)]);
    shop.deploy_manifests(deployment(&template, json!({"spec": {"minReadySeconds": 15}})), &[])
}
