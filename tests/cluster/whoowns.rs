//! `plat whoowns` on objects of a real cluster.

use std::process::Command;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::harness::tests;
use crate::support::{self, Namespace};

tests![SHARED:
    the_annotations_answer_with_the_date_they_were_written,
    a_pod_leads_to_its_deployment,
    without_an_owner_the_nearest_evidence_is_shown,
    the_namespace_answers_with_low_confidence,
    a_service_is_found_in_the_only_namespace_that_has_it,
    a_misspelt_service_is_answered_with_the_nearest,
    a_clone_of_its_repository_is_evidence_too,
    without_permission_it_says_which_is_missing,
];

/// A Deployment whose pods exist and need not run.
fn deployment(name: &str, metadata: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  {metadata}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      securityContext: {{runAsNonRoot: true, runAsUser: 10001, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
      - name: main
        image: 127.0.0.1:1/none
        securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
"
    )
}

const OWNED: &str = "annotations: {plat.dev/owner: payments, a8r.io/chat: '#payments', \
                     plat.dev/repository: 'https://git.example.com/shop/pay'}";

fn answer(namespace: &Namespace, key: &str) -> Value {
    let output = support::plat(namespace).args(["whoowns", key, "--output", "json"]).output().expect("plat runs");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    serde_json::from_str(text.lines().next().expect("a line of JSON")).expect("one JSON value a line")
}

fn the_annotations_answer_with_the_date_they_were_written() {
    let ns = support::namespace("owner");
    support::apply(&ns, &deployment("pay", OWNED));
    let answer = answer(&ns, &format!("{}/pay", ns.name));
    assert_eq!(answer["subject"], format!("Deployment {}/pay", ns.name));
    let accountable = &answer["accountable"];
    assert_eq!((&accountable["name"], &accountable["confidence"]), (&"payments".into(), &"high".into()));
    assert_eq!(accountable["place"], format!("plat.dev/owner on Deployment {}/pay", ns.name));
    let written: jiff::Timestamp = accountable["date"].as_str().expect("a date").parse().expect("a timestamp");
    assert_eq!(jiff::Timestamp::now().duration_since(written).as_hours(), 0, "{written}");
    assert_eq!(answer["contacts"][0], serde_json::json!({"what": "chat", "value": "#payments"}));
}

fn a_pod_leads_to_its_deployment() {
    let ns = support::namespace("owner");
    support::apply(&ns, &deployment("pay", OWNED));
    let pod = || support::kubectl(&ns, &["get", "pods", "--output", "jsonpath={.items[*].metadata.name}"]);
    support::eventually("a pod of the Deployment", || !pod().is_empty());
    let pod = pod();
    let page =
        contains(format!("Pod {0}/{pod}, of Deployment {0}/pay", ns.name)).and(contains("accountable  payments"));
    support::plat(&ns).args(["whoowns", &pod]).assert().success().stdout(page);
}

fn without_an_owner_the_nearest_evidence_is_shown() {
    let ns = support::namespace("owner");
    support::apply(&ns, &deployment("orphan", "labels: {app.kubernetes.io/managed-by: Helm}"));
    let annotate = format!("kubectl -n {} annotate deployment orphan plat.dev/owner=TEAM", ns.name);
    support::plat(&ns)
        .args(["whoowns", "orphan"])
        .assert()
        .code(1)
        .stdout(contains("accountable  unknown").and(contains("nearest evidence")).and(contains("managed by Helm")))
        .stderr(contains("no owner of \"orphan\" is on record").and(contains(annotate)));
}

fn the_namespace_answers_with_low_confidence() {
    let ns = support::namespace("owner");
    support::kubectl(&ns, &["label", "namespace", &ns.name, "team=platform"]);
    support::apply(&ns, &deployment("orphan", "labels: {}"));
    let accountable = &answer(&ns, "orphan")["accountable"];
    assert_eq!((&accountable["name"], &accountable["confidence"]), (&"platform".into(), &"low".into()));
    assert_eq!(accountable["place"], format!("team on Namespace {}", ns.name));
}

fn a_service_is_found_in_the_only_namespace_that_has_it() {
    let ns = support::namespace("owner");
    let elsewhere = support::namespace("owner");
    let name = format!("pay-{}", ns.name);
    support::apply(&ns, &deployment(&name, OWNED));
    let note = contains(format!("found in namespace {}, not in {}", ns.name, elsewhere.name));
    support::plat(&elsewhere).args(["whoowns", &name]).assert().success().stderr(note);
}

fn a_misspelt_service_is_answered_with_the_nearest() {
    let ns = support::namespace("owner");
    support::apply(&ns, &deployment("payments", OWNED));
    let error = contains(format!("no workload or pod is named \"paymets\" in namespace {}", ns.name))
        .and(contains(format!("did you mean {}/payments?", ns.name)));
    support::plat(&ns).args(["whoowns", "paymets", "-n", &ns.name]).assert().code(1).stderr(error);
}

fn a_clone_of_its_repository_is_evidence_too() {
    let ns = support::namespace("owner");
    support::apply(&ns, &deployment("pay", OWNED));
    let git = |arguments: &[&str]| {
        let status = Command::new("git").arg("-C").arg(ns.work()).args(arguments).status().expect("git starts");
        assert!(status.success(), "git {arguments:?}");
    };
    git(&["init", "--quiet"]);
    std::fs::write(ns.work().join("CODEOWNERS"), "* @shop/payments\n").expect("a file");

    git(&["remote", "add", "origin", "git@git.example.com:shop/another.git"]);
    let note = contains("in a clone of https://git.example.com/shop/pay the answer would also know CODEOWNERS");
    support::plat(&ns).args(["whoowns", "pay"]).assert().success().stdout(contains("agrees").not()).stderr(note);

    git(&["remote", "set-url", "origin", "git@git.example.com:shop/pay.git"]);
    support::plat(&ns).args(["whoowns", "pay"]).assert().success().stdout(contains("CODEOWNERS agrees"));
}

fn without_permission_it_says_which_is_missing() {
    let ns = support::namespace("owner");
    let text = std::fs::read_to_string(&ns.kubeconfig).expect("a kubeconfig");
    let mut kubeconfig: Value = serde_json::from_str(&text).expect("a kubeconfig as the sandbox writes it");
    kubeconfig["users"][0]["user"]["as"] = format!("system:serviceaccount:{}:default", ns.name).into();
    let powerless = ns.work().join("kubeconfig");
    std::fs::write(&powerless, kubeconfig.to_string()).expect("a kubeconfig of the test");
    let error =
        contains(format!("cannot read Deployment {}/pay: you have no permission", ns.name)).and(contains("hint:"));
    support::plat(&ns).env("KUBECONFIG", &powerless).args(["whoowns", "pay"]).assert().code(1).stderr(error);
}
