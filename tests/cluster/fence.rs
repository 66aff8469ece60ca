//! A run that lost the lock writes nothing more: ada is away for longer than her Lease lasts, ben deploys, ada returns.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::wire::Way;
use crate::harness::tests;
use crate::support::{Ended, Namespace, Plat, Running, Shop, eventually};

tests![SHARED:
    a_deploy_that_watches_gives_way,
    a_deploy_that_bakes_gives_way,
    a_rollback_gives_way,
    a_delete_gives_way,
];

/// All of a test's run of ada, her absence included.
const WITHIN: Duration = Duration::from_mins(3);

/// What ada runs goes this way.
fn ada_runs(way: &Way, plat: Plat) -> Running {
    way.lead(plat).env("GITHUB_ACTOR", "ada").start()
}

/// Ben deploys two replicas, which have a `PodDisruptionBudget`; those of ada have none.
fn ben_deploys(shop: &Shop, text: &str) {
    shop.folder("ben").serves(text).with("replicas: 2").deploy().env("GITHUB_ACTOR", "ben").succeeds();
}

/// All that a deploy writes: what runs, what was recorded, and the parent of the set.
fn written(namespace: &Namespace) -> Vec<Value> {
    let kinds = ["deployments", "services", "configmaps", "secrets", "serviceaccounts", "networkpolicies"];
    let all = kinds.iter().chain(&["poddisruptionbudgets"]).flat_map(|kind| {
        let objects = namespace.get(kind);
        let parts = |object: &Value| {
            let metadata = &object["metadata"];
            let marks = [&json!(kind), &metadata["name"], &metadata["uid"], &metadata["labels"]];
            json!([marks, metadata["annotations"], object["spec"], object["data"]])
        };
        objects["items"].as_array().expect("a list").iter().map(parts).collect::<Vec<_>>()
    });
    all.collect()
}

/// Ada's run ended because ben has written meanwhile, and changed nothing of it.
fn gave_way(shop: &Shop, ended: Ended, there: &[Value]) {
    ended.fails(1).reason("LockLost").what("ben on ").what("nothing more").hint("plat history shop");
    assert_eq!(written(shop), there, "ada wrote after ben");
    assert_eq!((shop.served().as_str(), shop.holder().as_str()), ("ben", ""));
}

/// Ada is cut off once her revision is recorded, ben deploys, and ada is back.
fn ben_deploys_while_ada_is_away(shop: &Shop, way: &Way, ada: Running) {
    eventually("ada's revision is recorded", || {
        shop.history().first().is_some_and(|newest| newest.ends_with(" in-progress"))
    });
    way.wire.cut();
    ben_deploys(shop, "ben");
    let there = written(shop);
    way.wire.fix();
    gave_way(shop, ada.ends_within(WITHIN), &there);
}

fn a_deploy_that_watches_gives_way() {
    let shop = Shop::new("fence");
    ben_deploys(&shop, "before");
    let way = Way::of(&shop);
    let mut ada = ada_runs(&way, shop.folder("ada").serves("ada").slowly().deploy());
    ada.until_it_rolls();
    ben_deploys_while_ada_is_away(&shop, &way, ada);
    assert_eq!(shop.history(), ["3 deployed", "2 superseded", "1 deployed"]);
}

fn a_deploy_that_bakes_gives_way() {
    let shop = Shop::new("fence");
    ben_deploys(&shop, "before");
    let way = Way::of(&shop);
    let mut ada = ada_runs(&way, shop.folder("ada").serves("ada").with("bake: 40").deploy());
    ada.until("ready");
    ben_deploys_while_ada_is_away(&shop, &way, ada);
    assert_eq!(shop.history(), ["3 deployed", "2 superseded", "1 deployed"]);
}

fn a_rollback_gives_way() {
    let shop = Shop::new("fence");
    shop.folder("slow").serves("slow").slowly().deploy().succeeds();
    ben_deploys(&shop, "before");
    let way = Way::of(&shop);
    let mut ada = ada_runs(&way, shop.plat(&["rollback", "--service", "shop"]).events());
    ada.until_it_rolls();
    ben_deploys_while_ada_is_away(&shop, &way, ada);
    assert_eq!(shop.history(), ["4 deployed", "3 superseded", "2 deployed", "1 deployed"]);
}

/// Its process is stopped, as by a laptop that sleeps: what is no longer there when it wakes is ben's to forget.
fn a_delete_gives_way() {
    let shop = Shop::new("fence");
    shop.serves("before").deploy().succeeds();
    let way = Way::of(&shop);
    let ada = ada_runs(&way, shop.plat(&["delete", "shop", "--yes"]).events());
    eventually("the deletion began", || {
        let begun = shop.get("deployments");
        begun["items"].as_array().is_some_and(|all| all.iter().all(|it| !it["metadata"]["deletionTimestamp"].is_null()))
    });
    signal(&ada, "STOP");
    shop.kubectl(&["wait", "--for=delete", "deployment/shop", "--timeout=60s"]);
    ben_deploys(&shop, "ben");
    let there = written(&shop);
    signal(&ada, "CONT");
    gave_way(&shop, ada.ends_within(WITHIN), &there);
    assert_eq!(shop.history().first().map(String::as_str), Some("2 deployed"));
}

fn signal(run: &Running, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), run.pid().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}
