//! Room for the new pods: what is said before the rollout begins, and what becomes of a rollout that has less of it than
//! it asks for.

use serde_json::{Value, json};

use super::failures::registry::push_index;
use crate::harness::tests;
use crate::support::{Shop, eventually};

tests![SHARED:
    a_quota_without_room_is_said_before_the_rollout_and_nothing_is_asked_of_an_unchanged_one,
    an_image_for_which_there_is_no_node_is_said,
    up_to_four_replicas_are_replaced_at_once,
    a_quota_with_room_for_one_more_pod_lets_them_come_one_after_the_other,
    nodes_with_room_for_one_more_pod_let_them_come_one_after_the_other,
    nodes_without_room_for_another_pod_end_it_by_the_deadline,
];

/// Ends as soon as it is told to: room is there again after the five seconds in which the Service forgets the pod.
const ENDS: &str = "mkdir -p /tmp/www; echo hello > /tmp/www/index.html; trap 'exit 0' TERM; \
    httpd -f -p 8080 -h /tmp/www & wait";

fn up_to_four_replicas_are_replaced_at_once() {
    let shop = Shop::new("room").runs(ENDS).with("replicas: 2");
    shop.deploy().succeeds();
    let update = shop.with("env: {A: b}").deploy().succeeds();
    let mut progress = update.events.iter().filter(|event| event["event"] == "progress");
    let are_both_there =
        |event: &Value| event["ready"] == 0 && event["replicas"].as_array().is_some_and(|pods| pods.len() == 2);
    assert!(progress.any(are_both_there), "{update:#?}");
}

fn a_quota_with_room_for_one_more_pod_lets_them_come_one_after_the_other() {
    let shop = Shop::new("room").runs(ENDS).with("replicas: 3");
    shop.kubectl(&["create", "quota", "small", "--hard=pods=4"]);
    eventually("the quota is counted", || !shop.field("quota/small", ".status.used.pods").is_empty());
    shop.deploy().succeeds();
    let update = shop.with("env: {A: b}").deploy().succeeds();
    assert!(update.out.contains("quota small"), "it says what it waits for: {}", update.out);
}

fn nodes_with_room_for_one_more_pod_let_them_come_one_after_the_other() {
    let shop = scarce(3);
    shop.deploy().succeeds();
    shop.with("env: {A: b}").deploy().succeeds().says("Unschedulable");
    offer(&shop, &Value::Null);
}

fn nodes_without_room_for_another_pod_end_it_by_the_deadline() {
    let shop = scarce(2);
    shop.deploy().succeeds();
    shop.with("env: {A: b}\ndeadline: {rollout: 8}").deploy().fails(4).reason("Unschedulable");
    offer(&shop, &Value::Null);
}

/// Two replicas, each of which takes one piece of what the node has `pieces` of.
fn scarce(pieces: u32) -> Shop {
    let shop = Shop::new("room").runs(ENDS).with("replicas: 2");
    offer(&shop, &json!(pieces.to_string()));
    let takes = json!({ "limits": { resource(&shop): "1" } });
    shop.with(&format!(
        "patch: {{Deployment: {{spec: {{template: {{spec: {{containers: [{{name: shop, resources: {takes}}}]}}}}}}}}}}"
    ))
}

/// The node has so many pieces of the namespace's own resource (Kubernetes: "Advertise Extended Resources for a Node").
fn offer(shop: &Shop, pieces: &Value) {
    let node = shop.field("nodes", ".items[0].metadata.name");
    let patch = json!({ "status": { "capacity": { resource(shop): pieces } } }).to_string();
    shop.kubectl(&["patch", "node", &node, "--subresource=status", "--type=merge", "-p", &patch]);
    let offered = pieces.as_str().unwrap_or_default();
    let field = format!(".items[0].status.allocatable.{}", resource(shop).replace('.', "\\."));
    eventually("the kubelet offers it", || offered.is_empty() || shop.field("nodes", &field) == offered);
}

fn resource(shop: &Shop) -> String {
    format!("plat.dev/{}", shop.name)
}

fn a_quota_without_room_is_said_before_the_rollout_and_nothing_is_asked_of_an_unchanged_one() {
    let base = Shop::new("room");
    base.kubectl(&["create", "quota", "small", "--hard=pods=2,requests.cpu=10"]);
    eventually("the quota is counted", || !base.field("quota/small", ".status.used.pods").is_empty());
    let shop = base.with("replicas: 2");
    shop.run(&["deploy"]).succeeds().never_says("quota");

    shop.run(&["deploy"]).succeeds().never_says("quota");
    // Two run, and the update needs a third.
    let shop = base.with("replicas: 2\nenv: {A: b}");
    let tight = shop.run(&["deploy", "--no-rollback"]).fails(3);
    let warning = format!(
        "warning: quota small of namespace {} has no room for another pod: pods: 1 each, 0 of 2 left; see it: kubectl",
        shop.name
    );
    let (said, verdict) = (tight.err.find(&warning), tight.err.find("rollout"));
    assert!(said.is_some() && said < verdict, "{}", tight.err);

    // Replicas alone take room that is not there either, and a deploy that warned goes on when there is room.
    shop.kubectl(&["patch", "quota/small", "-p", "{\"spec\":{\"hard\":{\"pods\":\"5\"}}}"]);
    eventually("the quota is raised", || shop.field("quota/small", ".status.hard.pods") == "5");
    shop.run(&["deploy"]).succeeds();
}

fn an_image_for_which_there_is_no_node_is_said() {
    let base = Shop::new("room").with("deadline: {image: 2}");
    let other = if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" };
    let own = if other == "amd64" { "arm64" } else { "amd64" };
    let name = format!("{}:v1", base.name);
    push_index(&base, &name, &[other]);
    let registry = base.sandbox.registry.clone();
    let deploy = |image: &str, code: i32| base.run(&["deploy", "--image", image]).fails(code);
    let foreign = deploy(&format!("{registry}/{name}"), 3);
    let warning =
        format!("warning: the image is built for linux/{other}, and every node is linux/{own}: it cannot start");
    let (said, verdict) = (foreign.err.find(&warning), foreign.err.find("rollout"));
    assert!(said.is_some() && said < verdict, "{}", foreign.err);
    // Of one image without an index its configuration says it.
    deploy(base.image(), 0).never_says("is built for");
}
