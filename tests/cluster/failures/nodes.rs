//! The node itself: tainted, full, or silent. Each story may break it, so they have a sandbox of their own and are told
//! one after the other.

use serde_json::{Value, json};

use super::deploy::{End, SERVE, deploy_pod, deploy_pod_and, deployment, meanwhile, wait_until_they_say};
use super::story::{Story, doomed, recovers, stories};
use crate::faults::place::{fault, place};
use crate::support::{self, Namespace};

stories![FAULTS, in_a_place];

pub const STORIES: &[Story] = &[
    doomed("no node by taint", |ns, image| {
        taint(ns, "dedicated=db:NoSchedule");
        let end = deploy_pod(ns, &simple(image));
        taint(ns, "dedicated-");
        end.failed(
            "Unschedulable",
            "the pod does not tolerate the taint dedicated=db:NoSchedule",
            "untolerated taint",
            "tolerations: [{key: dedicated, value: db, effect: NoSchedule}]",
        )
    }),
    recovers("no node by taint", |ns, image| {
        taint(ns, "dedicated=db:NoSchedule");
        let mend = || {
            wait_until_they_say(ns, "pods", "untolerated taint");
            taint(ns, "dedicated-");
        };
        deploy_pod_and(mend, ns, &simple(image)).succeeded()
    }),
    recovers("too much CPU", |ns, image| freed(ns, image, "cpu", "Insufficient cpu")),
    recovers("too much memory", |ns, image| freed(ns, image, "memory", "Insufficient memory")),
    doomed("node not ready", |ns, image| {
        let node = support::kubectl(ns, &["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"]);
        let end = deploy_pod_and(|| kubelet_stops(ns), ns, &slow(image));
        fault(ns.sandbox, "go-on", "kubelet");
        ready_again(ns);
        end.failed(
            "NodeNotReady",
            &format!("node {node} is not ready"),
            "Kubelet stopped posting node status",
            &format!("kubectl describe node {node}"),
        )
    }),
    recovers("node not ready", |ns, image| {
        let mend = || {
            kubelet_stops(ns);
            wait_for_node(ns, "Unknown");
            fault(ns.sandbox, "go-on", "kubelet");
        };
        deploy_pod_and(mend, ns, &slow(image)).succeeded()
    }),
];

fn in_a_place(story: &Story) {
    let place = place();
    story.tell(&support::namespace_in(place.namespace.sandbox, "failures"), &place.image);
}

fn simple(image: &str) -> Value {
    json!({ "containers": [{ "name": "app", "image": image }] })
}

/// Its program serves after a while, for which its probe has patience.
fn slow(image: &str) -> Value {
    let probe = json!({ "httpGet": { "path": "/", "port": 8080 }, "periodSeconds": 1, "failureThreshold": 60 });
    let command = json!(["/bin/sh", "-c", format!("sleep 10; {SERVE}")]);
    json!({ "containers": [{ "name": "app", "image": image, "command": command, "readinessProbe": probe }] })
}

fn taint(ns: &Namespace, taint: &str) {
    support::kubectl(ns, &["taint", "nodes", "--all", taint]);
}

/// Nearly the whole node is taken when the pod comes, and is free again once it was refused.
fn freed(ns: &Namespace, image: &str, resource: &str, words: &str) -> End {
    let path = format!("jsonpath={{.items[0].status.allocatable.{resource}}}");
    let all =
        plat::rollout::quantity::parse(&support::kubectl(ns, &["get", "nodes", "-o", &path])).expect("a quantity");
    let part = |share: f64| {
        let amount = all * share;
        let requests = json!({ resource: format!("{:.0}m", amount * 1000.0) });
        json!({ "containers": [{ "name": "app", "image": image, "resources": { "requests": requests } }] })
    };
    let mut holder = deployment(&part(0.8));
    holder["metadata"]["name"] = json!("holder");
    holder["spec"]["selector"]["matchLabels"] = json!({ "app": "holder" });
    holder["spec"]["template"]["metadata"]["labels"] = json!({ "app": "holder" });
    support::apply(ns, &holder.to_string());
    support::kubectl(ns, &["rollout", "status", "deployment/holder", "--timeout=60s"]);
    let mend = || {
        wait_until_they_say(ns, "pods", words);
        support::kubectl(ns, &["delete", "deployment", "holder"]);
    };
    meanwhile(mend, || deploy_pod(ns, &part(0.5))).succeeded()
}

/// In mid-rollout: the container runs and is not ready yet.
fn kubelet_stops(ns: &Namespace) {
    wait_until_they_say(ns, "pods", "startedAt");
    fault(ns.sandbox, "stop", "kubelet");
}

fn ready_again(ns: &Namespace) {
    wait_for_node(ns, "True");
}

/// Kubernetes needs 50 s to believe that a node is gone.
fn wait_for_node(ns: &Namespace, status: &str) {
    let condition = format!("--for=condition=Ready={status}");
    support::kubectl(ns, &["wait", "nodes", "--all", &condition, "--timeout=120s"]);
}
