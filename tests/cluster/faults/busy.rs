//! An API server that is too busy: 429 by its own priority and fairness, 503 from what stands before it, a slow etcd.

use std::time::Duration;

use axum::http::StatusCode;

use super::WITHIN;
use super::front::Front;
use super::place::{Place, place};
use super::wire::Wire;
use crate::harness::tests;
use crate::support::eventually;

tests![FAULTS:
    a_429_of_the_api_server_is_retried_visibly,
    a_429_that_stays_ends_the_deploy_soon,
    a_429_in_mid_rollout_costs_only_time,
    a_503_with_retry_after_is_retried_visibly,
    an_etcd_that_stalls_again_and_again_costs_only_time,
];

/// No share, no queue. A request that finds nobody else of its kind is let in all the same.
const JAIL: &str = "
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: faults}
spec:
  type: Limited
  limited: {nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: {type: Reject}}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: faults}
spec:
  priorityLevelConfiguration: {name: faults}
  matchingPrecedence: 2
  rules:
  - subjects: [{kind: ServiceAccount, serviceAccount: {name: developer, namespace: @NAMESPACE@}}]
    resourceRules: [{verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true}]
    nonResourceRules: [{verbs: ['*'], nonResourceURLs: ['*']}]
";

/// Gives the developer one seat and no queue: a second request at the same time is answered 429.
fn jail(place: &Place) {
    let file = place.work().join("jail.yaml");
    std::fs::write(&file, JAIL.replace("@NAMESPACE@", &place.name)).expect("a manifest can be written");
    place.admin(&["apply", "-f", file.to_str().expect("a path of text")]);
    let uid = place.admin(&["get", "flowschema/faults", "-o", "jsonpath={.metadata.uid}"]);
    eventually("the API server has taken the rule up", || {
        let output = place.kubectl_command().args(["get", "--raw", "/version", "-v=8"]).output();
        String::from_utf8_lossy(&output.expect("kubectl runs").stderr).contains(&uid)
    });
}

fn a_429_of_the_api_server_is_retried_visibly() {
    let place = place();
    place.become_developer();
    place.write_spec();
    jail(&place);
    // One request has the seat and waits for etcd; the others are sent away.
    place.fault("stop", "etcd");
    let deploy = place.deploy().start();
    deploy.until_said("again in");
    place.fault("go-on", "etcd");
    place.admin(&["delete", "flowschema/faults", "prioritylevelconfiguration/faults"]);
    let ended = deploy.ends_within(WITHIN).succeeds();
    assert!(ended.err.to_lowercase().contains("too many requests"), "{ended:#?}");
}

fn a_429_that_stays_ends_the_deploy_soon() {
    let place = place();
    let front = Front::to(&place.kubeconfig);
    place.through(&format!("http://{}", front.address));
    front.refuse(usize::MAX, StatusCode::TOO_MANY_REQUESTS);
    place.deploy().start().ends_within(Duration::from_secs(30)).fails(1).what("too busy");
    assert!(front.refused() <= 4 * 12, "retries are bounded: {}", front.refused());
}

fn a_429_in_mid_rollout_costs_only_time() {
    let place = place();
    let front = Front::to(&place.kubeconfig);
    let wire = Wire::to(front.address);
    place.through(&format!("http://{}", wire.address));
    let mut deploy = place.serves_after("sleep 6").deploy().start();
    deploy.until_it_rolls();
    // The watches are begun anew, and sent away.
    front.refuse(6, StatusCode::TOO_MANY_REQUESTS);
    wire.reset();
    deploy.ends_within(WITHIN).succeeds();
    assert!(front.refused() >= 4, "{}", front.refused());
}

fn a_503_with_retry_after_is_retried_visibly() {
    let place = place();
    let front = Front::to(&place.kubeconfig);
    place.through(&format!("http://{}", front.address));
    front.refuse(4, StatusCode::SERVICE_UNAVAILABLE);
    let mut deploy = place.serves_after("sleep 3").deploy().start();
    deploy.until_it_rolls();
    front.refuse(3, StatusCode::SERVICE_UNAVAILABLE);
    deploy.ends_within(WITHIN).succeeds().says("upstream is not available; again in");
    assert_eq!(front.refused(), 7);
}

fn an_etcd_that_stalls_again_and_again_costs_only_time() {
    let place = place();
    let deploy = place.serves_after("sleep 3").deploy().start();
    for _ in 0..5 {
        place.fault("stop", "etcd");
        // The stall itself: longer than a write takes, shorter than a request may.
        std::thread::sleep(Duration::from_millis(1500));
        place.fault("go-on", "etcd");
        // And a moment in which some of what has gathered is written.
        std::thread::sleep(Duration::from_millis(500));
    }
    deploy.ends_within(WITHIN).succeeds();
}
