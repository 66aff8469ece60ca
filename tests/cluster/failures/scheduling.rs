//! No node takes the pod: what can be told among other pods. What concerns the whole node is in `nodes`.

use serde_json::{Value, json};

use super::registry::some_port;
use super::story::{Story, doomed, recovers, stories};
use crate::support::{Ended, Shop};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("too much CPU", |shop| {
        shop.deploy_pod(&asking(shop.image(), &json!({ "cpu": "640" })))
            .fails(3)
            .reason("Unschedulable")
            .what("no node is large enough: the pod asks for 640 cpu; the largest that it may use")
            .evidence("Insufficient cpu")
            .hint("ask for at most")
    }),
    doomed("too much memory", |shop| {
        shop.deploy_pod(&asking(shop.image(), &json!({ "memory": "900Gi" })))
            .fails(3)
            .reason("Unschedulable")
            .what("no node is large enough: the pod asks for 900Gi memory; the largest that it may use")
            .evidence("Insufficient memory")
            .hint("Gi memory")
    }),
    doomed("no node by selector", |shop| {
        let label = format!("plat.dev/{}", shop.name);
        shop.deploy_pod(&selecting(shop.image(), &label))
            .fails(3)
            .reason("Unschedulable")
            .what(&format!("no node has the label {label}=yes"))
            .evidence(&format!("has not the label {label}=yes"))
            .hint(&format!("kubectl label node NODE {label}=yes"))
    }),
    recovers("no node by selector", |shop| {
        labelled_late(shop, &selecting(shop.image(), &format!("plat.dev/{}", shop.name)))
    }),
    doomed("no node by affinity", |shop| {
        shop.deploy_pod(&preferring(shop.image(), "kubernetes.io/arch", "riscv64"))
            .fails(3)
            .reason("Unschedulable")
            .what("no node has the label kubernetes.io/arch=riscv64; nodes have kubernetes.io/arch=")
            .evidence("didn't match Pod's node affinity/selector")
            .hint("correct nodeSelector or affinity")
    }),
    recovers("no node by affinity", |shop| {
        labelled_late(shop, &preferring(shop.image(), &format!("plat.dev/{}", shop.name), "yes"))
    }),
    doomed("a scheduling gate", |shop| {
        shop.deploy_pod(&gated(shop.image()))
            .args(&["--deadline", "8s"])
            .fails(4)
            .reason("SchedulingGated")
            .what("the scheduling gate plat.dev/quota keeps the pod from every node")
            .evidence("non-empty scheduling gates")
            .hint("whoever set a gate takes it off")
    }),
    recovers("a scheduling gate", |shop| {
        let deploy = shop.deploy_pod(&gated(shop.image())).start();
        shop.shows("pods", "SchedulingGated");
        let pod = shop.names("pods").remove(0);
        let patch = r#"{"spec":{"schedulingGates":null}}"#;
        shop.kubectl(&["patch", &pod, "--type=merge", "-p", patch]);
        deploy.ends().succeeds()
    }),
    doomed("host port taken", |shop| {
        let port = taken_port(shop);
        shop.deploy_pod(&with_port(shop.image(), port))
            .fails(3)
            .reason("Unschedulable")
            .what(&format!("host port {port} is taken on every node that the pod may use by Pod {}/holder", shop.name))
            .evidence("didn't have free ports")
            .hint("take another hostPort")
    }),
    recovers("host port taken", |shop| {
        let port = taken_port(shop);
        let deploy = shop.deploy_pod(&with_port(shop.image(), port)).start();
        shop.shows("pods", "didn't have free ports");
        shop.kubectl(&["delete", "pod", "holder", "--now"]);
        deploy.ends().succeeds()
    }),
];

fn asking(image: &str, requests: &Value) -> Value {
    json!({ "containers": [{ "name": "app", "image": image, "resources": { "requests": requests } }] })
}

fn gated(image: &str) -> Value {
    json!({ "schedulingGates": [{ "name": "plat.dev/quota" }], "containers": [{ "name": "app", "image": image }] })
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
fn labelled_late(shop: &Shop, pod: &Value) -> Ended {
    let label = format!("plat.dev/{}", shop.name);
    let deploy = shop.deploy_pod(pod).start();
    shop.shows("pods", "didn't match Pod's node affinity/selector");
    shop.kubectl(&["label", "node", "--all", &format!("{label}=yes")]);
    let end = deploy.ends();
    shop.kubectl(&["label", "node", "--all", &format!("{label}-")]);
    end.succeeds()
}

fn with_port(image: &str, port: u16) -> Value {
    let ports = json!([{ "containerPort": 8080, "hostPort": port }]);
    json!({ "containers": [{ "name": "app", "image": image, "ports": ports }] })
}

/// A host port of the node that another pod has; Pod Security "restricted" would allow neither.
fn taken_port(shop: &Shop) -> u16 {
    let port = some_port(shop);
    shop.kubectl(&["label", "namespace", &shop.name, "pod-security.kubernetes.io/enforce=privileged"]);
    let mut spec = with_port(shop.image(), port);
    spec["containers"][0]["command"] = json!(["sleep", "600"]);
    let holder = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "holder" }, "spec": spec });
    shop.apply(holder);
    shop.kubectl(&["wait", "pod/holder", "--for=condition=Ready", "--timeout=60s"]);
    port
}
