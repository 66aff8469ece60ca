//! No node takes the pod: what can be told among other pods. What concerns the whole node is in `nodes`.

use serde_json::{Value, json};

use super::deploy::{End, deploy_pod, deploy_pod_and, wait_until_they_say};
use super::registry::some_port;
use super::story::{Story, doomed, recovers, stories};
use crate::support::{self, Namespace};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("too much CPU", |ns, image| {
        deploy_pod(ns, &asking(image, &json!({ "cpu": "640" }))).failed(
            "Unschedulable",
            "no node is large enough: the pod asks for 640 cpu; the largest that it may use",
            "Insufficient cpu",
            "ask for at most",
        )
    }),
    doomed("too much memory", |ns, image| {
        deploy_pod(ns, &asking(image, &json!({ "memory": "900Gi" }))).failed(
            "Unschedulable",
            "no node is large enough: the pod asks for 900Gi memory; the largest that it may use",
            "Insufficient memory",
            "Gi memory",
        )
    }),
    doomed("no node by selector", |ns, image| {
        let label = format!("plat.dev/{}", ns.name);
        deploy_pod(ns, &selecting(image, &label)).failed(
            "Unschedulable",
            &format!("no node has the label {label}=yes"),
            &format!("has not the label {label}=yes"),
            &format!("kubectl label node NODE {label}=yes"),
        )
    }),
    recovers("no node by selector", |ns, image| labelled_late(ns, &selecting(image, &format!("plat.dev/{}", ns.name)))),
    doomed("no node by affinity", |ns, image| {
        deploy_pod(ns, &preferring(image, "kubernetes.io/arch", "riscv64")).failed(
            "Unschedulable",
            "no node has the label kubernetes.io/arch=riscv64; nodes have kubernetes.io/arch=",
            "didn't match Pod's node affinity/selector",
            "correct nodeSelector or affinity",
        )
    }),
    recovers("no node by affinity", |ns, image| {
        labelled_late(ns, &preferring(image, &format!("plat.dev/{}", ns.name), "yes"))
    }),
    doomed("host port taken", |ns, image| {
        let port = taken_port(ns, image);
        deploy_pod(ns, &with_port(image, port)).failed(
            "Unschedulable",
            &format!("host port {port} is taken on every node that the pod may use by Pod {}/holder", ns.name),
            "didn't have free ports",
            "take another hostPort",
        )
    }),
    recovers("host port taken", |ns, image| {
        let port = taken_port(ns, image);
        let mend = || {
            wait_until_they_say(ns, "pods", "didn't have free ports");
            support::kubectl(ns, &["delete", "pod", "holder", "--now"]);
        };
        deploy_pod_and(mend, ns, &with_port(image, port)).succeeded()
    }),
];

fn asking(image: &str, requests: &Value) -> Value {
    json!({ "containers": [{ "name": "app", "image": image, "resources": { "requests": requests } }] })
}

fn selecting(image: &str, label: &str) -> Value {
    json!({ "nodeSelector": { label: "yes" }, "containers": [{ "name": "app", "image": image }] })
}

fn preferring(image: &str, key: &str, value: &str) -> Value {
    let wanted = json!({ "key": key, "operator": "In", "values": [value] });
    let terms = json!({ "nodeSelectorTerms": [{ "matchExpressions": [wanted] }] });
    json!({
        "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": terms } },
        "containers": [{ "name": "app", "image": image }],
    })
}

/// The node gets the label when the pod has already been refused for want of it, and loses it again.
fn labelled_late(ns: &Namespace, pod: &Value) -> End {
    let label = format!("plat.dev/{}", ns.name);
    let mend = || {
        wait_until_they_say(ns, "pods", "didn't match Pod's node affinity/selector");
        support::kubectl(ns, &["label", "node", "--all", &format!("{label}=yes")]);
    };
    let end = deploy_pod_and(mend, ns, pod);
    support::kubectl(ns, &["label", "node", "--all", &format!("{label}-")]);
    end.succeeded()
}

fn with_port(image: &str, port: u16) -> Value {
    let ports = json!([{ "containerPort": 8080, "hostPort": port }]);
    json!({ "containers": [{ "name": "app", "image": image, "ports": ports }] })
}

/// A host port of the node that another pod has; Pod Security "restricted" would allow neither.
fn taken_port(ns: &Namespace, image: &str) -> u16 {
    let port = some_port(ns);
    support::kubectl(ns, &["label", "namespace", &ns.name, "pod-security.kubernetes.io/enforce=privileged"]);
    let mut spec = with_port(image, port);
    spec["containers"][0]["command"] = json!(["sleep", "600"]);
    let holder = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "holder" }, "spec": spec });
    support::apply(ns, &holder.to_string());
    support::kubectl(ns, &["wait", "pod/holder", "--for=condition=Ready", "--timeout=60s"]);
    port
}
