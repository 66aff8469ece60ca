//! `plat diff` and `plat deploy --dry-run` on a real API server.

use crate::harness::tests;
use crate::support::{Namespace, Shop};

tests![SHARED:
    nothing_to_change_is_code_0_and_a_change_is_code_5_when_asked_for,
    secrets_are_masked_and_others_fields_are_named,
    each_changed_item_of_a_list_is_a_line_and_json_has_it_whole,
];

fn nothing_to_change_is_code_0_and_a_change_is_code_5_when_asked_for() {
    let base = Shop::new("diff");
    let shop = base.with("env: {GREETING: hello}");
    shop.deploy().succeeds();
    let same = shop.run(&["diff", "--exit-code"]).succeeds();
    assert_eq!(same.out.trim(), "nothing changes");

    let shop = base.with("env: {GREETING: goodbye}");
    let version = shop.get("deployment/shop")["metadata"]["resourceVersion"].clone();
    let changed = shop
        .run(&["diff", "--exit-code"])
        .fails(5)
        .says(&format!("~ Deployment {}/shop", shop.name))
        .says("env[name=\"GREETING\"].value: hello -> goodbye")
        .says("=> replaces the one replica, none before its successor is ready");
    shop.run(&["diff"]).succeeds();

    let dry = shop.run(&["deploy", "--dry-run"]).succeeds();
    assert_eq!(dry.out, changed.out, "one output for both");
    assert_eq!(shop.get("deployment/shop")["metadata"]["resourceVersion"], version, "nothing was written");
}

fn secrets_are_masked_and_others_fields_are_named() {
    let base = Shop::new("diff");
    let shop = base.with("env: {API_TOKEN: s3cr3t-one}");
    shop.deploy().succeeds();
    shop.kubectl(&["set", "env", "deployment/shop", "EXTRA=1"]);
    let shop = base.with("env: {API_TOKEN: s3cr3t-two}");
    let said = shop
        .run(&["diff"])
        .succeeds()
        .says("env[name=\"API_TOKEN\"].value: changed (value not shown)")
        .says("held by kubectl-set: ")
        .says(".env[name=\"EXTRA\"]");
    let json = shop.run(&["diff", "--output", "json"]).succeeds();
    let value: serde_json::Value = serde_json::from_str(&json.out).expect("one JSON value");
    assert_eq!(value["changes"], true);
    let _ = (said.never_says("s3cr3t"), json.never_says("s3cr3t"));

    let secret = |value: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: keys}}\nstringData: {{password: {value}}}\n")
    };
    shop.write("secret.yaml", secret("first"));
    shop.plat(&["deploy", "-f", "secret.yaml"]).succeeds();
    shop.write("secret.yaml", secret("second"));
    let said = shop.plat(&["diff", "-f", "secret.yaml"]).succeeds().says(".data.password: changed (value not shown)");
    assert!(!said.out.contains("second") && !said.out.contains("c2Vjb25k"), "{}", said.out);
}

/// An Ingress, a `NetworkPolicy`, an object of a kind of others, a text of many lines, a Secret.
fn each_changed_item_of_a_list_is_a_line_and_json_has_it_whole() {
    let namespace = Namespace::new("diff");
    // Of each namespace its own: definitions are the whole cluster's.
    let group = format!("{}.example.com", namespace.name);
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: pools.{group}}}\nspec: {{group: {group}, scope: Namespaced, \
         names: {{kind: Pool, plural: pools, singular: pool}}, versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, \
         properties: {{spec: {{type: object, properties: {{members: {{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], \
         items: {{type: object, required: [id], properties: {{id: {{type: string}}, weight: {{type: integer}}}}}}}}, \
         zones: {{type: array, items: {{type: string}}}}}}}}}}}}}}}}]}}\n"
    );
    let long = "x".repeat(400);
    let set = |port: u16, peer: &str, members: &str, zones: &str, line: &str, password: &str, end: &str| {
        format!(
            "{definition}---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web}}\nspec: {{rules: [{{host: a.example.com, http: {{paths: [\
             {{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: {port}}}}}}}}}]}}}}]}}\n---\n\
             apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: web}}\nspec: {{podSelector: {{}}, ingress: [{{from: [{peer}{{podSelector: {{matchLabels: {{app: b}}}}}}]}}]}}\n---\n\
             apiVersion: {group}/v1\nkind: Pool\nmetadata: {{name: web}}\nspec: {{members: [{members}], zones: [{zones}]}}\n---\n\
             apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata:\n  long: {long}{end}\n  app.conf: |\n    first\n    {line}\n    last\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata: {{name: web}}\nstringData: {{word: {password}}}\n"
        )
    };
    let peer = "{namespaceSelector: {matchLabels: {team: a}}}, ";
    namespace
        .write("set.yaml", set(80, "", "{id: a, weight: 1}, {id: b, weight: 1}", "x, z", "port=80", "hunter2", "1"));
    namespace.plat(&["deploy", "-f", "set.yaml", "--bake", "0"]).succeeds();
    namespace.write(
        "set.yaml",
        set(8080, peer, "{id: b, weight: 2}, {id: a, weight: 1}", "x, w, z", "port=8080", "hunter3", "2"),
    );
    let ends = format!("…{x}1 -> …{x}2", x = "x".repeat(24));
    let said = namespace
        .plat(&["diff", "-f", "set.yaml"])
        .succeeds()
        .says(".spec.rules[0].http.paths[0].backend.service.port.number: 80 -> 8080\n")
        .says(".spec.ingress[0].from[0]: {\"namespaceSelector\":{\"matchLabels\":{\"team\":\"a\"}}} (new)\n")
        .says(".spec.members[id=\"b\"].weight: 1 -> 2\n")
        .says(".spec.zones[1]: w (new)\n")
        .says("    .data.app.conf:\n      - port=80\n      + port=8080\n")
        .says(&format!(".data.long: {ends}\n"))
        .says(".data.word: changed (value not shown)\n");
    let fields = said.out.lines().filter(|line| line.starts_with("    .")).count();
    assert_eq!(fields, 7, "one line a change, no shift of what follows:\n{}", said.out);
    let json = namespace.plat(&["diff", "-f", "set.yaml", "--output", "json"]).succeeds();
    assert!(json.out.contains(&format!("\"{long}1\"")) && json.out.contains(&format!("\"{long}2\"")), "{}", json.out);
    assert!(json.out.contains("\"first\\nport=80\\nlast\\n\""), "{}", json.out);
    let _ = (said.never_says("hunter"), json.never_says("hunter"));
    namespace
        .plat(&["deploy", "-f", "set.yaml", "--bake", "0"])
        .succeeds()
        .says("Ingress web: .spec.rules[0].http.paths[0].backend.service.port.number: 80 -> 8080");
    namespace.kubectl(&["delete", "crd", &format!("pools.{group}")]);
}
