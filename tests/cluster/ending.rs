//! What is being deleted, and what is gone: Jobs that are removed when they have ended, finalizers, kinds without a
//! definition.

use crate::harness::tests;
use crate::support::manifests::{config_map, gadget_definition};
use crate::support::{Namespace, Shop, busybox, eventually};

tests![SHARED:
    a_job_that_is_removed_when_it_has_ended_is_done,
    a_job_that_failed_and_is_gone_is_named,
    what_is_being_deleted_is_waited_for_and_made_again,
    what_does_not_go_says_who_holds_it,
    what_is_pruned_and_held_is_not_called_gone,
    a_kind_that_is_gone_does_not_lock_its_set,
    a_namespace_that_plat_yaml_names_is_awaited_and_made_anew;
];

/// A Job that Kubernetes removes the moment it has ended.
fn job(namespace: &Namespace, name: &str, script: &str) -> String {
    format!(
        "---
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  ttlSecondsAfterFinished: 0
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 1
      securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
      - name: main
        image: {image}
        args: [-c, {script:?}]
        securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
",
        image = busybox(namespace)
    )
}

fn a_job_that_is_removed_when_it_has_ended_is_done() {
    let namespace = Namespace::new("ending");
    let jobs = job(&namespace, "quick", "exit 0") + &job(&namespace, "slow", "sleep 6");
    namespace.deploy_manifests(jobs.as_str(), &[]).succeeds();
    eventually("both are gone", || namespace.names("jobs").is_empty());

    // Of a set, too: nothing is rolled back.
    namespace.deploy_manifests(jobs, &["--set", "shop"]).succeeds();
    assert_eq!(namespace.history(), ["1 deployed"]);
}

fn a_job_that_failed_and_is_gone_is_named() {
    let namespace = Namespace::new("ending");
    let jobs = job(&namespace, "broken", "echo no such table; exit 9") + &job(&namespace, "slow", "sleep 8");
    let failed = namespace.deploy_manifests(jobs, &[]).fails(3);
    failed.what("broken").what("exit code 9");
}

/// A ConfigMap that a finalizer holds.
fn held(name: &str, text: &str) -> String {
    config_map(name, text).replace(&format!("name: {name}"), &format!("name: {name}, finalizers: [example.com/hold]"))
}

fn release(namespace: &Namespace, object: &str) {
    namespace.kubectl(&["patch", object, "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#]);
}

fn what_is_being_deleted_is_waited_for_and_made_again() {
    let namespace = Namespace::new("ending");
    namespace.apply(held("shop", "one"));
    namespace.kubectl(&["delete", "configmap", "shop", "--wait=false"]);
    let before = namespace.field("configmap/shop", ".metadata.uid");

    let mut deploy = namespace.deploy_manifests(config_map("shop", "one"), &[]).start();
    let plan = deploy.until("plan").to_string();
    assert!(plan.contains("is being deleted (held by finalizer example.com/hold"), "{plan}");
    assert!(plan.contains(r#""action":"create""#), "{plan}");
    release(&namespace, "configmap/shop");
    deploy.ends().succeeds();
    let after = namespace.field("configmap/shop", ".metadata.uid");
    assert!(!after.is_empty() && after != before);
    assert_eq!(namespace.field("configmap/shop", ".data.text"), "one");
}

fn what_does_not_go_says_who_holds_it() {
    let namespace = Namespace::new("ending");
    namespace.apply(held("shop", "one"));
    namespace.kubectl(&["delete", "configmap", "shop", "--wait=false"]);
    let other = config_map("other", "x");
    let manifests = config_map("shop", "two") + &other;
    namespace
        .deploy_manifests(manifests, &["--deadline", "3s"])
        .fails(4)
        .what("ConfigMap")
        .what("is being deleted and was not gone after 3s")
        .says("finalizer example.com/hold: until the controller of example.com takes it off");
    assert!(!namespace.is_there("configmap/other"), "nothing else was written before");
    release(&namespace, "configmap/shop");
}

fn what_is_pruned_and_held_is_not_called_gone() {
    let namespace = Namespace::new("ending");
    let set = ["--set", "shop"];
    let both = config_map("stays", "a") + &held("goes", "b") + &config_map("leaves", "c");
    namespace.deploy_manifests(both, &set).succeeds();
    let pruned = namespace.deploy_manifests(config_map("stays", "a"), &set).succeeds();
    pruned.says("pruned ConfigMap").says("goes is being deleted, and not gone: finalizer example.com/hold");
    assert!(!namespace.is_there("configmap/leaves"));
    release(&namespace, "configmap/goes");
    eventually("it is gone", || !namespace.is_there("configmap/goes"));
}

fn a_kind_that_is_gone_does_not_lock_its_set() {
    let namespace = Namespace::new("ending");
    let group = format!("{}.example.com", namespace.name);
    let open = "{openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}";
    let definition = gadget_definition(&group, &format!("{{name: v1, served: true, storage: true, schema: {open}}}"));
    namespace.apply(definition);
    namespace.established(&format!("crd/gadgets.{group}"));
    let gadget = format!("---\napiVersion: {group}/v1\nkind: Gadget\nmetadata: {{name: g}}\nspec: {{size: 3}}\n");
    let set = ["--set", "shop"];
    namespace.deploy_manifests(config_map("shop", "one") + &gadget, &set).succeeds();
    namespace.kubectl(&["delete", "crd", &format!("gadgets.{group}"), "--timeout=30s"]);

    let said = format!("the set lists Gadget of {group}/v1, a kind that is gone from this cluster");
    namespace.write("next.yaml", config_map("shop", "two"));
    namespace.plat(&["diff", "-f", "next.yaml", "--set", "shop"]).succeeds().says(&said);
    namespace.deploy_manifests(config_map("shop", "two"), &set).succeeds().says(&said);
    // It is said once; from then on the set does not have it.
    namespace.deploy_manifests(config_map("shop", "three"), &set).succeeds().never_says("is gone from this cluster");
    namespace.plat(&["delete", "shop", "--yes"]).succeeds();
    assert!(!namespace.is_there("configmap/shop"));
}

fn a_namespace_that_plat_yaml_names_is_awaited_and_made_anew() {
    let shop = Shop::new("ending").without("health");
    let shop = shop.with(&format!("environments: {{dev: {{namespace: {}}}}}", shop.name));
    let dev = ["deploy", "--env", "dev"];
    shop.apply(held("anchor", "x"));
    let namespace = format!("namespace/{}", shop.name);
    let before = shop.field(&namespace, ".metadata.uid");
    shop.kubectl(&["delete", "namespace", &shop.name, "--wait=false"]);

    let late = shop.run(&dev).args(&["--deadline", "3s"]).events().fails(4).reason("Terminating");
    late.what("is being deleted and was not gone after 3s").evidence("until all that is in it is gone");
    // Nobody wrote it down: it may be the wrong one.
    shop.run(&["deploy"]).events().fails(1).reason("NamespaceTerminating").hint("what keeps it: kubectl get namespace");
    shop.run(&["diff", "--env", "dev"]).succeeds().says("is being deleted; plat deploy waits for its end");

    let mut deploy = shop.run(&dev).events().start();
    deploy.until_event("that it waits", |event| {
        event["event"] == "note"
            && event["text"].as_str().is_some_and(|text| text.contains("is made anew once it is gone"))
    });
    release(&shop, "configmap/anchor");
    deploy.ends().succeeds();
    let after = shop.field(&namespace, ".metadata.uid");
    assert!(!after.is_empty() && after != before);
    assert_eq!(shop.field("deployment/shop", ".status.availableReplicas"), "1");
}
