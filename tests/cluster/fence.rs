//! A run that lost the lock writes nothing more: ada is away for longer than her Lease lasts, ben deploys, ada returns.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::faults::run::{Ended, Run, rolls, start_with};
use super::faults::wire::Wire;
use super::shop::{self, SERVE, SLOW};
use super::support::{self, Namespace};

/// All of a test's run of ada, her absence included.
const WITHIN: Duration = Duration::from_mins(3);

/// The only way of ada's plat to the API server, which a test can cut.
struct Way {
    wire: Wire,
    kubeconfig: PathBuf,
}

fn way(namespace: &Namespace) -> Way {
    let text = std::fs::read_to_string(&namespace.kubeconfig).expect("the test's kubeconfig");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    let server = &mut config["clusters"][0]["cluster"]["server"];
    let address = server.as_str().and_then(|server| server.strip_prefix("https://")).expect("a server");
    let wire = Wire::to(address.parse().expect("an address"));
    *server = format!("https://{}", wire.address).into();
    let kubeconfig = namespace.work().join("ada.kubeconfig");
    std::fs::write(&kubeconfig, config.to_string()).expect("a kubeconfig can be written");
    Way { wire, kubeconfig }
}

/// What ada runs, in the work folder.
fn ada(namespace: &Namespace, way: &Way, args: &[&str]) -> Run {
    let kubeconfig = way.kubeconfig.to_str().expect("a path is text");
    start_with(namespace, args, &[("KUBECONFIG", kubeconfig), ("GITHUB_ACTOR", "ada")])
}

/// Ben deploys two replicas, which have a `PodDisruptionBudget`; those of ada have none.
fn ben_deploys(namespace: &Namespace, config: &str) {
    shop::project(namespace, "ben", config, SERVE, "replicas: 2\nbake: 0");
    let output = shop::command(namespace, "ben", &["deploy"]).env("GITHUB_ACTOR", "ben").output().expect("plat runs");
    assert!(output.status.success(), "{output:#?}");
}

/// All that a deploy writes: what runs, what was recorded, and the parent of the set.
fn written(namespace: &Namespace) -> Vec<Value> {
    let kinds = "deployments,services,configmaps,secrets,serviceaccounts,networkpolicies,poddisruptionbudgets";
    let objects = shop::get(namespace, &[kinds]);
    let objects = objects["items"].as_array().expect("a list").iter();
    let parts = |object: &Value| {
        let metadata = &object["metadata"];
        let marks = [&object["kind"], &metadata["name"], &metadata["uid"], &metadata["labels"]];
        json!([marks, metadata["annotations"], object["spec"], object["data"]])
    };
    objects.map(parts).collect()
}

/// Ada's run ended because ben has written meanwhile, and changed nothing of it.
fn gave_way(namespace: &Namespace, ended: &Ended, there: &[Value]) {
    let error = ended.error(1);
    assert_eq!(error["reason"], "LockLost", "{ended:#?}");
    let said = error.to_string();
    assert!(said.contains("ben on ") && said.contains("nothing more") && said.contains("plat history shop"), "{said}");
    assert_eq!(written(namespace), there, "ada wrote after ben");
    assert_eq!((shop::served(namespace).as_str(), shop::holder(namespace).as_str()), ("ben", ""));
}

#[test]
fn a_deploy_that_watches_gives_way() {
    let Some(namespace) = support::namespace("fence") else { return };
    ben_deploys(&namespace, "before");
    shop::project(&namespace, ".", "ada", SLOW, "bake: 0");
    let way = way(&namespace);
    let mut run = ada(&namespace, &way, &["deploy"]);
    run.until("the rollout", rolls);
    way.wire.cut();
    ben_deploys(&namespace, "ben");
    let there = written(&namespace);
    way.wire.mend();
    gave_way(&namespace, &run.end(WITHIN), &there);
    assert_eq!(shop::history(&namespace), ["3 deployed", "2 superseded", "1 deployed"]);
}

#[test]
fn a_deploy_that_bakes_gives_way() {
    let Some(namespace) = support::namespace("fence") else { return };
    ben_deploys(&namespace, "before");
    shop::project(&namespace, ".", "ada", SERVE, "bake: 40");
    let way = way(&namespace);
    let mut run = ada(&namespace, &way, &["deploy"]);
    run.until("the bake", |event| event["event"] == "ready");
    way.wire.cut();
    ben_deploys(&namespace, "ben");
    let there = written(&namespace);
    way.wire.mend();
    gave_way(&namespace, &run.end(WITHIN), &there);
    assert_eq!(shop::history(&namespace), ["3 deployed", "2 superseded", "1 deployed"]);
}

#[test]
fn a_rollback_gives_way() {
    let Some(namespace) = support::namespace("fence") else { return };
    shop::project(&namespace, ".", "slow", SLOW, "bake: 0");
    shop::deployed(&namespace, ".", &[]);
    ben_deploys(&namespace, "before");
    let way = way(&namespace);
    let mut run = ada(&namespace, &way, &["rollback"]);
    run.until("the rollout", rolls);
    way.wire.cut();
    ben_deploys(&namespace, "ben");
    let there = written(&namespace);
    way.wire.mend();
    gave_way(&namespace, &run.end(WITHIN), &there);
    assert_eq!(shop::history(&namespace), ["4 deployed", "3 superseded", "2 deployed", "1 deployed"]);
}

/// Its process is stopped, as by a laptop that sleeps: what is no longer there when it wakes is ben's to forget.
#[test]
fn a_delete_gives_way() {
    let Some(namespace) = support::namespace("fence") else { return };
    shop::project(&namespace, ".", "before", SERVE, "bake: 0");
    shop::deployed(&namespace, ".", &[]);
    let way = way(&namespace);
    let run = ada(&namespace, &way, &["delete", "--yes"]);
    support::eventually("the deletion began", || {
        let begun = shop::get(&namespace, &["deployments"]);
        begun["items"].as_array().is_some_and(|all| all.iter().all(|it| !it["metadata"]["deletionTimestamp"].is_null()))
    });
    signal(&run, "STOP");
    support::kubectl(&namespace, &["wait", "--for=delete", "deployment/shop", "--timeout=60s"]);
    ben_deploys(&namespace, "ben");
    let there = written(&namespace);
    signal(&run, "CONT");
    gave_way(&namespace, &run.end(WITHIN), &there);
    assert_eq!(shop::history(&namespace).first().map(String::as_str), Some("2 deployed"));
}

fn signal(run: &Run, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), run.pid().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}
