//! The node: its kubelet held.

use std::time::Duration;

use super::place::place;
use super::run::{MINUTE, rolls, start};
use crate::harness::tests;

tests![FAULTS:
    a_kubelet_that_is_held_in_mid_rollout_and_goes_on_costs_only_time,
    a_kubelet_that_stays_held_ends_the_deploy_at_its_deadline,
];

fn a_kubelet_that_is_held_in_mid_rollout_and_goes_on_costs_only_time() {
    let place = place();
    place.spec("sleep 2", "");
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    place.fault("stop", "kubelet");
    std::thread::sleep(Duration::from_secs(8));
    place.fault("go-on", "kubelet");
    run.end(MINUTE).well();
}

fn a_kubelet_that_stays_held_ends_the_deploy_at_its_deadline() {
    let place = place();
    place.spec("true", "");
    place.fault("stop", "kubelet");
    let ended = start(&place.namespace, &["deploy", "--deadline", "8s"]).end(Duration::from_secs(20));
    let error = ended.error(4);
    assert!(error["details"].to_string().contains("shop-"), "what each replica waits for: {error:#}");
}
