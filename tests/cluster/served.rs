//! It is ready, and nobody is served or nothing of it runs: said in plain sight, and a failure only where that was asked
//! for. What the API server warns of; images that are not there yet, before anything is written.

use serde_json::{Value, json};

use crate::failures::registry::{push, push_index};
use crate::harness::tests;
use crate::support::manifests::{container, deployment, job, pod, with};
use crate::support::{Ended, Namespace, Shop};

tests![SHARED:
    a_selector_that_fits_no_pod_is_said,
    a_port_that_no_container_has_is_said,
    a_service_that_somebody_else_brought_is_looked_at_too,
    what_is_served_is_not_doubted,
    what_does_not_run_is_said,
    the_api_server_warns_once,
    an_image_that_is_not_there_is_asked_for_before_anything_is_written,
    a_tag_that_was_pushed_again_is_said,
];

fn buts(end: &Ended) -> String {
    end.event("done")["but"].to_string()
}

fn service(selector: &str, port: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app.kubernetes.io/name": selector}, "ports": [port]}})
}

fn serving(shop: &Shop) -> Value {
    let ports = json!({"ports": [{"name": "http", "containerPort": 8080}]});
    deployment(&pod(&[with(container("shop", shop.image(), crate::support::SERVE), ports)]), json!({}))
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

fn a_selector_that_fits_no_pod_is_said() {
    let shop = Shop::new("served");
    let set = list(&[service("shoop", &json!({"port": 80, "targetPort": 8080})), serving(&shop)]);
    let end = shop.deploy_manifests(set.clone(), &[]).succeeds();
    let said = "leads to no ready pod: its selector is app.kubernetes.io/name=shoop, and the pods of Deployment";
    assert!(buts(&end).contains(said), "{end:#?}");
    let end = end.says("ready, but Service");
    // Also when nothing changes, and as a failure.
    let again = shop.deploy_manifests(set.clone(), &[]).succeeds();
    assert_eq!(buts(&again), buts(&end));
    shop.deploy_manifests(set, &["--strict"]).fails(3).reason("NotServed").what(said);
}

fn a_port_that_no_container_has_is_said() {
    let shop = Shop::new("served");
    let named = list(&[service("shop", &json!({"port": 80, "targetPort": "web"})), serving(&shop)]);
    let end = shop.deploy_manifests(named, &[]).succeeds();
    assert!(buts(&end).contains("sends port 80 to the port named web of the pods of Deployment"), "{end:#?}");
    assert!(buts(&end).contains("they declare http (8080)"), "{end:#?}");
    let numbered = list(&[service("shop", &json!({"port": 80, "targetPort": 9090})), serving(&shop)]);
    let end = shop.deploy_manifests(numbered, &[]).succeeds();
    assert!(buts(&end).contains("sends port 80 to port 9090 of the pods of Deployment"), "{end:#?}");
}

fn a_service_that_somebody_else_brought_is_looked_at_too() {
    let shop = Shop::new("served");
    shop.apply(service("shop", &json!({"port": 80, "targetPort": "web"})));
    // Of another application, which is not there.
    shop.apply(with(service("mail", &json!({"port": 25})), json!({"metadata": {"name": "mail"}})));
    let end = shop.deploy_manifests(serving(&shop), &[]).succeeds();
    let said = "sends port 80 to the port named web of the pods of Deployment";
    assert!(buts(&end).contains(said) && !buts(&end).contains("mail"), "{end:#?}");
    // Whoever looks later is told the same.
    for command in ["why", "status"] {
        let seen = shop.plat(&[command, "deployment/shop"]).events().succeeds();
        assert!(seen.events[0]["but"].to_string().contains(said), "{seen:#?}");
        shop.plat(&[command, "deployment/shop"]).succeeds().says("ready, but Service");
    }
    shop.plat(&["why"]).succeeds().says("ready, but Service");

    // Labels of the pods change, and the Service keeps its selector.
    shop.apply(service("shop", &json!({"port": 80, "targetPort": 8080})));
    shop.plat(&["why", "deployment/shop"]).succeeds().says("is fine");
    let tier = json!({"spec": {"selector": {"tier": "front", "app.kubernetes.io/name": "shop"}}});
    shop.apply(with(service("shop", &json!({"port": 80, "targetPort": 8080})), tier));
    let end = shop.deploy_manifests(serving(&shop), &[]).succeeds();
    let said =
        "leads to no ready pod: its selector is app.kubernetes.io/name=shop,tier=front, and the pods of Deployment";
    assert!(buts(&end).contains(said), "{end:#?}");
    assert!(buts(&end).contains("no label tier"), "{end:#?}");
}

fn what_is_served_is_not_doubted() {
    let shop = Shop::new("served");
    // A port that nobody declares, and that is there all the same.
    let script = "mkdir -p /tmp/www; httpd -p 9090 -h /tmp/www; exec httpd -f -p 8080 -h /tmp/www";
    let ports = json!({"ports": [{"name": "http", "containerPort": 8080}]});
    let both = deployment(&pod(&[with(container("shop", shop.image(), script), ports)]), json!({}));
    let ports = json!([{"name": "a", "port": 80, "targetPort": "http"}, {"name": "b", "port": 90, "targetPort": 9090}]);
    let mut web = service("shop", &json!({}));
    web["spec"]["ports"] = ports;
    let end = shop.deploy_manifests(list(&[web, both]), &["--strict"]).succeeds();
    assert!(end.event("done")["but"].is_null(), "{end:#?}");
    // A Service of pods that another set brought.
    let other = with(service("shop", &json!({"port": 81, "targetPort": 8080})), json!({"metadata": {"name": "other"}}));
    let end = shop.deploy_manifests(other, &["--strict"]).succeeds();
    assert!(end.event("done")["but"].is_null(), "{end:#?}");
}

fn what_does_not_run_is_said() {
    let shop = Shop::new("served");
    let mut daemon = with(
        serving(&shop),
        json!({"kind": "DaemonSet", "spec": {"template": {"spec": {"nodeSelector": {"gpu": "yes"}}}}}),
    );
    daemon["spec"].as_object_mut().expect("a spec").remove("replicas");
    let end = shop.deploy_manifests(daemon, &[]).succeeds();
    assert!(buts(&end).contains("wants 0 pods: no node fits it (nodeSelector gpu=yes)"), "{end:#?}");
    let suspended = job(pod(&[container("shop", shop.image(), "true")]), json!({"spec": {"suspend": true}}));
    let end = shop.deploy_manifests(suspended, &[]).succeeds();
    assert!(buts(&end).contains("is suspended, so it does not run"), "{end:#?}");
}

fn the_api_server_warns_once() {
    let shop = Shop::new("served");
    let old = json!({"spec": {"template": {"spec": {"nodeSelector": {"beta.kubernetes.io/os": "linux"}}}}});
    let set = with(serving(&shop), old);
    let end = shop.deploy_manifests(set, &[]).succeeds();
    let told = end.events.iter().filter(|event| event["event"] == "warning");
    let told: Vec<String> =
        told.map(|event| event["text"].to_string()).filter(|text| text.contains("the API server warns")).collect();
    assert_eq!(told.len(), 1, "{end:#?}");
    assert!(told[0].contains("beta.kubernetes.io/os"), "{told:?}");
}

fn an_image_that_is_not_there_is_asked_for_before_anything_is_written() {
    let shop = Shop::new("served").with("deadline: {image: 4}");
    let missing = format!("{}-oops", shop.image());
    let end = shop
        .with(&format!("image: {missing}"))
        .deploy()
        .fails(1)
        .reason("ImageNotFound")
        .evidence("nothing was written");
    end.says("waiting up to");
    assert!(!is_anything_there(&shop));
    let mut pod = pod(&[container("shop", &missing, "exec sleep 1000")]);
    pod["spec"]["terminationGracePeriodSeconds"] = json!(1);
    shop.deploy_manifests(deployment(&pod, json!({})), &[])
        .fails(1)
        .reason("ImageNotFound")
        .evidence("nothing was written");
    assert!(!is_anything_there(&shop));
}

fn a_tag_that_was_pushed_again_is_said() {
    let shop = Shop::new("served");
    let name = format!("{}:v1", shop.name);
    push(&shop, &name);
    let image = format!("{}/{name}", shop.sandbox.registry);
    let set = deployment(&pod(&[container("shop", &image, crate::support::SERVE)]), json!({}));
    shop.deploy_manifests(set.clone(), &[]).succeeds();
    let end = shop.deploy_manifests(set.clone(), &["--strict"]).succeeds();
    assert!(end.event("done")["but"].is_null(), "{end:#?}");
    push_index(&shop, &name, &["amd64", "arm64"]);
    let end = shop.deploy_manifests(set, &[]).succeeds();
    assert!(buts(&end).contains("the tag was pushed again"), "{end:#?}");
}

fn is_anything_there(namespace: &Namespace) -> bool {
    namespace.is_there("deployment/shop")
        || namespace.is_there("lease/plat-shop")
        || namespace.is_there("secret/plat-shop")
}
