//! kill -9 at any moment, then the same deploy again: it ends as if nothing had happened.

use serde_json::Value;

use super::shop::{self, CRASH, Running, SERVE};
use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    a_deploy_that_was_killed_is_ended_by_the_next_one,
    a_rollback_that_was_killed_is_ended_by_the_next_deploy,
    a_deploy_that_was_killed_between_two_writes_is_ended_too,
    a_deploy_that_was_killed_in_its_migration_is_ended_too,
    #[cfg(target_os = "linux")] a_deploy_that_was_killed_while_it_pruned_is_ended_too,
    a_set_that_was_killed_is_ended_by_the_next_deploy,
];

/// What is to be the same: objects without what counts or dates them, the newest record, and nobody's lock.
fn state(namespace: &Namespace) -> (Vec<Value>, String, String) {
    let list = shop::get(namespace, &["deployments,services,serviceaccounts,networkpolicies,configmaps"]);
    let mut objects: Vec<Value> = list["items"].as_array().expect("a list").clone();
    objects.retain(|object| !matches!(object["metadata"]["name"].as_str(), Some("default" | "kube-root-ca.crt")));
    // The config of a migration goes with its account.
    objects.retain(|object| object["metadata"]["ownerReferences"].is_null());
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
fn prepared(program: &str) -> Namespace {
    prepared_with(program, "")
}

/// The same with more in the second one's plat.yaml.
fn prepared_with(program: &str, more: &str) -> Namespace {
    let namespace = support::namespace("resume");
    shop::project(&namespace, "a", "first", SERVE, "bake: 3");
    shop::deployed(&namespace, "a", &[]);
    shop::project(&namespace, "a", "second", program, &format!("bake: 3\n{more}"));
    namespace
}

fn undisturbed(program: &str, code: i32) -> (Vec<Value>, String, String) {
    let namespace = prepared(program);
    assert_eq!(shop::run(&namespace, "a", &["deploy"]).0, code);
    let state = state(&namespace);
    assert_eq!(state.1, "", "nobody holds the lock and nothing is unfinished");
    state
}

fn a_deploy_that_was_killed_is_ended_by_the_next_one() {
    let expected = undisturbed(SERVE, 0);
    assert_eq!(expected.2, "deployed");
    // place: plan. plan: lock, record, apply. progress: watch. ready: bake.
    for moment in ["place", "plan", "progress", "ready"] {
        let namespace = prepared(SERVE);
        let mut first = Running::start(&namespace, "a", &["deploy"]);
        first.until(moment);
        first.kill();
        let (code, events) = shop::run(&namespace, "a", &["deploy"]);
        assert_eq!(code, 0, "killed at {moment}: {events:#?}");
        assert_eq!(state(&namespace), expected, "killed at {moment}");
    }
}

fn a_rollback_that_was_killed_is_ended_by_the_next_deploy() {
    let expected = undisturbed(CRASH, 3);
    for moment in ["finding", "evidence", "rollback"] {
        let namespace = prepared(CRASH);
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
fn a_deploy_that_was_killed_between_two_writes_is_ended_too() {
    let expected = undisturbed(SERVE, 0);
    let maps = |namespace: &Namespace| {
        shop::get(namespace, &["configmaps", "-l", "app.kubernetes.io/name=shop"])["items"]
            .as_array()
            .map_or(0, Vec::len)
    };
    let locked = |namespace: &Namespace| !shop::holder(namespace).is_empty();
    let half = |namespace: &Namespace| maps(namespace) == 2;
    for (moment, reached) in [("lock", &locked as &dyn Fn(&Namespace) -> bool), ("half of the objects", &half)] {
        let namespace = prepared(SERVE);
        let first = Running::start(&namespace, "a", &["deploy"]);
        support::eventually(moment, || reached(&namespace));
        first.kill();
        let (code, events) = shop::run(&namespace, "a", &["deploy"]);
        assert_eq!(code, 0, "killed at {moment}: {events:#?}");
        assert_eq!(state(&namespace), expected, "killed at {moment}");
    }
}

fn a_deploy_that_was_killed_in_its_migration_is_ended_too() {
    let migrates = "before: {command: [sh, -c, 'sleep 5']}";
    let jobs = |namespace: &Namespace| -> Vec<Value> {
        let list = shop::get(namespace, &["jobs"])["items"].as_array().expect("a list").clone();
        list.iter().map(|job| job["status"]["succeeded"].clone()).collect()
    };
    let namespace = prepared_with(SERVE, migrates);
    shop::deployed(&namespace, "a", &[]);
    let expected = (state(&namespace), jobs(&namespace));
    assert_eq!((expected.0.1.as_str(), &expected.1), ("", &vec![Value::from(1)]));
    let made = |namespace: &Namespace| !jobs(namespace).is_empty();
    let ended = |namespace: &Namespace| jobs(namespace) == [1];
    for (moment, reached) in [("made", &made as &dyn Fn(&Namespace) -> bool), ("ended", &ended)] {
        let namespace = prepared_with(SERVE, migrates);
        let first = Running::start(&namespace, "a", &["deploy"]);
        support::eventually(moment, || reached(&namespace));
        first.kill();
        let (code, events) = shop::run(&namespace, "a", &["deploy"]);
        assert_eq!(code, 0, "killed when its migration was {moment}: {events:#?}");
        assert_eq!((state(&namespace), jobs(&namespace)), expected, "killed when its migration was {moment}");
    }
}

/// The deletions that follow are held at a door before the API server, so that there is a moment to kill it in.
#[cfg(target_os = "linux")]
fn a_deploy_that_was_killed_while_it_pruned_is_ended_too() {
    use super::faults::front::Front;
    let map =
        |name: &str| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: b}}\n");
    let deploy = ["deploy", "-f", "all.yaml", "--set", "shop"];
    let prepared = || {
        let namespace = support::namespace("resume");
        let folder = namespace.work().join("a");
        std::fs::create_dir_all(&folder).expect("a folder");
        let write = |names: &[&str]| {
            let text: String = names.iter().map(|name| map(name)).collect();
            std::fs::write(folder.join("all.yaml"), text).expect("manifests");
        };
        write(&["stays", "goes-1", "goes-2", "goes-3"]);
        assert_eq!(shop::run(&namespace, "a", &deploy).0, 0);
        write(&["stays", "comes"]);
        namespace
    };
    let namespace = prepared();
    assert_eq!(shop::run(&namespace, "a", &deploy).0, 0);
    let expected = state(&namespace);
    assert_eq!((expected.0.len(), expected.1.as_str()), (2, ""));
    for deleted in [0, 2] {
        let namespace = prepared();
        let direct = std::fs::read_to_string(&namespace.kubeconfig).expect("a kubeconfig");
        let front = Front::to(&namespace.kubeconfig);
        front.hold_deletions_after(deleted);
        let mut through: Value = serde_json::from_str(&direct).expect("JSON");
        through["clusters"][0]["cluster"]["server"] = format!("http://{}", front.address).into();
        std::fs::write(&namespace.kubeconfig, through.to_string()).expect("a kubeconfig");
        let first = Running::start(&namespace, "a", &deploy);
        support::eventually("it prunes", || front.held() > 0);
        first.kill();
        std::fs::write(&namespace.kubeconfig, direct).expect("a kubeconfig");
        let left = support::kubectl(&namespace, &["get", "configmaps", "-o", "name"]);
        assert_eq!(left.matches("goes-").count(), 3 - deleted, "{left}");
        let (code, events) = shop::run(&namespace, "a", &deploy);
        assert_eq!(code, 0, "killed after {deleted} deletions: {events:#?}");
        assert_eq!(state(&namespace), expected, "killed after {deleted} deletions");
    }
}

/// A set whose workload has to come to be ready, killed in each phase.
fn a_set_that_was_killed_is_ended_by_the_next_deploy() {
    let image = |namespace: &Namespace| support::busybox(namespace);
    let deploy = ["deploy", "-f", "all.yaml", "--set", "shop"];
    let prepared = || {
        let namespace = support::namespace("resume");
        let folder = namespace.work().join("a");
        std::fs::create_dir_all(&folder).expect("a folder");
        let write = |text: &str, other: &str| {
            let text = SET.replace("@IMAGE@", &image(&namespace)).replace("@TEXT@", text).replace("@OTHER@", other);
            std::fs::write(folder.join("all.yaml"), text).expect("manifests");
        };
        write("first", "goes");
        assert_eq!(shop::run(&namespace, "a", &deploy).0, 0);
        write("second", "comes");
        namespace
    };
    let namespace = prepared();
    assert_eq!(shop::run(&namespace, "a", &deploy).0, 0);
    let expected = state(&namespace);
    assert_eq!((expected.1.as_str(), expected.2.as_str()), ("", "deployed"));
    for moment in ["plan", "progress", "ready"] {
        let namespace = prepared();
        let mut first = Running::start(&namespace, "a", &deploy);
        first.until(moment);
        first.kill();
        let (code, events) = shop::run(&namespace, "a", &deploy);
        assert_eq!(code, 0, "killed at {moment}: {events:#?}");
        assert_eq!(state(&namespace), expected, "killed at {moment}");
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
