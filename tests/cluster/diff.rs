//! `plat diff` and `plat deploy --dry-run` on a real API server.

use crate::harness::tests;
use crate::support::Shop;

tests![SHARED:
    nothing_to_change_is_code_0_and_a_change_is_code_5_when_asked_for,
    secrets_are_masked_and_others_fields_are_named,
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
