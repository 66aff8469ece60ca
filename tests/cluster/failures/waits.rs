//! What only needs longer, and what never comes: probes without an end of their own, programs that wait for the rest of
//! their set, replicas for which there is no room.

use serde_json::{Value, json};

use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::{container, deployment, pod, stateful_set, with};
use crate::support::{SERVE, Shop};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("answers elsewhere, and only a readiness probe asks", |shop| {
        let serve = SERVE.replace("8080", "3000");
        shop.runs(&serve)
            .with(&probed(10))
            .with("deadline: {probe: 8}")
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its readiness probe")
            .evidence("connection refused")
            .hint("the program answers on port 3000 (GET /: 200): set `port`")
    }),
    // A cache that warms up: nothing proves that it never answers.
    recovers("answers elsewhere, and only a readiness probe asks", |shop| {
        shop.runs(&format!("echo warming up; sleep 60; {SERVE}")).with(&probed(3)).deploy().succeeds()
    }),
    doomed("listens on its loopback, and does not say so", |shop| {
        shop.runs(&SERVE.replace("8080", "127.0.0.1:8080"))
            .with(&probed(10))
            .with("deadline: {probe: 8}")
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its readiness probe")
            .evidence("connection refused")
            .hint("the program listens on 127.0.0.1:8080, where nothing outside the pod reaches it")
    }),
    recovers("listens on its loopback, and does not say so", |shop| {
        let moves = format!("timeout 10 httpd -f -p 127.0.0.1:8080 -h /tmp; {SERVE}");
        shop.runs(&moves).with(&probed(10)).with("deadline: {probe: 15}").deploy().succeeds()
    }),
    doomed("startup probe whose port is wrong ends sooner than its budget", |shop| {
        let end = shop
            .runs(&SERVE.replace("8080", "3000"))
            .with("health: /\ndeadline: {probe: 5}")
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its startup probe")
            .evidence("60 failures allowed")
            .hint("the program answers on port 3000");
        // It was shown while it went on.
        let live = end.events.iter().filter(|event| event["event"] == "progress");
        let told =
            live.filter(|event| event["replicas"].to_string().contains("the program answers on port 3000")).count();
        assert!(told > 0, "{:#?}", end.events);
        end
    }),
    recovers("startup probe whose port is wrong ends sooner than its budget", |shop| {
        let moves = format!("timeout 12 httpd -f -p 3000 -h /tmp; {SERVE}");
        shop.runs(&moves).with("health: /\ndeadline: {probe: 20}").deploy().succeeds()
    }),
    doomed("program of an exec probe missing", |shop| {
        let probe = json!({"readinessProbe": {"exec": {"command": ["/grpc_health_probe"]}, "periodSeconds": 1}});
        shop.deploy_manifests(
            deployment(&pod(&[with(container("shop", shop.image(), "exec sleep 1000"), probe)]), json!({})),
            &[],
        )
        .fails(3)
        .reason("Unhealthy")
        .what("never passes its readiness probe")
        .evidence("/grpc_health_probe")
        .hint("the program of the probe is not in the image")
    }),
    recovers("program of an exec probe missing", |shop| {
        let probe =
            json!({"readinessProbe": {"exec": {"command": ["/bin/sh", "-c", "test -f /tmp/ok"]}, "periodSeconds": 1}});
        let script = "sleep 20; touch /tmp/ok; exec sleep 1000";
        shop.deploy_manifests(deployment(&pod(&[with(container("shop", shop.image(), script), probe)]), json!({})), &[])
            .succeeds()
    }),
    doomed("needs the rest of its set", |shop| {
        // The database is there at last, and was not the cause.
        shop.deploy_manifests(with_database(shop, "echo no database; exit 1"), &[])
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("exit code 1")
            .evidence("and nothing else of the set is on its way")
            .hint("fix what the log says")
    }),
    recovers("needs the rest of its set", |shop| {
        // Its third exit comes before the database is there.
        let attempt = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";
        let script = format!("{attempt}; [ $n -gt 3 ] || {{ echo no database; exit 1; }}; {SERVE}");
        shop.deploy_manifests(with_database(shop, &script), &[]).succeeds()
    }),
    doomed("database elsewhere that starts", |shop| {
        shop.runs("echo 'FATAL:  the database system is starting up'; exit 1")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("does not get an answer from what it needs")
            .evidence("it ended for the fifth time")
            .hint("does what it calls run?")
    }),
    recovers("database elsewhere that starts", |shop| {
        let attempt = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";
        let fails = "echo 'FATAL:  the database system is starting up'; exit 1";
        let script = format!("{attempt}; [ $n -gt 3 ] || {{ {fails}; }}; {SERVE}");
        shop.runs(&script).with("health: /").deploy().succeeds()
    }),
    doomed("one of two has no room", |shop| {
        let apart = json!({"spec": {"replicas": 2, "template": {"spec": {"affinity": {"podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [{
                "topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "shop"}}
            }]
        }}}}}});
        shop.deploy_manifests(deployment(&pod(&[container("shop", shop.image(), "exec sleep 1000")]), apart), &[])
            .fails(3)
            .reason("Unschedulable")
            .what("podAntiAffinity keeps it away from")
            .evidence("anti-affinity")
            .hint("prefer instead of require")
    }),
    recovers("one of two has no room", |shop| {
        shop.kubectl(&["create", "quota", "small", "--hard=pods=1"]);
        let two = json!({"spec": {"replicas": 2}});
        let deploy = shop
            .deploy_manifests(
                deployment(&pod(&[container("shop", shop.image(), "sleep 5; exec sleep 1000")]), two),
                &[],
            )
            .start();
        shop.shows("replicasets", "exceeded quota");
        shop.kubectl(&["delete", "quota", "small"]);
        deploy.ends().succeeds()
    }),
    doomed("quota for one of two", |shop| {
        shop.kubectl(&["create", "quota", "small", "--hard=pods=1"]);
        let two = json!({"spec": {"replicas": 2}});
        shop.deploy_manifests(deployment(&pod(&[container("shop", shop.image(), "exec sleep 1000")]), two), &[])
            .fails(3)
            .reason("FailedCreate")
            .what("quota small of namespace")
            .evidence("pods: 1 of 1 used")
            .hint("describe quota small")
    }),
    recovers("quota for one of two", |shop| {
        // Each old pod that goes makes room for a new one.
        let of = |mark: &str| {
            let script = format!("echo {mark}; sleep 3; exec sleep 1000");
            let probe = json!({"readinessProbe": {"exec": {"command": ["/bin/sh", "-c", "true"]}, "periodSeconds": 1, "initialDelaySeconds": 3}});
            deployment(&pod(&[with(container("shop", shop.image(), &script), probe)]), json!({"spec": {"replicas": 2}}))
        };
        shop.deploy_manifests(of("one"), &[]).succeeds();
        shop.kubectl(&["create", "quota", "small", "--hard=pods=3"]);
        shop.deploy_manifests(of("two"), &[]).succeeds()
    }),
    doomed("readiness gate that nobody passes", |shop| {
        shop.deploy_manifests(gated(shop), &["--deadline", "12s"])
            .fails(4)
            .reason("ReadinessGatesNotReady")
            .what("the readiness gate lb.example.com/registered is not passed")
            .evidence("nobody has set the condition")
            .hint("a controller has to set lb.example.com/registered")
    }),
    recovers("readiness gate that nobody passes", |shop| {
        let deploy = shop.deploy_manifests(gated(shop), &[]).start();
        shop.shows("pods", "ReadinessGatesNotReady");
        let name = &shop.names("pods")[0];
        let passed = r#"{"status": {"conditions": [{"type": "lb.example.com/registered", "status": "True"}]}}"#;
        shop.kubectl(&["patch", name, "--subresource=status", "-p", passed]);
        deploy.ends().succeeds()
    }),
    doomed("no runtime of the RuntimeClass", |shop| {
        let class = format!("plat-{}", shop.name);
        shop.apply(json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": class}, "handler": "kata"}));
        let spec = json!({"spec": {"template": {"spec": {"runtimeClassName": class}}}});
        let end = shop
            .deploy_manifests(deployment(&pod(&[container("shop", shop.image(), "exec sleep 1000")]), spec), &[])
            .fails(3)
            .reason("FailedCreatePodSandBox")
            .what("has no runtime for the RuntimeClass")
            .evidence("kata")
            .hint("remove `runtimeClassName`");
        shop.kubectl(&["delete", "runtimeclass", &class]);
        end
    }),
    recovers("no runtime of the RuntimeClass", |shop| {
        let class = format!("plat-{}", shop.name);
        shop.apply(json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": class}, "handler": "runc"}));
        let spec = json!({"spec": {"template": {"spec": {"runtimeClassName": class}}}});
        let end = shop
            .deploy_manifests(deployment(&pod(&[container("shop", shop.image(), "exec sleep 1000")]), spec), &[])
            .succeeds();
        shop.kubectl(&["delete", "runtimeclass", &class]);
        end
    }),
];

/// Only a readiness probe, each second, with so many failures.
fn probed(failures: u32) -> String {
    let probe = format!("{{httpGet: {{path: /, port: 8080}}, periodSeconds: 1, failureThreshold: {failures}}}");
    format!(
        "health: /\npatch: {{Deployment: {{spec: {{template: {{spec: {{containers: [{{name: shop, startupProbe: null, livenessProbe: null, readinessProbe: {probe}}}]}}}}}}}}}}"
    )
}

/// A program beside a database that takes its time.
fn with_database(shop: &Shop, script: &str) -> Value {
    let ready = json!({"readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 100}});
    let mut database = pod(&[with(container("db", shop.image(), &format!("sleep 25; {SERVE}")), ready)]);
    database["metadata"]["labels"] = json!({"app": "db"});
    let selector =
        json!({"metadata": {"name": "db"}, "spec": {"serviceName": "db", "selector": {"matchLabels": {"app": "db"}}}});
    let mut set = stateful_set(&database, json!({}));
    set["spec"]["selector"] = json!({});
    let set = with(set, selector);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}, "spec": {"ports": [{"port": 8080}], "selector": {"app": "db"}}});
    let program = deployment(&pod(&[container("shop", shop.image(), script)]), json!({}));
    json!({"apiVersion": "v1", "kind": "List", "items": [service, set, program]})
}

fn gated(shop: &Shop) -> Value {
    let gate =
        json!({"spec": {"template": {"spec": {"readinessGates": [{"conditionType": "lb.example.com/registered"}]}}}});
    deployment(&pod(&[container("shop", shop.image(), "exec sleep 1000")]), gate)
}
