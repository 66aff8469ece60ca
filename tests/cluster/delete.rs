//! `plat delete` on a real cluster.

use std::process::Stdio;

use super::safety::{deployed, is_there, plat};
use super::shop::{self, Running, SLOW};
use super::support;
use crate::harness::tests;

tests![SHARED:
    everything_that_a_deploy_made_is_gone_when_plat_ends_but_volumes,
    a_delete_waits_for_a_deploy_and_is_waited_for,
    volumes_go_when_told,
];

fn everything_that_a_deploy_made_is_gone_when_plat_ends_but_volumes() {
    let namespace = deployed("delete", "replicas: 1");
    support::kubectl(&namespace, &["create", "configmap", "theirs"]);
    support::apply(
        &namespace,
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, labels: {app.kubernetes.io/name: shop}}\n\
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n",
    );
    // Nobody agreed.
    let refused = plat(&namespace, &["delete"]).ends(2);
    refused.says(&format!("- Deployment {}/shop", namespace.name));
    refused.says("--yes");
    assert!(is_there(&namespace, "deployment/shop"));

    // By name, without its plat.yaml.
    std::fs::remove_file(namespace.work().join("plat.yaml")).expect("plat.yaml was there");
    let said = plat(&namespace, &["delete", "shop", "--yes"]).ends(0);
    said.says(&format!("PersistentVolumeClaim {}/data stays: a volume with its data", namespace.name));
    let left = support::kubectl(
        &namespace,
        &["get", "deploy,rs,pods,svc,sa,netpol,hpa,secret,lease", "-l", "app.kubernetes.io/name=shop", "-o", "name"],
    );
    assert_eq!(left, "", "nothing is left, its pods included");
    assert!(!is_there(&namespace, "secret/plat-shop") && !is_there(&namespace, "lease/plat-shop"));
    let secrets = support::kubectl(&namespace, &["get", "secrets", "-o", "name"]);
    assert!(!secrets.contains("plat-shop"), "no revision is left: {secrets}");
    assert!(is_there(&namespace, "pvc/data") && is_there(&namespace, "configmap/theirs"));

    plat(&namespace, &["delete", "shop", "--yes"]).ends(1).says("there is nothing called shop that plat deployed");
}

/// The deploy wrote first; what is deleted afterwards is all of it.
fn a_delete_waits_for_a_deploy_and_is_waited_for() {
    let namespace = support::namespace("delete");
    shop::project(&namespace, "a", "first", SLOW, "bake: 0");
    let mut first = Running::start(&namespace, "a", &["deploy"]);
    first.until("progress");
    let (code, events) = shop::run(&namespace, "a", &["delete", "--yes", "--lock-timeout", "1s"]);
    let error = shop::event(&events, "error");
    assert_eq!((code, &error["reason"]), (4, &"Locked".into()), "{error:#}");
    let (code, events) = shop::run(&namespace, "a", &["delete", "--yes"]);
    assert_eq!((code, &shop::event(&events, "locked")["doing"]), (0, &"deploy".into()), "{events:#?}");
    assert_eq!(first.end().0, 0, "it ended before anything was deleted");
    assert!(!is_there(&namespace, "deployment/shop") && !is_there(&namespace, "lease/plat-shop"));

    // The other way round: a finalizer keeps the deletion up until the test takes it off.
    shop::deployed(&namespace, "a", &[]);
    let finalizer = |list: &str| {
        let patch = format!(r#"{{"metadata":{{"finalizers":{list}}}}}"#);
        support::kubectl(&namespace, &["patch", "service/shop", "--type=merge", "-p", &patch]);
    };
    finalizer(r#"["example.com/test"]"#);
    let mut going = support::plat_process(&namespace);
    let going = going.args(["delete", "shop", "--yes"]).stderr(Stdio::piped()).spawn().expect("plat runs");
    support::eventually("the deletion holds the lock", || !shop::holder(&namespace).is_empty());
    let mut deploy = Running::start(&namespace, "a", &["deploy"]);
    assert_eq!(deploy.until("locked")["doing"], "delete");
    support::eventually("all but one is gone", || !is_there(&namespace, "deployment/shop"));
    assert!(is_there(&namespace, "secret/plat-shop"), "what is not gone can be found again");
    finalizer("[]");
    let said = going.wait_with_output().expect("plat ends");
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success() && text.contains("finalizer example.com/test is not done"), "{text}");
    assert!(text.contains("may take 30 s to end"), "what it waits for is said: {text}");
    let (code, events) = deploy.end();
    assert_eq!((code, shop::history(&namespace)), (0, vec!["1 deployed".to_owned()]), "{events:#?}");
}

fn volumes_go_when_told() {
    let namespace = deployed("delete", "replicas: 1");
    support::apply(
        &namespace,
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, labels: {app.kubernetes.io/name: shop}}\n\
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n",
    );
    plat(&namespace, &["delete", "--yes", "--volumes"]).ends(0);
    assert!(!is_there(&namespace, "pvc/data") && !is_there(&namespace, "deployment/shop"));
}
