//! What happens to pods that ran well: evictions, crashes after Ready, a rollout that someone paused.

use serde_json::json;

use super::crash::out_of_memory;
use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::{container, deployment, pod, with};
use crate::support::{Plat, Shop};

/// Two pods in a row, each after the kubelet's look at the disk: up to a minute each.
const SLOW: &[&str] = &["--deadline", "280s"];

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("evicted", |shop| {
        let script = "trap 'exit 0' TERM; head -c 9000000 /dev/zero > /data/x; while :; do sleep 1; done";
        shop.deploy_manifests(
            deployment(&writes(shop.image(), script), json!({"spec": {"minReadySeconds": 200}})),
            SLOW,
        )
        .fails(3)
        .reason("Evicted")
        .what("of its pods were evicted")
        .evidence("exceeds the limit")
        .hint("sizeLimit")
    }),
    recovers("evicted", |shop| {
        // Only the first pod writes: those after it find the ConfigMap.
        let script =
            "trap 'exit 0' TERM; [ -e /calm/calm ] || head -c 9000000 /dev/zero > /data/x; while :; do sleep 1; done";
        let mut pod = writes(shop.image(), script);
        let mounts = pod["spec"]["containers"][0]["volumeMounts"].as_array_mut().expect("the volume that it writes to");
        mounts.push(json!({"name": "calm", "mountPath": "/calm"}));
        let volumes = pod["spec"]["volumes"].as_array_mut().expect("the volume that it writes to");
        volumes.push(json!({"name": "calm", "configMap": {"name": "calm", "optional": true}}));
        let deploy = shop.deploy_manifests(deployment(&pod, json!({"spec": {"minReadySeconds": 80}})), SLOW).start();
        shop.shows("pods", "startedAt");
        shop.kubectl(&["create", "configmap", "calm", "--from-literal=calm=yes"]);
        deploy.ends().succeeds()
    }),
    doomed("crash after ready", |shop| {
        worker(shop, "echo leading; sleep 3; echo 'panic: leader lost'; exit 2")
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("did not stay up: container shop")
            .evidence("panic: leader lost")
            .hint("fix what the log says")
    }),
    recovers("crash after ready", |shop| {
        let once = "[ -f /tmp/n ] || { touch /tmp/n; sleep 3; echo 'panic: leader lost'; exit 2; }; exec sleep 1000";
        worker(shop, once).succeeds()
    }),
    // What nothing probes is ready at each start; that it ends is counted as before Ready.
    doomed("no answer from outside, and nothing probes", |shop| {
        worker(shop, "echo 'realm shop does not exist'; exit 1")
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("started and did not stay up: container shop")
            .evidence("it ended for the fourth time")
            .hint("fix what the log says")
    }),
    recovers("no answer from outside, and nothing probes", |shop| {
        let attempt = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";
        let fails = "echo 'realm shop does not exist'; exit 1";
        worker(shop, &format!("{attempt}; [ $n -gt 3 ] || {{ {fails}; }}; exec sleep 1000")).succeeds()
    }),
    doomed("OOM later", |shop| {
        out_of_memory(shop, worker(shop, "echo serving; sleep 4; echo filling the cache; tail /dev/zero").run())
    }),
    recovers("OOM later", |shop| {
        worker(shop, "[ -f /tmp/n ] || { touch /tmp/n; sleep 4; tail /dev/zero; }; exec sleep 1000").succeeds()
    }),
    doomed("paused", |shop| {
        let paused = json!({"spec": {"paused": true}});
        let template = pod(&[container("shop", shop.image(), "exec sleep 1000")]);
        shop.deploy_manifests(deployment(&template, paused), &[])
            .fails(3)
            .reason("DeploymentPaused")
            .what("the Deployment is paused")
            .evidence("spec.paused is true")
            .hint("rollout resume deployment/shop")
    }),
    recovers("paused", |shop| {
        let template = pod(&[container("shop", shop.image(), "exec sleep 1000")]);
        shop.apply(deployment(&template, json!({"spec": {"paused": true}})));
        shop.kubectl(&["rollout", "resume", "deployment/shop"]);
        shop.deploy_manifests(deployment(&template, json!({"metadata": {"labels": {"a": "b"}}})), &[]).succeeds()
    }),
];

/// Nothing probes it: it is ready as soon as it runs, and has to stay up for a while.
fn worker(shop: &Shop, script: &str) -> Plat {
    shop.without("port").without("bake").with("kind: worker\nresources: {memory: 16Mi}").runs(script).deploy()
}

fn writes(image: &str, script: &str) -> serde_json::Value {
    let mounts = json!([{"name": "tmp", "mountPath": "/tmp"}, {"name": "data", "mountPath": "/data"}]);
    let container = with(container("shop", image, script), json!({"volumeMounts": mounts}));
    let volumes = json!([{"name": "tmp", "emptyDir": {}}, {"name": "data", "emptyDir": {"sizeLimit": "1Mi"}}]);
    with(pod(&[container]), json!({"spec": {"volumes": volumes}}))
}
