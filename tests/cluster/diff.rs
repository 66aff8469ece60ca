//! `plat diff` and `plat deploy --dry-run` on a real API server.

use super::safety::{deployed, get, plat, spec};
use super::support;
use crate::harness::tests;

tests![SHARED:
    nothing_to_change_is_code_0_and_a_change_is_code_5_when_asked_for,
    secrets_are_masked_and_others_fields_are_named,
];

fn nothing_to_change_is_code_0_and_a_change_is_code_5_when_asked_for() {
    let namespace = deployed("diff", "replicas: 1\nenv: {GREETING: hello}");
    let same = plat(&namespace, &["diff", "--exit-code"]).ends(0);
    assert_eq!(same.out.trim(), "nothing changes");

    spec(&namespace, "replicas: 1\nenv: {GREETING: goodbye}");
    let version = get(&namespace, "deployment/shop")["metadata"]["resourceVersion"].clone();
    let changed = plat(&namespace, &["diff", "--exit-code"]).ends(5);
    changed.says(&format!("~ Deployment {}/shop", namespace.name));
    changed.says("env[name=\"GREETING\"].value: hello -> goodbye");
    changed.says("=> replaces the one replica, none before its successor is ready");
    plat(&namespace, &["diff"]).ends(0);

    let dry = plat(&namespace, &["deploy", "--dry-run"]).ends(0);
    assert_eq!(dry.out, changed.out, "one output for both");
    assert_eq!(get(&namespace, "deployment/shop")["metadata"]["resourceVersion"], version, "nothing was written");
}

fn secrets_are_masked_and_others_fields_are_named() {
    let namespace = deployed("diff", "replicas: 1\nenv: {API_TOKEN: s3cr3t-one}");
    support::kubectl(&namespace, &["set", "env", "deployment/shop", "EXTRA=1"]);
    spec(&namespace, "replicas: 1\nenv: {API_TOKEN: s3cr3t-two}");
    let said = plat(&namespace, &["diff"]).ends(0);
    said.says("env[name=\"API_TOKEN\"].value: changed (value not shown)");
    said.says("held by kubectl-set: ");
    said.says(".env[name=\"EXTRA\"]");
    let json = plat(&namespace, &["diff", "--output", "json"]).ends(0);
    let value: serde_json::Value = serde_json::from_str(&json.out).expect("one JSON value");
    assert_eq!(value["changes"], true);
    for text in [&said.out, &json.out] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }

    let secret = |value: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: keys}}\nstringData: {{password: {value}}}\n")
    };
    let file = namespace.work().join("secret.yaml");
    std::fs::write(&file, secret("first")).expect("a manifest");
    plat(&namespace, &["deploy", "-f", "secret.yaml"]).ends(0);
    std::fs::write(&file, secret("second")).expect("a manifest");
    let said = plat(&namespace, &["diff", "-f", "secret.yaml"]).ends(0);
    said.says(".data.password: changed (value not shown)");
    assert!(!said.out.contains("second") && !said.out.contains("c2Vjb25k"), "{}", said.out);
}
