//! `plat whoowns` on objects of a real cluster.

use std::process::Command;

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, eventually};

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
    namespace.plat(&["whoowns", key]).events().run().events.remove(0)
}

fn the_annotations_answer_with_the_date_they_were_written() {
    let ns = Namespace::new("owner");
    ns.apply(deployment("pay", OWNED));
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
    let ns = Namespace::new("owner");
    ns.apply(deployment("pay", OWNED));
    let pod = || ns.kubectl(&["get", "pods", "--output", "jsonpath={.items[*].metadata.name}"]);
    eventually("a pod of the Deployment", || !pod().is_empty());
    let pod = pod();
    ns.plat(&["whoowns", &pod])
        .succeeds()
        .says(&format!("Pod {0}/{pod}, of Deployment {0}/pay", ns.name))
        .says("accountable  payments");
}

fn without_an_owner_the_nearest_evidence_is_shown() {
    let ns = Namespace::new("owner");
    ns.apply(deployment("orphan", "labels: {app.kubernetes.io/managed-by: Helm}"));
    let annotate = format!("kubectl -n {} annotate deployment orphan plat.dev/owner=TEAM", ns.name);
    ns.plat(&["whoowns", "orphan"])
        .fails(1)
        .says("accountable  unknown")
        .says("nearest evidence")
        .says("managed by Helm")
        .says("no owner of \"orphan\" is on record")
        .says(&annotate);
}

fn the_namespace_answers_with_low_confidence() {
    let ns = Namespace::new("owner");
    ns.kubectl(&["label", "namespace", &ns.name, "team=platform"]);
    ns.apply(deployment("orphan", "labels: {}"));
    let accountable = &answer(&ns, "orphan")["accountable"];
    assert_eq!((&accountable["name"], &accountable["confidence"]), (&"platform".into(), &"low".into()));
    assert_eq!(accountable["place"], format!("team on Namespace {}", ns.name));
}

fn a_service_is_found_in_the_only_namespace_that_has_it() {
    let ns = Namespace::new("owner");
    let elsewhere = Namespace::new("owner");
    let name = format!("pay-{}", ns.name);
    ns.apply(deployment(&name, OWNED));
    let note = format!("found in namespace {}, not in {}", ns.name, elsewhere.name);
    elsewhere.plat(&["whoowns", &name]).succeeds().says(&note);
}

fn a_misspelt_service_is_answered_with_the_nearest() {
    let ns = Namespace::new("owner");
    ns.apply(deployment("payments", OWNED));
    ns.plat(&["whoowns", "paymets", "-n", &ns.name])
        .fails(1)
        .says(&format!("no workload or pod is named \"paymets\" in namespace {}", ns.name))
        .says(&format!("did you mean {}/payments?", ns.name));
}

fn a_clone_of_its_repository_is_evidence_too() {
    let ns = Namespace::new("owner");
    ns.apply(deployment("pay", OWNED));
    let git = |arguments: &[&str]| {
        let status = Command::new("git").arg("-C").arg(ns.work()).args(arguments).status().expect("git starts");
        assert!(status.success(), "git {arguments:?}");
    };
    git(&["init", "--quiet"]);
    ns.write("CODEOWNERS", "* @shop/payments\n");

    git(&["remote", "add", "origin", "git@git.example.com:shop/another.git"]);
    ns.plat(&["whoowns", "pay"])
        .succeeds()
        .never_says("agrees")
        .says("in a clone of https://git.example.com/shop/pay the answer would also know CODEOWNERS");

    git(&["remote", "set-url", "origin", "git@git.example.com:shop/pay.git"]);
    ns.plat(&["whoowns", "pay"]).succeeds().says("CODEOWNERS agrees");
}

fn without_permission_it_says_which_is_missing() {
    let ns = Namespace::new("owner");
    ns.configure(|kubeconfig| {
        kubeconfig["users"][0]["user"]["as"] = format!("system:serviceaccount:{}:default", ns.name).into();
    });
    ns.plat(&["whoowns", "pay"])
        .fails(1)
        .says(&format!("cannot read Deployment {}/pay: you have no permission", ns.name))
        .says("hint:");
}
