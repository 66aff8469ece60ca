//! The node: its kubelet held.

use std::time::Duration;

use super::WITHIN;
use super::place::place;
use crate::harness::tests;

tests![FAULTS:
    a_kubelet_that_is_held_in_mid_rollout_and_goes_on_costs_only_time,
    a_kubelet_that_stays_held_ends_the_deploy_at_its_deadline,
];

fn a_kubelet_that_is_held_in_mid_rollout_and_goes_on_costs_only_time() {
    let place = place();
    let mut deploy = place.serves_after("sleep 2").deploy().start();
    deploy.until_it_rolls();
    place.fault("stop", "kubelet");
    // The fault itself: longer than the service takes to start, shorter than the cluster takes to miss the node.
    std::thread::sleep(Duration::from_secs(8));
    place.fault("go-on", "kubelet");
    deploy.ends_within(WITHIN).succeeds();
}

fn a_kubelet_that_stays_held_ends_the_deploy_at_its_deadline() {
    let place = place();
    place.fault("stop", "kubelet");
    let deploy = place.deploy().args(&["--deadline", "8s"]).start();
    // What each replica waits for.
    deploy.ends_within(Duration::from_secs(20)).fails(4).evidence("shop-");
}
