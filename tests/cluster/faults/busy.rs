//! An API server that is too busy: 429 by its own priority and fairness, 503 from what stands before it, a slow etcd.

use std::fs;
use std::time::Duration;

use axum::http::StatusCode;

use super::front::Front;
use super::place::{Place, place};
use super::run::{MINUTE, rolls, start};
use super::wire::Wire;
use crate::harness::tests;
use crate::support;

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
    let file = place.namespace.work().join("jail.yaml");
    fs::write(&file, JAIL.replace("@NAMESPACE@", &place.namespace.name)).expect("a manifest can be written");
    place.admin(&["apply", "-f", file.to_str().expect("a path of text")]);
    let uid = place.admin(&["get", "flowschema/faults", "-o", "jsonpath={.metadata.uid}"]);
    support::eventually("the API server has taken the rule up", || {
        let output = support::kubectl_command(&place.namespace).args(["get", "--raw", "/version", "-v=8"]).output();
        String::from_utf8_lossy(&output.expect("kubectl runs").stderr).contains(&uid)
    });
}

fn a_429_of_the_api_server_is_retried_visibly() {
    let place = place();
    place.become_developer();
    place.spec("true", "");
    jail(&place);
    // One request has the seat and waits for etcd; the others are sent away.
    place.fault("stop", "etcd");
    let run = start(&place.namespace, &["deploy"]);
    std::thread::sleep(Duration::from_secs(2));
    place.fault("go-on", "etcd");
    place.admin(&["delete", "flowschema/faults"]);
    let ended = run.end(MINUTE);
    ended.well();
    assert!(ended.said.to_lowercase().contains("too many requests") && ended.said.contains("again in"), "{ended:#?}");
}

fn a_429_that_stays_ends_the_deploy_soon() {
    let place = place();
    place.spec("true", "");
    let front = Front::to(&place.namespace.kubeconfig);
    place.through(&format!("http://{}", front.address));
    front.refuse(usize::MAX, StatusCode::TOO_MANY_REQUESTS);
    let ended = start(&place.namespace, &["deploy"]).end(Duration::from_secs(30));
    let error = ended.error(1);
    assert!(error["error"].to_string().contains("too busy"), "{error:#}");
    assert!(front.refused() <= 4 * 12, "retries are bounded: {}", front.refused());
}

fn a_429_in_mid_rollout_costs_only_time() {
    let place = place();
    place.spec("sleep 6", "");
    let front = Front::to(&place.namespace.kubeconfig);
    let wire = Wire::to(front.address);
    place.through(&format!("http://{}", wire.address));
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    // The watches are begun anew, and sent away.
    front.refuse(6, StatusCode::TOO_MANY_REQUESTS);
    wire.reset();
    let ended = run.end(MINUTE);
    ended.well();
    assert!(front.refused() >= 4, "{}", front.refused());
}

fn a_503_with_retry_after_is_retried_visibly() {
    let place = place();
    place.spec("sleep 3", "");
    let front = Front::to(&place.namespace.kubeconfig);
    place.through(&format!("http://{}", front.address));
    front.refuse(4, StatusCode::SERVICE_UNAVAILABLE);
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    front.refuse(3, StatusCode::SERVICE_UNAVAILABLE);
    let ended = run.end(MINUTE);
    ended.well();
    assert_eq!(front.refused(), 7);
    assert!(ended.said.contains("upstream is not available; again in"), "{ended:#?}");
}

fn an_etcd_that_stalls_again_and_again_costs_only_time() {
    let place = place();
    place.spec("sleep 3", "");
    let run = start(&place.namespace, &["deploy"]);
    for _ in 0..5 {
        place.fault("stop", "etcd");
        std::thread::sleep(Duration::from_millis(1500));
        place.fault("go-on", "etcd");
        std::thread::sleep(Duration::from_millis(500));
    }
    run.end(MINUTE).well();
}
