//! The API server away, held, and the way to it cut.

use std::time::Duration;

use serde_json::Value;

use super::place::place;
use super::run::{Ended, MINUTE, rolls, start};
use super::wire::Wire;
use crate::harness::tests;
use crate::support;

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

/// The error of a deploy that ran into its deadline while it could not see.
fn ended_blind(ended: &Ended) -> &Value {
    let error = ended.error(4);
    let details = error["details"].to_string();
    assert!(details.contains("seen last at") && details.contains("the connection was lost"), "{ended:#?}");
    error
}

fn killed_in_mid_rollout_and_back_costs_only_time() {
    let place = place();
    place.spec("sleep 6", "");
    // A developer's rights are known to the API server only some time after it started: nobody must be told that he
    // has none.
    place.become_developer();
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    place.fault("kill", "kube-apiserver");
    std::thread::sleep(Duration::from_secs(2));
    place.fault("start", "kube-apiserver");
    let ended = run.end(MINUTE);
    ended.well();
    was_blind_for_a_while(&ended);
}

fn away_for_good_ends_the_deploy_at_its_deadline() {
    let place = place();
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy", "--deadline", "10s"]);
    run.until("the rollout", rolls);
    place.fault("kill", "kube-apiserver");
    ended_blind(&run.end(Duration::from_secs(20)));

    // And a deploy that begins now says at once that there is no server.
    let ended = start(&place.namespace, &["deploy"]).end(Duration::from_secs(20));
    let error = ended.error(1);
    assert!(
        ["ConnectionReset", "ConnectionRefused"].contains(&error["reason"].as_str().unwrap_or_default()),
        "{error:#}"
    );
}

fn held_ends_the_deploy_at_its_deadline_and_the_next_one_at_the_dial() {
    let place = place();
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy", "--deadline", "20s"]);
    run.until("the rollout", rolls);
    place.fault("stop", "kube-apiserver");
    ended_blind(&run.end(Duration::from_secs(30)));

    let ended = start(&place.namespace, &["deploy"]).end(Duration::from_secs(20));
    assert_eq!(ended.error(1)["reason"], "Unreachable", "{ended:#?}");
}

fn connections_reset_again_and_again_cost_only_time() {
    let place = place();
    let wire = Wire::to(place.server());
    place.through(&format!("https://{}", wire.address));
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    let mut resets = 0;
    for _ in 0..3 {
        resets += wire.reset();
        std::thread::sleep(Duration::from_millis(700));
    }
    let ended = run.end(MINUTE);
    ended.well();
    assert!(resets > 0 && wire.accepted() > 1, "{resets} of {} connections", wire.accepted());
    was_blind_for_a_while(&ended);
}

fn a_connection_reset_in_mid_plan_is_made_anew_visibly() {
    let place = place();
    let wire = Wire::to(place.server());
    place.through(&format!("https://{}", wire.address));
    place.spec("true", "");
    // The API server takes the requests and answers none, so all are under way when the connection breaks.
    place.fault("stop", "etcd");
    let run = start(&place.namespace, &["deploy"]);
    std::thread::sleep(Duration::from_secs(2));
    wire.reset();
    place.fault("go-on", "etcd");
    let ended = run.end(MINUTE);
    ended.well();
    assert!(ended.said.contains("the connection was lost; again in"), "{ended:#?}");
}

fn a_watch_that_expired_is_begun_anew() {
    let place = place();
    let wire = Wire::to(place.server());
    // From here on only plat goes through the wire.
    let direct = std::fs::read_to_string(&place.namespace.kubeconfig).expect("the kubeconfig");
    place.through(&format!("https://{}", wire.address));
    place.spec("sleep 8", "");
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    std::fs::write(&place.namespace.kubeconfig, direct).expect("the kubeconfig");
    let version =
        support::kubectl(&place.namespace, &["get", "pods", "-o", "jsonpath={.items[0].metadata.resourceVersion}"]);

    // While plat is cut off, the server forgets the past: a new one begins with the present.
    wire.cut();
    support::kubectl(&place.namespace, &["label", "pods", "--all", "plat.dev/test-moved=on"]);
    place.fault("kill", "kube-apiserver");
    place.fault("start", "kube-apiserver");
    place.answers();
    let watch =
        format!("/api/v1/namespaces/{}/pods?watch=1&timeoutSeconds=1&resourceVersion={version}", place.namespace.name);
    support::eventually("the version that plat saw has expired", || {
        let output = support::kubectl_command(&place.namespace).args(["get", "--raw", &watch]).output();
        let output = output.expect("kubectl runs");
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).contains("too old resource version")
    });
    wire.mend();
    let ended = run.end(MINUTE);
    ended.well();
    was_blind_for_a_while(&ended);
}
