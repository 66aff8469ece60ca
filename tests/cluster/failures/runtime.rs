//! What happens to pods that ran well: evictions, crashes after Ready, a rollout that somebody paused.

use serde_json::json;

use super::crash::out_of_memory;
use super::deploy::{End, meanwhile, wait_until_they_say};
use super::files::{container, deploy, deployment, pod, with};
use super::story::{Story, doomed, recovers, together};
use crate::support::{self, Namespace};

/// Two pods in a row, each after the kubelet's look at the disk: up to a minute each.
const SLOW: &[&str] = &["--deadline", "280s"];

pub const STORIES: &[Story] = &[
    doomed("evicted", |ns, image| {
        let script = "trap 'exit 0' TERM; head -c 9000000 /dev/zero > /data/x; while :; do sleep 1; done";
        deploy(ns, &deployment(&writes(image, script), json!({"spec": {"minReadySeconds": 200}})), SLOW).failed(
            "Evicted",
            "of its pods were evicted",
            "exceeds the limit",
            "sizeLimit",
        )
    }),
    recovers("evicted", |ns, image| {
        // Only the first pod writes: those after it find the ConfigMap.
        let script =
            "trap 'exit 0' TERM; [ -e /calm/calm ] || head -c 9000000 /dev/zero > /data/x; while :; do sleep 1; done";
        let mut pod = writes(image, script);
        let mounts = pod["spec"]["containers"][0]["volumeMounts"].as_array_mut().expect("the volume that it writes to");
        mounts.push(json!({"name": "calm", "mountPath": "/calm"}));
        let volumes = pod["spec"]["volumes"].as_array_mut().expect("the volume that it writes to");
        volumes.push(json!({"name": "calm", "configMap": {"name": "calm", "optional": true}}));
        let mend = || {
            wait_until_they_say(ns, "pods", "startedAt");
            support::kubectl(ns, &["create", "configmap", "calm", "--from-literal=calm=yes"]);
        };
        meanwhile(mend, || deploy(ns, &deployment(&pod, json!({"spec": {"minReadySeconds": 80}})), SLOW)).succeeded()
    }),
    doomed("crash after ready", |ns, image| {
        worker(ns, image, "echo leading; sleep 3; echo 'panic: leader lost'; exit 2").failed(
            "CrashLoopBackOff",
            "did not stay so: container shop",
            "panic: leader lost",
            "fix what the log says",
        )
    }),
    recovers("crash after ready", |ns, image| {
        let once = "[ -f /tmp/n ] || { touch /tmp/n; sleep 3; echo 'panic: leader lost'; exit 2; }; exec sleep 1000";
        worker(ns, image, once).succeeded()
    }),
    doomed("OOM later", |ns, image| {
        out_of_memory(ns, worker(ns, image, "echo serving; sleep 4; echo filling the cache; tail /dev/zero"))
    }),
    recovers("OOM later", |ns, image| {
        worker(ns, image, "[ -f /tmp/n ] || { touch /tmp/n; sleep 4; tail /dev/zero; }; exec sleep 1000").succeeded()
    }),
    doomed("paused", |ns, image| {
        let paused = json!({"spec": {"paused": true}});
        let template = pod(&[container("shop", image, "exec sleep 1000")]);
        deploy(ns, &deployment(&template, paused), &[]).failed(
            "DeploymentPaused",
            "the Deployment is paused",
            "spec.paused is true",
            "rollout resume deployment/shop",
        )
    }),
    recovers("paused", |ns, image| {
        let template = pod(&[container("shop", image, "exec sleep 1000")]);
        support::apply(ns, &deployment(&template, json!({"spec": {"paused": true}})).to_string());
        support::kubectl(ns, &["rollout", "resume", "deployment/shop"]);
        deploy(ns, &deployment(&template, json!({"metadata": {"labels": {"a": "b"}}})), &[]).succeeded()
    }),
];

/// Nothing probes it: it is ready as soon as it runs, and has to stay up for a while.
fn worker(ns: &Namespace, image: &str, script: &str) -> End {
    let command = json!(["/bin/sh", "-c", script]);
    let spec = format!("name: shop\nkind: worker\nreplicas: 1\nresources: {{memory: 16Mi}}\ncommand: {command}\n");
    super::deploy::deploy(ns, &spec, image)
}

fn writes(image: &str, script: &str) -> serde_json::Value {
    let mounts = json!([{"name": "tmp", "mountPath": "/tmp"}, {"name": "data", "mountPath": "/data"}]);
    let container = with(container("shop", image, script), json!({"volumeMounts": mounts}));
    let volumes = json!([{"name": "tmp", "emptyDir": {}}, {"name": "data", "emptyDir": {"sizeLimit": "1Mi"}}]);
    with(pod(&[container]), json!({"spec": {"volumes": volumes}}))
}

#[test]
fn what_happens_to_pods_that_ran() {
    together(STORIES);
}
