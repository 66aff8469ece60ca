//! kill -9 at any moment, then the same deploy again: it ends as if nothing had happened.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::manifests::config_map;
use crate::support::{Namespace, Plat, Shop, eventually};

tests![SHARED:
    a_deploy_killed_before_its_plan_is_ended_by_the_next_one,
    a_deploy_killed_after_its_plan_is_ended_by_the_next_one,
    a_deploy_killed_in_its_rollout_is_ended_by_the_next_one,
    a_deploy_killed_while_it_bakes_is_ended_by_the_next_one,
    a_rollback_killed_at_its_finding_is_ended_by_the_next_deploy,
    a_rollback_killed_after_its_evidence_is_ended_by_the_next_deploy,
    a_rollback_killed_after_it_began_is_ended_by_the_next_deploy,
    a_deploy_killed_when_it_has_the_lock_is_ended_by_the_next_one,
    a_deploy_killed_when_half_is_written_is_ended_by_the_next_one,
    a_deploy_killed_in_its_migration_is_ended_by_the_next_one,
    a_deploy_killed_after_its_migration_is_ended_by_the_next_one,
    #[cfg(target_os = "linux")]
    a_deploy_killed_before_it_pruned_is_ended_by_the_next_one,
    #[cfg(target_os = "linux")]
    a_deploy_killed_while_it_pruned_is_ended_by_the_next_one,
    a_set_killed_after_its_plan_is_ended_by_the_next_deploy,
    a_set_killed_in_its_rollout_is_ended_by_the_next_deploy,
    a_set_killed_while_it_bakes_is_ended_by_the_next_deploy,
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

/// Killed at this event, the next deploy ends it as `expected`, which is found once for all events.
fn killed_deploy(moment: &str) {
    static EXPECTED: OnceLock<State> = OnceLock::new();
    let expected = EXPECTED.get_or_init(|| undisturbed(&served(), 0));
    assert_eq!(expected.newest, "deployed");
    let shop = served();
    kill_at(moment, shop.deploy());
    shop.deploy().succeeds();
    assert_eq!(&state(&shop), expected);
}

fn a_deploy_killed_before_its_plan_is_ended_by_the_next_one() {
    killed_deploy("place");
}

/// The lock, the record, the writes.
fn a_deploy_killed_after_its_plan_is_ended_by_the_next_one() {
    killed_deploy("plan");
}

fn a_deploy_killed_in_its_rollout_is_ended_by_the_next_one() {
    killed_deploy("progress");
}

fn a_deploy_killed_while_it_bakes_is_ended_by_the_next_one() {
    killed_deploy("ready");
}

fn killed_rollback(moment: &str) {
    static EXPECTED: OnceLock<State> = OnceLock::new();
    let expected = EXPECTED.get_or_init(|| undisturbed(&served().crashes(), 3));
    assert_eq!(expected.newest, "deployed", "the revision that was restored");
    let shop = served().crashes();
    kill_at(moment, shop.deploy());
    shop.deploy().fails(3);
    assert_eq!(&state(&shop), expected);
    assert_eq!(shop.served(), "first");
}

fn a_rollback_killed_at_its_finding_is_ended_by_the_next_deploy() {
    killed_rollback("finding");
}

fn a_rollback_killed_after_its_evidence_is_ended_by_the_next_deploy() {
    killed_rollback("evidence");
}

fn a_rollback_killed_after_it_began_is_ended_by_the_next_deploy() {
    killed_rollback("rollback");
}

fn killed_between_two_writes(moment: &str, reached: impl Fn(&Shop) -> bool) {
    static EXPECTED: OnceLock<State> = OnceLock::new();
    let expected = EXPECTED.get_or_init(|| undisturbed(&served(), 0));
    let shop = served();
    kill_when(moment, shop.deploy(), || reached(&shop));
    shop.deploy().succeeds();
    assert_eq!(&state(&shop), expected);
}

fn a_deploy_killed_when_it_has_the_lock_is_ended_by_the_next_one() {
    killed_between_two_writes("the lock", |shop| !shop.holder().is_empty());
}

fn a_deploy_killed_when_half_is_written_is_ended_by_the_next_one() {
    killed_between_two_writes("half of the objects", |shop| {
        let maps = shop.kubectl(&["get", "configmaps", "-l", "app.kubernetes.io/name=shop", "-o", "name"]);
        maps.lines().count() == 2
    });
}

/// How often each Job of the namespace has succeeded.
fn jobs(shop: &Shop) -> Vec<Value> {
    let list = shop.get("jobs")["items"].as_array().expect("a list").clone();
    list.iter().map(|job| job["status"]["succeeded"].clone()).collect()
}

fn killed_migration(moment: &str, reached: impl Fn(&[Value]) -> bool) {
    static EXPECTED: OnceLock<State> = OnceLock::new();
    let expected = EXPECTED.get_or_init(|| {
        let shop = migrating();
        let state = undisturbed(&shop, 0);
        assert_eq!(jobs(&shop), [1]);
        state
    });
    let shop = migrating();
    kill_when(moment, shop.deploy(), || reached(&jobs(&shop)));
    shop.deploy().succeeds();
    assert_eq!(&state(&shop), expected);
    assert_eq!(jobs(&shop), [1]);
}

fn a_deploy_killed_in_its_migration_is_ended_by_the_next_one() {
    killed_migration("the Job is made", |jobs| !jobs.is_empty());
}

fn a_deploy_killed_after_its_migration_is_ended_by_the_next_one() {
    killed_migration("the Job has succeeded", |jobs| jobs == [1]);
}

/// `plat deploy -f` of the set `shop`.
fn deploy_set(namespace: &Namespace, manifests: &str) -> Plat {
    namespace.deploy_manifests(manifests, &["--set", "shop"])
}

/// The deletions that follow are held at a door before the API server, so that there is a moment to kill it in.
#[cfg(target_os = "linux")]
fn killed_after_deletions(deleted: usize) {
    use super::faults::front::Front;
    static EXPECTED: OnceLock<State> = OnceLock::new();
    let maps = |names: &[&str]| -> String { names.iter().map(|name| config_map(name, "x")).collect() };
    let second = maps(&["stays", "comes"]);
    let first_deployed = || {
        let namespace = Namespace::new("resume");
        deploy_set(&namespace, &maps(&["stays", "goes-1", "goes-2", "goes-3"])).succeeds();
        namespace
    };
    let expected = EXPECTED.get_or_init(|| {
        let namespace = first_deployed();
        deploy_set(&namespace, &second).succeeds();
        state(&namespace)
    });
    assert_eq!((expected.objects.len(), expected.unfinished.as_str()), (2, ""));
    let namespace = first_deployed();
    let direct = std::fs::read_to_string(&namespace.kubeconfig).expect("a kubeconfig");
    let front = Front::to(&namespace.kubeconfig);
    front.hold_deletions_after(deleted);
    namespace.through(&format!("http://{}", front.address));
    let left = || namespace.names("configmaps").concat().matches("goes-").count();
    kill_when("it prunes", deploy_set(&namespace, &second), || front.held() > 0 && left() == 3 - deleted);
    std::fs::write(&namespace.kubeconfig, direct).expect("a kubeconfig");
    deploy_set(&namespace, &second).succeeds();
    assert_eq!(&state(&namespace), expected);
}

#[cfg(target_os = "linux")]
fn a_deploy_killed_before_it_pruned_is_ended_by_the_next_one() {
    killed_after_deletions(0);
}

#[cfg(target_os = "linux")]
fn a_deploy_killed_while_it_pruned_is_ended_by_the_next_one() {
    killed_after_deletions(2);
}

/// A set whose workload has to come to be ready.
fn killed_set(moment: &str) {
    static EXPECTED: OnceLock<State> = OnceLock::new();
    let set = |shop: &Shop, text: &str, other: &str| {
        deploy_set(shop, &SET.replace("@IMAGE@", shop.image()).replace("@TEXT@", text).replace("@OTHER@", other))
    };
    let first_deployed = || {
        let shop = Shop::new("resume");
        set(&shop, "first", "goes").succeeds();
        shop
    };
    let expected = EXPECTED.get_or_init(|| {
        let shop = first_deployed();
        set(&shop, "second", "comes").succeeds();
        state(&shop)
    });
    assert_eq!((expected.unfinished.as_str(), expected.newest.as_str()), ("", "deployed"));
    let shop = first_deployed();
    kill_at(moment, set(&shop, "second", "comes"));
    set(&shop, "second", "comes").succeeds();
    assert_eq!(&state(&shop), expected);
}

fn a_set_killed_after_its_plan_is_ended_by_the_next_deploy() {
    killed_set("plan");
}

fn a_set_killed_in_its_rollout_is_ended_by_the_next_deploy() {
    killed_set("progress");
}

fn a_set_killed_while_it_bakes_is_ended_by_the_next_deploy() {
    killed_set("ready");
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
