//! An API server that is too busy: 429 by its own priority and fairness, 503 from what stands before it, a slow etcd.

use std::fs;
use std::time::Duration;

use super::front::Front;
use super::place::{Place, place};
use super::run::{rolls, start};
use crate::support;

/// No seat, no queue: the API server answers 429 with Retry-After to everything of this user.
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

/// Puts the developer in jail; `free` lets him out.
fn jail(place: &Place) {
    let file = place.namespace.work().join("jail.yaml");
    fs::write(&file, JAIL.replace("@NAMESPACE@", &place.namespace.name)).expect("a manifest can be written");
    place.admin(&["apply", "-f", file.to_str().expect("a path of text")]);
    support::eventually("429 for the developer", || {
        let output = support::kubectl_command(&place.namespace).args(["get", "--raw", "/version"]).output();
        String::from_utf8_lossy(&output.expect("kubectl runs").stderr).to_lowercase().contains("too many")
    });
}

fn free(place: &Place) {
    place.admin(&["delete", "flowschema/faults"]);
}

#[test]
fn a_429_is_retried_visibly() {
    let Some(place) = place() else { return };
    place.become_developer();
    place.spec("true", "");
    jail(&place);
    let run = start(&place.namespace, &["deploy"]);
    std::thread::sleep(Duration::from_secs(2));
    free(&place);
    let ended = run.end(Duration::from_secs(60));
    eprintln!("{ended:#?}");
    ended.well();
}

#[test]
fn a_429_that_stays_ends_the_deploy_soon() {
    let Some(place) = place() else { return };
    place.become_developer();
    place.spec("true", "");
    jail(&place);
    let ended = start(&place.namespace, &["deploy"]).end(Duration::from_secs(45));
    eprintln!("{ended:#?}");
    ended.error(1);
}

#[test]
fn a_429_in_mid_rollout_costs_only_time() {
    let Some(place) = place() else { return };
    place.become_developer();
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    jail(&place);
    place.fault("kill", "kube-apiserver");
    place.fault("start", "kube-apiserver");
    std::thread::sleep(Duration::from_secs(6));
    free(&place);
    let ended = run.end(Duration::from_secs(60));
    eprintln!("{ended:#?}");
    ended.well();
}

#[test]
fn a_503_with_retry_after_is_retried_visibly() {
    let Some(place) = place() else { return };
    place.spec("sleep 3", "");
    let front = Front::to(&place.namespace.kubeconfig);
    place.through(&format!("http://{}", front.address));
    front.refuse(4);
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    front.refuse(3);
    let ended = run.end(Duration::from_secs(60));
    eprintln!("{} {ended:#?}", front.refused());
    ended.well();
}

#[test]
fn an_etcd_that_stalls_again_and_again_costs_only_time() {
    let Some(place) = place() else { return };
    place.spec("sleep 3", "");
    let run = start(&place.namespace, &["deploy"]);
    for _ in 0..5 {
        place.fault("stop", "etcd");
        std::thread::sleep(Duration::from_millis(1500));
        place.fault("go-on", "etcd");
        std::thread::sleep(Duration::from_millis(500));
    }
    let ended = run.end(Duration::from_secs(60));
    eprintln!("{ended:#?}");
    ended.well();
}
