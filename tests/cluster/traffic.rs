//! Requests through the Service while what is behind it changes: none fails, and what failed leaves what was there.

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::manifests::{container, deployment, pod, with};
use crate::support::requests::Requests;
use crate::support::{SERVE, Shop};

tests![SHARED:
    no_request_fails_while_a_live_service_moves_to_plat_and_on,
    a_move_that_fails_leaves_what_was_there,
    what_was_never_ready_is_put_back_and_not_waited_for,
    a_selector_that_fits_no_new_pod_is_written_at_once,
    what_no_service_can_bridge_is_said_before_it_is_written,
];

/// A live service that nobody's plat made: two replicas `app: web` behind a Service.
fn by_hand(shop: &Shop) {
    applied_by_hand(shop, SERVE);
    shop.rolled_out("deployment/shop");
}

fn applied_by_hand(shop: &Shop, command: &str) {
    let probe = json!({"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1});
    let grace = json!({
        "readinessProbe": probe, "ports": [{"name": "http", "containerPort": 8080}],
        "lifecycle": {"preStop": {"sleep": {"seconds": 3}}}
    });
    let template = with(
        pod(&[with(container("shop", shop.image(), command), grace)]),
        json!({"metadata": {"labels": Value::Null}, "spec": {"terminationGracePeriodSeconds": 5}}),
    );
    let template = with(template, json!({"metadata": {"labels": {"app": "web"}}}));
    let mut object = deployment(&template, json!({"spec": {"replicas": 2}}));
    object["spec"]["selector"] = json!({"matchLabels": {"app": "web"}});
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    });
    shop.apply(format!("{object}\n---\n{service}"));
}

/// The selector of a Deployment never changes: plat.yaml keeps it.
const PATCH: &str = "patch:\n  Deployment:\n    spec:\n      selector: {$patch: replace, matchLabels: {app: web}}\n      template: {metadata: {labels: {app: web}}}";

fn selector(shop: &Shop) -> Value {
    shop.get("service/shop")["spec"]["selector"].clone()
}

fn no_request_fails_while_a_live_service_moves_to_plat_and_on() {
    let base = Shop::new("traffic");
    let plain = base.with("replicas: 2").runs(SERVE);
    by_hand(&plain);
    let requests = Requests::start(&plain, "service/shop");
    // Who does not know of the selector is told what to write.
    let refused = plain.deploy().fails(1).hint("keep its selector").error()["hints"][0].clone();
    let patch = refused.as_str().and_then(|hint| hint.split('`').nth(1)).expect("what to write");
    let shop = plain.with(patch);

    shop.deploy().args(&["--adopt"]).succeeds();
    assert_eq!(requests.failed(), 0, "the move");
    assert_eq!(selector(&shop), json!({"app": "web"}), "as it was");

    let moved = shop.with("port: 9090").runs(&SERVE.replace("8080", "9090"));
    moved.deploy().succeeds();
    assert_eq!(requests.failed(), 0, "another port");

    let ports = "ports: [{$patch: replace}, {name: web, containerPort: 9090, protocol: TCP}]";
    let rename = format!(
        "patch:\n  Deployment:\n    spec:\n      selector: {{$patch: replace, matchLabels: {{app: web}}}}\n      template:\n        \
         metadata: {{labels: {{app: web}}}}\n        spec: {{containers: [{{name: shop, {ports}, readinessProbe: {{httpGet: {{port: web}}}}, \
         startupProbe: null, livenessProbe: null}}]}}\n  Service: {{spec: {{ports: [{{port: 80, targetPort: web}}]}}}}"
    );
    moved.with(&rename).deploy().succeeds();
    assert_eq!(requests.failed(), 0, "another name of the port");
    assert_eq!(shop.get("service/shop")["spec"]["ports"][0]["targetPort"], "web");

    shop.run(&["rollback"]).succeeds();
    assert_eq!(requests.failed(), 0, "the rollback");
    assert_eq!(shop.get("service/shop")["spec"]["ports"][0]["targetPort"], "http");
}

fn a_move_that_fails_leaves_what_was_there() {
    let base = Shop::new("traffic");
    let shop = base.with("replicas: 2").with(PATCH);
    by_hand(&shop);
    let requests = Requests::start(&shop, "service/shop");
    let image = || shop.get("deployment/shop")["spec"]["template"]["spec"]["containers"][0]["args"].clone();
    let before = (image(), selector(&shop));

    let broken = shop.with("command: [/no/such/program]");
    broken
        .deploy()
        .args(&["--adopt"])
        .fails(3)
        .evidence("2 replicas of the previous revision still serve")
        .hint("what was there before was put back and is ready")
        .event("put_back");
    assert_eq!(requests.failed(), 0, "the move that failed");
    assert_eq!((image(), selector(&shop)), before);
    assert!(!shop.is_there("serviceaccount/shop"), "what came with it is gone");
    // It is kubectl's again.
    let managers = shop.get("service/shop")["metadata"]["managedFields"].to_string();
    assert!(managers.contains("kubectl-client-side-apply") && !managers.contains("\"plat\""), "{managers}");
    assert_eq!(shop.history().len(), 1);

    // And the next try is as good as a first one.
    shop.runs(SERVE).deploy().args(&["--adopt"]).succeeds();
    assert_eq!(requests.failed(), 0, "the move");
}

fn what_was_never_ready_is_put_back_and_not_waited_for() {
    let base = Shop::new("traffic");
    let shop = base.with("replicas: 2").with(PATCH);
    applied_by_hand(&shop, "exit 7");
    let image = || shop.get("deployment/shop")["spec"]["template"]["spec"]["containers"][0]["args"].clone();
    let before = image();
    let deploy = shop.with("command: [/no/such/program]").deploy().args(&["--adopt"]).run();
    let ended = deploy.fails(3).hint("what was there before was put back; it was not ready either");
    assert!(!ended.err.contains("could not be put back"), "{}", ended.err);
    assert_eq!(image(), before);
}

fn a_selector_that_fits_no_new_pod_is_written_at_once() {
    let shop = Shop::new("traffic");
    by_hand(&shop);
    let service = |app: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"},
            "spec": {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
        })
    };
    shop.deploy_manifests(service("elsewhere"), &[]).succeeds();
    assert_eq!(selector(&shop), json!({"app": "elsewhere"}));
}

fn what_no_service_can_bridge_is_said_before_it_is_written() {
    let shop = Shop::new("traffic");
    by_hand(&shop);
    let probe = json!({"httpGet": {"path": "/", "port": 9090}, "periodSeconds": 1});
    let port = json!({"readinessProbe": probe, "ports": [{"name": "web", "containerPort": 9090}]});
    let script = SERVE.replace("8080", "9090");
    let mut template = pod(&[with(container("shop", shop.image(), &script), port)]);
    template["metadata"]["labels"] = json!({"app": "web"});
    let mut object = deployment(&template, json!({"spec": {"replicas": 2}}));
    object["spec"]["selector"] = json!({"matchLabels": {"app": "web"}});
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "web"}]}
    });
    let file = shop.write("both.yaml", format!("{object}\n---\n{service}")).display().to_string();
    shop.run(&["diff", "-f", &file])
        .succeeds()
        .says("requests may fail meanwhile: port 80: old pods have http, new ones have web");
    shop.run(&["deploy", "-f", &file, "--bake", "0"]).succeeds();
    assert_eq!(shop.get("service/shop")["spec"]["ports"][0]["targetPort"], "web");
}
