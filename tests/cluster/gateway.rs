//! A `host` on a cluster that has the Gateway API: an `HTTPRoute`, followed until its Gateway takes it.
//!
//! The definitions are the published ones, out of the Go module of sigs.k8s.io/gateway-api. Its controllers are large;
//! what one writes into a route's status is written here with kubectl.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::safety::{get, is_there, plat, spec};
use super::support::{self, Namespace, eventually};
use crate::harness::tests;

tests![SHARED:
    a_host_becomes_a_route_that_its_gateway_accepts,
];

const MODULE: &str = "sigs.k8s.io/gateway-api@v1.4.1";
/// As a go.sum has it.
const SUM: &str = "h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8=";
const CRDS: [&str; 2] = ["gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io"];

/// The folder of the definitions, by the Go that builds the sandbox's programs.
fn definitions() -> PathBuf {
    let usual = Path::new("/usr/local/go/bin/go");
    let mut go = Command::new(if usual.is_file() { usual } else { Path::new("go") });
    let output = go.args(["mod", "download", "-json", MODULE]).current_dir("/").output().expect("Go runs");
    let module: Value = serde_json::from_slice(&output.stdout).expect("go mod download prints JSON");
    assert_eq!(module["Sum"], SUM, "{module}");
    Path::new(module["Dir"].as_str().expect("a folder")).join("config/crd/standard")
}

fn remove_definitions(namespace: &Namespace) {
    support::kubectl(namespace, &[&["delete", "crd", "--ignore-not-found"][..], &CRDS].concat());
}

/// What a Gateway's controller says of the route, about its present generation.
fn answer(namespace: &Namespace, accepted: &str, reason: &str) {
    let route = get(namespace, "httproute/shop");
    let condition = |of: &str, status: &str, reason: &str| {
        json!({"type": of, "status": status, "reason": reason, "message": "said by the test",
               "lastTransitionTime": "2026-11-23T04:00:00Z", "observedGeneration": route["metadata"]["generation"]})
    };
    let parent = json!({
        "parentRef": route["spec"]["parentRefs"][0], "controllerName": "example.com/test",
        "conditions": [condition("Accepted", accepted, reason), condition("ResolvedRefs", "True", "ResolvedRefs")],
    });
    let patch = json!({"status": {"parents": [parent]}}).to_string();
    support::kubectl(
        namespace,
        &["patch", "httproute/shop", "--subresource=status", "--type=merge", "--field-manager=gateway", "-p", &patch],
    );
}

/// Deploys while `meanwhile` is told each line of stderr, and returns what was said; it must succeed.
fn deploy(namespace: &Namespace, mut meanwhile: impl FnMut(&str)) -> String {
    let mut child = support::plat_process(namespace).arg("deploy").stderr(Stdio::piped()).spawn().expect("plat runs");
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().expect("its stderr")).lines().map_while(Result::ok) {
        meanwhile(&line);
        said = format!("{said}{line}\n");
    }
    assert!(child.wait().expect("plat ends").success(), "{said}");
    said
}

fn story(namespace: &Namespace) {
    let host = "replicas: 1\nhost: shop.example.com";
    spec(namespace, &format!("{host}\nroute: {{gateway: edge/public}}"));
    let refused = plat(namespace, &["deploy"]).ends(1);
    refused.says("the API server does not serve HTTPRoute of gateway.networking.k8s.io/v1");
    refused.says(&format!("HTTPRoute {}/shop", namespace.name));
    refused.says("nothing was written");
    assert!(!is_there(namespace, "deployment/shop"));

    let folder = definitions();
    for crd in CRDS {
        let (plural, group) = crd.split_once('.').expect("a plural and a group");
        let file = folder.join(format!("{group}_{plural}.yaml"));
        support::kubectl(namespace, &["apply", "--server-side", "-f", file.to_str().expect("a path is text")]);
        support::kubectl(namespace, &["wait", "--for=condition=Established", &format!("crd/{crd}"), "--timeout=60s"]);
    }
    support::apply(
        namespace,
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public}\nspec:\n  \
         gatewayClassName: none\n  listeners: [{name: http, port: 80, protocol: HTTP}]\n",
    );

    // The Gateway of the namespace is found, and plat says what the route waits for.
    spec(namespace, host);
    let mut refusals = 0;
    let said = deploy(namespace, |line| {
        if line.contains("no Gateway has accepted it yet") && refusals == 0 {
            refusals += 1;
            answer(namespace, "False", "NoMatchingListenerHostname");
        } else if line.contains("Accepted is False (NoMatchingListenerHostname)") && refusals == 1 {
            refusals += 1;
            answer(namespace, "True", "Accepted");
        }
    });
    assert_eq!(refusals, 2, "{said}");
    let route = get(namespace, "httproute/shop");
    assert_eq!(route["spec"]["parentRefs"][0]["name"], "public");
    assert_eq!(route["spec"]["rules"][0]["backendRefs"][0]["name"], "shop");
    assert!(!is_there(namespace, "ingress/shop"));

    plat(namespace, &["deploy"]).ends(0).says("shop is unchanged and ready");
    let version = |route: &Value| route["metadata"]["resourceVersion"].clone();
    assert_eq!(version(&get(namespace, "httproute/shop")), version(&route));

    // What was said of the route before the change is no answer to it.
    spec(namespace, "replicas: 1\nhost: store.example.com");
    let mut answered = false;
    let said = deploy(namespace, |line| {
        if line.contains("its controller has not seen the change yet") || line.contains("nobody has said yet") {
            answered = true;
            answer(namespace, "True", "Accepted");
        }
    });
    assert!(answered, "{said}");
    assert_eq!(get(namespace, "httproute/shop")["spec"]["hostnames"], json!(["store.example.com"]));

    // Back to a service that nobody reaches from outside.
    spec(namespace, "replicas: 1");
    plat(namespace, &["deploy"]).ends(0);
    eventually("the route is pruned", || !is_there(namespace, "httproute/shop"));
}

/// One story, because the definitions are the cluster's.
fn a_host_becomes_a_route_that_its_gateway_accepts() {
    let namespace = support::namespace("gateway");
    remove_definitions(&namespace);
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story(&namespace)));
    remove_definitions(&namespace);
    if let Err(panic) = told {
        std::panic::resume_unwind(panic);
    }
}
