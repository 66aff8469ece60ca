//! What is said before the rollout begins: no room in a quota, no node for the image.

use super::failures::registry::push_index;
use crate::harness::tests;
use crate::support::{Shop, eventually};

tests![SHARED:
    a_quota_without_room_is_said_before_the_rollout_and_nothing_is_asked_of_an_unchanged_one,
    an_image_for_which_there_is_no_node_is_said,
];

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
