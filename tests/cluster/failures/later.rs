//! What somebody else brings later than one would think, and what a program says that runs and is not ready.

use std::time::Duration;

use serde_json::{Value, json};

use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::{container, deployment, job, pod, with};
use crate::support::{Ended, Plat, SERVE, Shop};

stories![SHARED, super::story::alone];

/// Longer than a doomed one of a rule is waited for, shorter than one of these.
const LATER: Duration = Duration::from_secs(18);

pub const STORIES: &[Story] = &[
    doomed("room in a quota, later", |shop| {
        shop.kubectl(&["create", "quota", "small", "--hard=pods=1"]);
        other(shop);
        shop.deploy_objects(&[of(shop, SERVE)])
            .fails(3)
            .reason("FailedCreate")
            .what("has no room for it")
            .evidence("it has lasted 30 s")
            .hint("free something")
    }),
    recovers("room in a quota, later", |shop| {
        shop.kubectl(&["create", "quota", "small", "--hard=pods=1"]);
        other(shop);
        after_a_while(shop.deploy_objects(&[of(shop, SERVE)]), || {
            shop.kubectl(&["delete", "pod", "other", "--grace-period=1"]);
        })
    }),
    recovers("ServiceAccount, later", |shop| {
        let named = json!({"spec": {"template": {"spec": {"serviceAccountName": "robot"}}}});
        let deploy = shop.deploy_objects(&[with(of(shop, SERVE), named)]);
        after_a_while(deploy, || drop(shop.kubectl(&["create", "serviceaccount", "robot"])))
    }),
    doomed("ServiceAccount, later", |shop| {
        let named = json!({"spec": {"template": {"spec": {"serviceAccountName": "robot"}}}});
        shop.deploy_objects(&[with(of(shop, SERVE), named)])
            .fails(3)
            .reason("FailedCreate")
            .what("ServiceAccount robot does not exist")
            .hint("create serviceaccount robot")
    }),
    doomed("container of a Job goes on", |shop| {
        beside(shop, "exec sleep 1000", &["--deadline", "25s"])
            .fails(4)
            .reason("ContainersNotReady")
            .what("container proxy goes on although shop is done")
            .evidence("shop ended with exit code 0")
            .hint("restartPolicy: Always")
    }),
    recovers("container of a Job goes on", |shop| beside(shop, "sleep 15", &[]).succeeds()),
    doomed("init container waits for a Service", |shop| {
        shop.apply(service("my-db"));
        let script =
            format!("until nslookup mydb.{}.svc.cluster.local; do echo waiting for mydb; sleep 2; done", shop.name);
        waits(shop, &script)
            .args(&["--deadline", "25s"])
            .fails(4)
            .reason("PodInitializing")
            .what("init container first does not find the host mydb")
            .evidence("the Services of namespace")
            .hint("there is my-db")
    }),
    recovers("init container waits for a Service", |shop| {
        let script =
            format!("until nslookup mydb.{}.svc.cluster.local; do echo waiting for mydb; sleep 2; done", shop.name);
        after_a_while(waits(shop, &script), || shop.apply(service("mydb")))
    }),
    doomed("runs, and may not do what it wants", |shop| {
        let said = format!(
            "leases.coordination.k8s.io is forbidden: User \"system:serviceaccount:{}:default\" cannot get resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"{0}\"",
            shop.name
        );
        let probed = probe(of(shop, &format!("while :; do echo '{said}'; sleep 2; done")), &json!({"port": 8080}));
        shop.deploy_objects(&[probed])
            .args(&["--deadline", "25s"])
            .fails(4)
            .reason("Unhealthy")
            .what("may not get leases.coordination.k8s.io")
            .what("its readiness probe")
            .hint("create role default-leases")
    }),
    recovers("runs, and may not do what it wants", |shop| {
        let said = "User \"system:serviceaccount:shop:default\" cannot get resource \"leases\" in API group \"\"";
        let script = format!("for n in 1 2 3 4 5; do echo '{said}'; sleep 2; done; {SERVE}");
        shop.deploy_objects(&[probe(of(shop, &script), &json!({"port": 8080}))]).succeeds()
    }),
];

/// What the cluster lacks comes once the deploy has said that it is missing, and some time after.
fn after_a_while(deploy: Plat, brings: impl Fn()) -> Ended {
    let mut deploy = deploy.start();
    deploy.until_event("what is missing", |event| {
        event["event"] == "progress" && event["findings"].as_array().is_some_and(|findings| !findings.is_empty())
    });
    std::thread::sleep(LATER);
    brings();
    deploy.ends().succeeds()
}

/// A pod of somebody else.
fn other(shop: &Shop) {
    let spec = &pod(&[container("other", shop.image(), "exec sleep 1000")])["spec"];
    shop.apply(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "other"}, "spec": spec}));
}

fn of(shop: &Shop, script: &str) -> Value {
    deployment(&pod(&[container("shop", shop.image(), script)]), json!({}))
}

fn probe(object: Value, port: &Value) -> Value {
    let mut object = object;
    object["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] =
        json!({"tcpSocket": port, "periodSeconds": 1});
    object
}

fn waits(shop: &Shop, script: &str) -> Plat {
    let init = json!({"spec": {"template": {"spec": {"initContainers": [container("first", shop.image(), script)]}}}});
    shop.deploy_objects(&[with(of(shop, SERVE), init)])
}

fn beside(shop: &Shop, script: &str, args: &[&str]) -> Plat {
    let both = pod(&[container("shop", shop.image(), "true"), container("proxy", shop.image(), script)]);
    shop.deploy_manifests(job(both, json!({})), args)
}

fn service(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 5432}], "selector": {"app": name}}})
}
