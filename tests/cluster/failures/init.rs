//! Init containers and sidecars.

use serde_json::{Value, json};

use super::deploy::{End, SERVE};
use super::files::{container, deploy, deployment, pod, with};
use super::story::{Story, doomed, recovers, together};
use crate::support::Namespace;

const ATTEMPT: &str = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";

pub const STORIES: &[Story] = &[
    doomed("init container fails", |ns, image| {
        first(ns, image, "echo migrating; echo no such table; exit 3", json!({}), &[]).failed(
            "CrashLoopBackOff",
            "init container first keeps crashing: exit code 3",
            "no such table",
            "fix what the log says",
        )
    }),
    recovers("init container fails", |ns, image| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no database; exit 1; }}");
        first(ns, image, &script, json!({}), &[]).succeeded()
    }),
    doomed("init container waits", |ns, image| {
        let script = "while :; do echo waiting for db:5432; sleep 1; done";
        first(ns, image, script, json!({}), &["--deadline", "45s"]).timed_out(
            "PodInitializing",
            "init container first does not end",
            "waiting for db:5432",
            "bring up what it waits for",
        )
    }),
    recovers("init container waits", |ns, image| {
        first(ns, image, "echo waiting for db:5432; sleep 15", json!({}), &["--deadline", "60s"]).succeeded()
    }),
    doomed("sidecar fails", |ns, image| {
        first(ns, image, "echo no certificate; exit 7", json!({"restartPolicy": "Always"}), &[]).failed(
            "CrashLoopBackOff",
            "sidecar container first keeps crashing: exit code 7",
            "no certificate",
            "fix what the log says",
        )
    }),
    recovers("sidecar fails", |ns, image| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no certificate; exit 7; }}; exec sleep 1000");
        first(ns, image, &script, json!({"restartPolicy": "Always"}), &[]).succeeded()
    }),
    doomed("second container fails", |ns, image| {
        second(ns, image, "echo no certificate; exit 7").failed(
            "CrashLoopBackOff",
            "container second keeps crashing: exit code 7",
            "no certificate",
            "fix what the log says",
        )
    }),
    recovers("second container fails", |ns, image| {
        let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ echo no certificate; exit 7; }}; exec sleep 1000");
        second(ns, image, &script).succeeded()
    }),
];

/// Ready when it answers.
fn served(image: &str) -> Value {
    let probe = json!({"readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}});
    with(container("shop", image, SERVE), probe)
}

/// Available only after it was ready for a while: the status lags, and a crash in between must be seen.
fn first(ns: &Namespace, image: &str, script: &str, more: Value, args: &[&str]) -> End {
    let init = with(container("first", image, script), more);
    let template = with(pod(&[served(image)]), json!({"spec": {"initContainers": [init]}}));
    deploy(ns, &deployment(&template, json!({"spec": {"minReadySeconds": 15}})), args)
}

fn second(ns: &Namespace, image: &str, script: &str) -> End {
    let template = pod(&[served(image), container("second", image, script)]);
    deploy(ns, &deployment(&template, json!({"spec": {"minReadySeconds": 15}})), &[])
}

#[test]
fn what_runs_before_and_beside() {
    together(STORIES);
}
