//! The node itself: tainted, full, or silent. Each story may break it, so they have a sandbox of their own and are told
//! one after the other.

use serde_json::{Value, json};

use super::story::{Story, doomed, recovers, stories};
use crate::faults::place::{fault, place};
use crate::support::manifests::deployment_of;
use crate::support::{Ended, SERVE, Shop};

stories![FAULTS, in_a_place];

pub const STORIES: &[Story] = &[
    doomed("no node by taint", |shop| {
        taint(shop, "dedicated=db:NoSchedule");
        let end = shop.deploy_pod(&simple(shop.image())).run();
        taint(shop, "dedicated-");
        end.fails(3)
            .reason("Unschedulable")
            .what("the pod does not tolerate the taint dedicated=db:NoSchedule")
            .evidence("untolerated taint")
            .hint("tolerations: [{key: dedicated, value: db, effect: NoSchedule}]")
    }),
    recovers("no node by taint", |shop| {
        taint(shop, "dedicated=db:NoSchedule");
        let deploy = shop.deploy_pod(&simple(shop.image())).start();
        shop.shows("pods", "untolerated taint");
        taint(shop, "dedicated-");
        deploy.ends().succeeds()
    }),
    recovers("too much CPU", |shop| freed(shop, "cpu", "Insufficient cpu")),
    recovers("too much memory", |shop| freed(shop, "memory", "Insufficient memory")),
    doomed("node not ready", |shop| {
        let node = shop.field("nodes", ".items[0].metadata.name");
        let deploy = shop.deploy_pod(&slow(shop.image())).start();
        kubelet_stops(shop);
        let end = deploy.ends();
        fault(shop.sandbox, "go-on", "kubelet");
        ready_again(shop);
        end.fails(3)
            .reason("NodeNotReady")
            .what(&format!("node {node} is not ready"))
            .evidence("Kubelet stopped posting node status")
            .hint(&format!("kubectl describe node {node}"))
    }),
    recovers("node not ready", |shop| {
        let deploy = shop.deploy_pod(&slow(shop.image())).start();
        kubelet_stops(shop);
        wait_for_node(shop, "Unknown");
        fault(shop.sandbox, "go-on", "kubelet");
        deploy.ends().succeeds()
    }),
];

fn in_a_place(story: &Story) {
    story.tell(&place());
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

fn taint(shop: &Shop, taint: &str) {
    shop.kubectl(&["taint", "nodes", "--all", taint]);
}

/// Nearly the whole node is taken when the pod comes, and is free again once it was refused.
fn freed(shop: &Shop, resource: &str, words: &str) -> Ended {
    let all = shop.field("nodes", &format!(".items[0].status.allocatable.{resource}"));
    let all = plat::rollout::quantity::parse(&all).expect("a quantity");
    let part = |share: f64| {
        let amount = all * share;
        let requests = json!({ resource: format!("{:.0}m", amount * 1000.0) });
        json!({ "containers": [{ "name": "app", "image": shop.image(), "resources": { "requests": requests } }] })
    };
    let mut holder = deployment_of(&part(0.8));
    holder["metadata"]["name"] = json!("holder");
    holder["spec"]["selector"]["matchLabels"] = json!({ "app": "holder" });
    holder["spec"]["template"]["metadata"]["labels"] = json!({ "app": "holder" });
    shop.apply(holder);
    shop.rolled_out("deployment/holder");
    let deploy = shop.deploy_pod(&part(0.5)).start();
    shop.shows("pods", words);
    shop.kubectl(&["delete", "deployment", "holder"]);
    deploy.ends().succeeds()
}

/// In mid-rollout: the container runs and is not ready yet.
fn kubelet_stops(shop: &Shop) {
    shop.shows("pods", "startedAt");
    fault(shop.sandbox, "stop", "kubelet");
}

fn ready_again(shop: &Shop) {
    wait_for_node(shop, "True");
}

/// Kubernetes needs 50 s to believe that a node is gone.
fn wait_for_node(shop: &Shop, status: &str) {
    let condition = format!("--for=condition=Ready={status}");
    shop.kubectl(&["wait", "nodes", "--all", &condition, "--timeout=120s"]);
}
