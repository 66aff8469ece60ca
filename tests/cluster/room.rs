//! What is said before the rollout begins: no room in a quota, no node for the image.

use super::failures::registry::push_index;
use super::safety::{plat, spec};
use super::support;
use crate::harness::tests;

tests![SHARED:
    a_quota_without_room_is_said_before_the_rollout_and_nothing_is_asked_of_an_unchanged_one,
    an_image_for_which_there_is_no_node_is_said,
];

fn a_quota_without_room_is_said_before_the_rollout_and_nothing_is_asked_of_an_unchanged_one() {
    let namespace = support::namespace("room");
    support::kubectl(&namespace, &["create", "quota", "small", "--hard=pods=2,requests.cpu=10"]);
    let counted = || {
        let quota = support::kubectl(&namespace, &["get", "quota/small", "-o", "jsonpath={.status.used.pods}"]);
        !quota.is_empty()
    };
    support::eventually("the quota is counted", counted);
    spec(&namespace, "replicas: 2");
    let fits = plat(&namespace, &["deploy"]).ends(0);
    assert!(!fits.err.contains("quota"), "{}", fits.err);

    let same = plat(&namespace, &["deploy"]).ends(0);
    assert!(!same.err.contains("quota"), "{}", same.err);
    // Two run, and the update needs a third.
    spec(&namespace, "replicas: 2\nenv: {A: b}");
    let tight = plat(&namespace, &["deploy", "--no-rollback"]).ends(3);
    let warning = format!(
        "warning: quota small of namespace {} has no room for another pod: pods: 1 each, 0 of 2 left; see it: kubectl",
        namespace.name
    );
    let (said, verdict) = (tight.err.find(&warning), tight.err.find("rollout"));
    assert!(said.is_some() && said < verdict, "{}", tight.err);

    // Replicas alone take room that is not there either, and a deploy that warned goes on when there is room.
    support::kubectl(&namespace, &["patch", "quota/small", "-p", "{\"spec\":{\"hard\":{\"pods\":\"5\"}}}"]);
    let raised = || support::kubectl(&namespace, &["get", "quota/small", "-o", "jsonpath={.status.hard.pods}"]) == "5";
    support::eventually("the quota is raised", raised);
    plat(&namespace, &["deploy"]).ends(0);
}

fn an_image_for_which_there_is_no_node_is_said() {
    let namespace = support::namespace("room");
    let other = if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" };
    let own = if other == "amd64" { "arm64" } else { "amd64" };
    let name = format!("{}:v1", namespace.name);
    push_index(&namespace, &name, &[other]);
    let registry = namespace.sandbox.registry.clone();
    let deploy = |image: &str, code: i32| {
        spec(&namespace, "replicas: 1\ndeadline: {image: 2}");
        plat(&namespace, &["deploy", "--image", image]).ends(code)
    };
    let foreign = deploy(&format!("{registry}/{name}"), 3);
    let warning =
        format!("warning: the image is built for linux/{other}, and every node is linux/{own}: it cannot start");
    let (said, verdict) = (foreign.err.find(&warning), foreign.err.find("rollout"));
    assert!(said.is_some() && said < verdict, "{}", foreign.err);
    // Of one image without an index its configuration says it.
    let native = deploy(&support::busybox(&namespace), 0);
    assert!(!native.err.contains("is built for"), "{}", native.err);
}
