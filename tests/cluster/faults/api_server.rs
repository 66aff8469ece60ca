//! The API server away, held, and the way to it cut.

use std::time::Duration;

use super::WITHIN;
use super::place::place;
use super::wire::Wire;
use crate::harness::tests;
use crate::support::{Ended, Running, eventually};

tests![FAULTS:
    killed_in_mid_rollout_and_back_costs_only_time,
    away_for_good_ends_the_deploy_at_its_deadline,
    held_ends_the_deploy_at_its_deadline_and_the_next_one_at_the_dial,
    connections_reset_again_and_again_cost_only_time,
    a_connection_reset_in_mid_plan_is_made_anew_visibly,
    a_watch_that_expired_is_begun_anew,
];

/// plat said that it could not see, and once only.
fn was_blind_for_a_while(ended: &Ended) {
    let troubles: Vec<bool> = ended
        .events
        .iter()
        .filter(|event| event["event"] == "trouble")
        .map(|event| event["troubles"].as_array().is_some_and(Vec::is_empty))
        .collect();
    // The last event may be that it is done, without another word about the connection.
    assert!(troubles.first() == Some(&false) && troubles.get(1) != Some(&false), "{troubles:?} {ended:#?}");
}

/// Waits until plat says that it cannot see.
fn blind(deploy: &mut Running) {
    deploy.until_event("the trouble", |event| {
        event["event"] == "trouble" && event["troubles"].as_array().is_some_and(|troubles| !troubles.is_empty())
    });
}

/// The error of a deploy that ran into its deadline while it could not see.
fn ended_blind(ended: Ended) {
    ended.fails(4).evidence("seen last at").evidence("the connection was lost");
}

fn killed_in_mid_rollout_and_back_costs_only_time() {
    let place = place();
    // A developer's rights are known to the API server only some time after it started: nobody must be told that he
    // has none.
    place.become_developer();
    let mut deploy = place.serves_after("sleep 6").deploy().start();
    deploy.until_it_rolls();
    place.fault("kill", "kube-apiserver");
    blind(&mut deploy);
    place.fault("start", "kube-apiserver");
    was_blind_for_a_while(&deploy.ends_within(WITHIN).succeeds());
}

fn away_for_good_ends_the_deploy_at_its_deadline() {
    let place = place();
    let shop = place.serves_after("sleep 6");
    let mut deploy = shop.deploy().args(&["--deadline", "10s"]).start();
    deploy.until_it_rolls();
    place.fault("kill", "kube-apiserver");
    ended_blind(deploy.ends_within(Duration::from_secs(20)));

    // And a deploy that begins now says at once that there is no server.
    let ended = shop.deploy().start().ends_within(Duration::from_secs(20)).fails(1);
    let reason = ended.error()["reason"].as_str().unwrap_or_default();
    assert!(["ConnectionReset", "ConnectionRefused"].contains(&reason), "{ended:#?}");
}

fn held_ends_the_deploy_at_its_deadline_and_the_next_one_at_the_dial() {
    let place = place();
    let shop = place.serves_after("sleep 6");
    let mut deploy = shop.deploy().args(&["--deadline", "30s"]).start();
    deploy.until_it_rolls();
    place.fault("stop", "kube-apiserver");
    ended_blind(deploy.ends_within(Duration::from_secs(40)));

    shop.deploy().start().ends_within(Duration::from_secs(20)).fails(1).reason("Unreachable");
}

fn connections_reset_again_and_again_cost_only_time() {
    let place = place();
    let wire = Wire::to(place.server());
    place.through(&format!("https://{}", wire.address));
    let mut deploy = place.serves_after("sleep 6").deploy().start();
    deploy.until_it_rolls();
    let mut resets = 0;
    for _ in 0..3 {
        let before = wire.accepted();
        resets += wire.reset();
        eventually("plat connects again", || wire.accepted() > before);
    }
    let ended = deploy.ends_within(WITHIN).succeeds();
    assert!(resets > 0 && wire.accepted() > 1, "{resets} of {} connections", wire.accepted());
    was_blind_for_a_while(&ended);
}

fn a_connection_reset_in_mid_plan_is_made_anew_visibly() {
    let place = place();
    let wire = Wire::to(place.server());
    place.through(&format!("https://{}", wire.address));
    place.write_spec();
    // The API server takes the requests and answers none, so all are under way when the connection breaks.
    place.fault("stop", "etcd");
    let deploy = place.deploy().start();
    eventually("requests wait for an answer", || wire.waits());
    wire.reset();
    place.fault("go-on", "etcd");
    deploy.ends_within(WITHIN).succeeds().says("the connection was lost; again in");
}

fn a_watch_that_expired_is_begun_anew() {
    let place = place();
    let wire = Wire::to(place.server());
    // Only plat goes through the wire.
    let direct = std::fs::read_to_string(&place.kubeconfig).expect("the kubeconfig");
    place.through(&format!("https://{}", wire.address));
    let mut deploy = place.serves_after("sleep 8").deploy().start();
    deploy.until_it_rolls();
    std::fs::write(&place.kubeconfig, direct).expect("the kubeconfig");
    let version = place.field("pods", ".items[0].metadata.resourceVersion");

    // While plat is cut off, the server forgets the past: a new one begins with the present.
    wire.cut();
    place.kubectl(&["label", "pods", "--all", "plat.dev/test-moved=on"]);
    place.fault("kill", "kube-apiserver");
    place.fault("start", "kube-apiserver");
    place.answers();
    let watch = format!("/api/v1/namespaces/{}/pods?watch=1&timeoutSeconds=1&resourceVersion={version}", place.name);
    eventually("the version that plat saw has expired", || {
        let output = place.kubectl_command().args(["get", "--raw", &watch]).output().expect("kubectl runs");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).contains("too old resource version")
    });
    wire.fix();
    was_blind_for_a_while(&deploy.ends_within(WITHIN).succeeds());
}
