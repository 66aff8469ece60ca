//! A `host` on a cluster that has the Gateway API: an `HTTPRoute`, followed until its Gateway takes it.
//!
//! The definitions are the published ones, out of the Go module of sigs.k8s.io/gateway-api. Its controllers are large;
//! what one writes into a route's status is written here with kubectl.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::{Namespace, Shop, eventually};

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
    namespace.kubectl(&[&["delete", "crd", "--ignore-not-found"][..], &CRDS].concat());
}

/// What a Gateway's controller says of the route, about its present generation.
fn answer(namespace: &Namespace, accepted: &str, reason: &str) {
    let route = namespace.get("httproute/shop");
    let condition = |of: &str, status: &str, reason: &str| {
        json!({"type": of, "status": status, "reason": reason, "message": "said by the test",
               "lastTransitionTime": "2026-11-23T04:00:00Z", "observedGeneration": route["metadata"]["generation"]})
    };
    let parent = json!({
        "parentRef": route["spec"]["parentRefs"][0], "controllerName": "example.com/test",
        "conditions": [condition("Accepted", accepted, reason), condition("ResolvedRefs", "True", "ResolvedRefs")],
    });
    let patch = json!({"status": {"parents": [parent]}}).to_string();
    namespace.kubectl(&[
        "patch",
        "httproute/shop",
        "--subresource=status",
        "--type=merge",
        "--field-manager=gateway",
        "-p",
        &patch,
    ]);
}

fn refused_by_a_cluster_without_the_api(shop: &Shop) {
    shop.run(&["deploy"])
        .fails(1)
        .says("the API server does not serve HTTPRoute of gateway.networking.k8s.io/v1")
        .says(&format!("HTTPRoute {}/shop", shop.name))
        .says("nothing was written");
    assert!(!shop.is_there("deployment/shop"));
}

/// The definitions, and a Gateway that no controller serves.
fn install_gateway(shop: &Shop) {
    let folder = definitions();
    for crd in CRDS {
        let (plural, group) = crd.split_once('.').expect("a plural and a group");
        let file = folder.join(format!("{group}_{plural}.yaml"));
        shop.kubectl(&["apply", "--server-side", "-f", file.to_str().expect("a path is text")]);
        shop.established(&format!("crd/{crd}"));
    }
    shop.apply(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public}\nspec:\n  \
         gatewayClassName: none\n  listeners: [{name: http, port: 80, protocol: HTTP}]\n",
    );
}

fn story(base: &Shop) {
    let shop = base.with("host: shop.example.com");
    refused_by_a_cluster_without_the_api(&shop.with("route: {gateway: edge/public}"));
    install_gateway(&shop);

    // The Gateway of the namespace is found, and plat says what the route waits for.
    let deploy = shop.run(&["deploy"]).start();
    deploy.until_said("no Gateway has accepted it yet");
    answer(&shop, "False", "NoMatchingListenerHostname");
    deploy.until_said("Accepted is False (NoMatchingListenerHostname)");
    answer(&shop, "True", "Accepted");
    deploy.ends().succeeds();
    let route = shop.get("httproute/shop");
    assert_eq!(route["spec"]["parentRefs"][0]["name"], "public");
    assert_eq!(route["spec"]["rules"][0]["backendRefs"][0]["name"], "shop");
    assert!(!shop.is_there("ingress/shop"));

    shop.run(&["deploy"]).succeeds().says("shop is unchanged and ready");
    let version = |route: &Value| route["metadata"]["resourceVersion"].clone();
    assert_eq!(version(&shop.get("httproute/shop")), version(&route));

    // What was said of the route before the change is not an answer to it.
    let shop = base.with("host: store.example.com");
    let deploy = shop.run(&["deploy"]).start();
    eventually("plat says that nothing has answered yet", || {
        let said = deploy.said();
        said.contains("its controller has not seen the change yet") || said.contains("nobody has said yet")
    });
    answer(&shop, "True", "Accepted");
    deploy.ends().succeeds();
    assert_eq!(shop.get("httproute/shop")["spec"]["hostnames"], json!(["store.example.com"]));

    // Back to a service that nobody reaches from outside.
    base.deploy().succeeds();
    eventually("the route is pruned", || !base.is_there("httproute/shop"));
}

/// One story, because the definitions are the cluster's.
fn a_host_becomes_a_route_that_its_gateway_accepts() {
    let shop = Shop::new("gateway");
    remove_definitions(&shop);
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story(&shop)));
    remove_definitions(&shop);
    if let Err(panic) = told {
        std::panic::resume_unwind(panic);
    }
}
