//! kill -9 at any moment, then the same deploy again: it ends as if nothing had happened.

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::manifests::config_map;
use crate::support::{Namespace, Plat, Shop, eventually};

tests![SHARED:
    a_deploy_that_was_killed_is_ended_by_the_next_one,
    a_rollback_that_was_killed_is_ended_by_the_next_deploy,
    a_deploy_that_was_killed_between_two_writes_is_ended_too,
    a_deploy_that_was_killed_in_its_migration_is_ended_too,
    #[cfg(target_os = "linux")]
    a_deploy_that_was_killed_while_it_pruned_is_ended_too,
    a_set_that_was_killed_is_ended_by_the_next_deploy,
];

/// What is to be the same: objects without what counts or dates them, nobody's lock, the newest record.
#[derive(Debug, PartialEq)]
struct State {
    objects: Vec<Value>,
    unfinished: String,
    newest: String,
}

fn state(namespace: &Namespace) -> State {
    let list = namespace.get("deployments,services,serviceaccounts,networkpolicies,configmaps");
    let mut objects: Vec<Value> = list["items"].as_array().expect("a list").clone();
    objects.retain(|object| !matches!(object["metadata"]["name"].as_str(), Some("default" | "kube-root-ca.crt")));
    // The config of a migration goes with its account.
    objects.retain(|object| object["metadata"]["ownerReferences"].is_null());
    for object in &mut objects {
        let kept = |key: &str| object["metadata"][key].clone();
        let metadata = json!({"name": kept("name"), "labels": kept("labels")});
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
    State {
        objects: text.collect(),
        unfinished: namespace
            .field("lease/plat-shop", r".spec.holderIdentity}{.metadata.annotations.plat\.dev/unfinished"),
        newest: namespace.history()[0].split_once(' ').expect("a line").1.to_owned(),
    }
}

/// The state after a deploy that nobody disturbed.
fn undisturbed(shop: &Shop, code: i32) -> State {
    shop.deploy().fails(code);
    let state = state(shop);
    assert_eq!(state.unfinished, "", "nobody holds the lock and nothing is unfinished");
    state
}

/// A first revision is there, and the second one ready to be deployed.
fn served() -> Shop {
    let shop = Shop::new("resume").with("bake: 3");
    shop.serves("first").deploy().succeeds();
    shop.serves("second")
}

fn migrating() -> Shop {
    served().with("before: {command: [sh, -c, 'sleep 5']}")
}

/// Kills the deploy at this event of it.
fn kill_at(event: &str, deploy: Plat) {
    let mut deploy = deploy.start();
    deploy.until(event);
    deploy.kill();
}

/// Kills the deploy when the cluster shows this, whatever plat says.
fn kill_when(moment: &str, deploy: Plat, reached: impl Fn() -> bool) {
    let deploy = deploy.start();
    eventually(moment, reached);
    deploy.kill();
}

fn a_deploy_that_was_killed_is_ended_by_the_next_one() {
    let expected = undisturbed(&served(), 0);
    assert_eq!(expected.newest, "deployed");
    // place: plan. plan: lock, record, apply. progress: watch. ready: bake.
    for moment in ["place", "plan", "progress", "ready"] {
        let shop = served();
        kill_at(moment, shop.deploy());
        shop.deploy().succeeds();
        assert_eq!(state(&shop), expected, "killed at {moment}");
    }
}

fn a_rollback_that_was_killed_is_ended_by_the_next_deploy() {
    let expected = undisturbed(&served().crashes(), 3);
    for moment in ["finding", "evidence", "rollback"] {
        let shop = served().crashes();
        kill_at(moment, shop.deploy());
        shop.deploy().fails(3);
        assert_eq!(state(&shop), expected, "killed at {moment}");
        assert_eq!(shop.served(), "first");
    }
}

fn a_deploy_that_was_killed_between_two_writes_is_ended_too() {
    let expected = undisturbed(&served(), 0);
    let locked = |shop: &Shop| !shop.holder().is_empty();
    let half = |shop: &Shop| {
        let maps = shop.kubectl(&["get", "configmaps", "-l", "app.kubernetes.io/name=shop", "-o", "name"]);
        maps.lines().count() == 2
    };
    for (moment, reached) in [("lock", &locked as &dyn Fn(&Shop) -> bool), ("half of the objects", &half)] {
        let shop = served();
        kill_when(moment, shop.deploy(), || reached(&shop));
        shop.deploy().succeeds();
        assert_eq!(state(&shop), expected, "killed at {moment}");
    }
}

fn a_deploy_that_was_killed_in_its_migration_is_ended_too() {
    let jobs = |shop: &Shop| -> Vec<Value> {
        let list = shop.get("jobs")["items"].as_array().expect("a list").clone();
        list.iter().map(|job| job["status"]["succeeded"].clone()).collect()
    };
    let shop = migrating();
    let expected = undisturbed(&shop, 0);
    assert_eq!(jobs(&shop), [1]);
    let made = |shop: &Shop| !jobs(shop).is_empty();
    let ended = |shop: &Shop| jobs(shop) == [1];
    for (moment, reached) in [("made", &made as &dyn Fn(&Shop) -> bool), ("ended", &ended)] {
        let shop = migrating();
        kill_when(moment, shop.deploy(), || reached(&shop));
        shop.deploy().succeeds();
        assert_eq!(state(&shop), expected, "killed when its migration was {moment}");
        assert_eq!(jobs(&shop), [1], "killed when its migration was {moment}");
    }
}

/// `plat deploy -f` of the set `shop`.
fn deploy_set(namespace: &Namespace, manifests: &str) -> Plat {
    namespace.deploy_manifests(manifests, &["--set", "shop"])
}

/// The deletions that follow are held at a door before the API server, so that there is a moment to kill it in.
#[cfg(target_os = "linux")]
fn a_deploy_that_was_killed_while_it_pruned_is_ended_too() {
    use super::faults::front::Front;
    let maps = |names: &[&str]| -> String { names.iter().map(|name| config_map(name, "x")).collect() };
    let second = maps(&["stays", "comes"]);
    let first_deployed = || {
        let namespace = Namespace::new("resume");
        deploy_set(&namespace, &maps(&["stays", "goes-1", "goes-2", "goes-3"])).succeeds();
        namespace
    };
    let namespace = first_deployed();
    deploy_set(&namespace, &second).succeeds();
    let expected = state(&namespace);
    assert_eq!((expected.objects.len(), expected.unfinished.as_str()), (2, ""));
    for deleted in [0, 2] {
        let namespace = first_deployed();
        let direct = std::fs::read_to_string(&namespace.kubeconfig).expect("a kubeconfig");
        let front = Front::to(&namespace.kubeconfig);
        front.hold_deletions_after(deleted);
        namespace.through(&format!("http://{}", front.address));
        kill_when("it prunes", deploy_set(&namespace, &second), || front.held() > 0);
        std::fs::write(&namespace.kubeconfig, direct).expect("a kubeconfig");
        let left = namespace.names("configmaps").concat();
        assert_eq!(left.matches("goes-").count(), 3 - deleted, "{left}");
        deploy_set(&namespace, &second).succeeds();
        assert_eq!(state(&namespace), expected, "killed after {deleted} deletions");
    }
}

/// A set whose workload has to come to be ready, killed in each phase.
fn a_set_that_was_killed_is_ended_by_the_next_deploy() {
    let set = |shop: &Shop, text: &str, other: &str| {
        SET.replace("@IMAGE@", shop.image()).replace("@TEXT@", text).replace("@OTHER@", other)
    };
    let first_deployed = || {
        let shop = Shop::new("resume");
        deploy_set(&shop, &set(&shop, "first", "goes")).succeeds();
        shop
    };
    let second = |shop: &Shop| deploy_set(shop, &set(shop, "second", "comes"));
    let shop = first_deployed();
    second(&shop).succeeds();
    let expected = state(&shop);
    assert_eq!((expected.unfinished.as_str(), expected.newest.as_str()), ("", "deployed"));
    for moment in ["plan", "progress", "ready"] {
        let shop = first_deployed();
        kill_at(moment, second(&shop));
        second(&shop).succeeds();
        assert_eq!(state(&shop), expected, "killed at {moment}");
    }
}

const SET: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: text}
data: {TEXT: @TEXT@}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: @OTHER@}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}, annotations: {text: @TEXT@}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: shop
        image: @IMAGE@
        args: [-c, 'sleep 1; touch /tmp/ready; sleep 3600']
        envFrom: [{configMapRef: {name: text}}]
        readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 1}
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
";
