//! kill -9 at any moment, then the same deploy again: it ends as if nothing had happened.

use serde_json::Value;

use super::shop::{self, CRASH, Running, SERVE};
use super::support::{self, Namespace};

/// What is to be the same: objects without what counts or dates them, the newest record, and nobody's lock.
fn state(namespace: &Namespace) -> (Vec<Value>, String, String) {
    let list = shop::get(namespace, &["deployments,services,serviceaccounts,networkpolicies,configmaps"]);
    let mut objects: Vec<Value> = list["items"].as_array().expect("a list").clone();
    objects.retain(|object| !matches!(object["metadata"]["name"].as_str(), Some("default" | "kube-root-ca.crt")));
    for object in &mut objects {
        let kept = |key: &str| object["metadata"][key].clone();
        let metadata = serde_json::json!({"name": kept("name"), "labels": kept("labels")});
        object["metadata"] = metadata;
        if let Some(labels) = object["metadata"]["labels"].as_object_mut() {
            // A hash of the namespace's name, among others.
            let _ = labels.remove("applyset.kubernetes.io/part-of").expect("every object is of the set");
        }
        object.as_object_mut().expect("an object").remove("status");
        for key in ["clusterIP", "clusterIPs"] {
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove(key);
            }
        }
    }
    let text = objects.iter_mut().map(|object| {
        let text = object.to_string().replace(&namespace.name, "NAMESPACE");
        serde_json::from_str(&text).expect("JSON")
    });
    let objects = text.collect();
    let unfinished = support::kubectl(
        namespace,
        &[
            "get",
            "lease/plat-shop",
            "-o",
            r"jsonpath={.spec.holderIdentity}{.metadata.annotations.plat\.dev/unfinished}",
        ],
    );
    let newest = shop::history(namespace)[0].split_once(' ').expect("a line").1.to_owned();
    (objects, unfinished, newest)
}

/// A namespace with a first revision, and the second one ready to be deployed.
fn prepared(program: &str) -> Option<Namespace> {
    let namespace = support::namespace("resume")?;
    shop::project(&namespace, "a", "first", SERVE, "bake: 3");
    shop::deployed(&namespace, "a", &[]);
    shop::project(&namespace, "a", "second", program, "bake: 3");
    Some(namespace)
}

fn undisturbed(program: &str, code: i32) -> Option<(Vec<Value>, String, String)> {
    let namespace = prepared(program)?;
    assert_eq!(shop::run(&namespace, "a", &["deploy"]).0, code);
    let state = state(&namespace);
    assert_eq!(state.1, "", "nobody holds the lock and nothing is unfinished");
    Some(state)
}

#[test]
fn a_deploy_that_was_killed_is_ended_by_the_next_one() {
    let Some(expected) = undisturbed(SERVE, 0) else { return };
    assert_eq!(expected.2, "deployed");
    // place: plan. plan: lock, record, apply. progress: watch. ready: bake.
    for moment in ["place", "plan", "progress", "ready"] {
        let Some(namespace) = prepared(SERVE) else { return };
        let mut first = Running::start(&namespace, "a", &["deploy"]);
        first.until(moment);
        first.kill();
        let (code, events) = shop::run(&namespace, "a", &["deploy"]);
        assert_eq!(code, 0, "killed at {moment}: {events:#?}");
        assert_eq!(state(&namespace), expected, "killed at {moment}");
    }
}

#[test]
fn a_rollback_that_was_killed_is_ended_by_the_next_deploy() {
    let Some(expected) = undisturbed(CRASH, 3) else { return };
    for moment in ["finding", "evidence", "rollback"] {
        let Some(namespace) = prepared(CRASH) else { return };
        let mut first = Running::start(&namespace, "a", &["deploy"]);
        first.until(moment);
        first.kill();
        let (code, events) = shop::run(&namespace, "a", &["deploy"]);
        assert_eq!(code, 3, "killed at {moment}: {events:#?}");
        assert_eq!(state(&namespace), expected, "killed at {moment}");
        assert_eq!(shop::served(&namespace), "first");
    }
}

/// Killed at what the cluster shows, not at what plat says.
#[test]
fn a_deploy_that_was_killed_between_two_writes_is_ended_too() {
    let Some(expected) = undisturbed(SERVE, 0) else { return };
    let maps = |namespace: &Namespace| {
        shop::get(namespace, &["configmaps", "-l", "app.kubernetes.io/name=shop"])["items"]
            .as_array()
            .map_or(0, Vec::len)
    };
    let locked = |namespace: &Namespace| !shop::holder(namespace).is_empty();
    let half = |namespace: &Namespace| maps(namespace) == 2;
    for (moment, reached) in [("lock", &locked as &dyn Fn(&Namespace) -> bool), ("half of the objects", &half)] {
        let Some(namespace) = prepared(SERVE) else { return };
        let first = Running::start(&namespace, "a", &["deploy"]);
        support::eventually(moment, || reached(&namespace));
        first.kill();
        let (code, events) = shop::run(&namespace, "a", &["deploy"]);
        assert_eq!(code, 0, "killed at {moment}: {events:#?}");
        assert_eq!(state(&namespace), expected, "killed at {moment}");
    }
}
