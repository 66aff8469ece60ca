//! Revisions in the cluster: recorded, bounded, readable without plat.

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::{Namespace, Shop, eventually};

tests![SHARED:
    who_when_and_what_is_listed_and_read_back_with_kubectl_alone,
    who_rolled_back_is_known_as_who_deployed_is,
    the_shell_is_told_what_is_there,
    no_more_than_ten_are_kept,
    a_large_revision_is_kept_in_several_secrets,
];

fn shell(namespace: &Namespace, script: &str) -> String {
    let path = std::env::var("PATH").expect("PATH");
    let kubectl = namespace.sandbox.kubectl.parent().expect("a folder").display().to_string();
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .env("PATH", format!("{kubectl}:{path}"))
        .env("KUBECONFIG", &namespace.kubeconfig)
        .output()
        .expect("sh runs");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The line of docs/history.md, as it stands there.
fn documented(number: u64) -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/history.md")).expect("the page");
    let line = page.lines().find(|line| line.contains("gunzip")).expect("the line").trim().to_owned();
    line.replace("revision=7", &format!("revision={number}"))
}

fn who_when_and_what_is_listed_and_read_back_with_kubectl_alone() {
    let shop = Shop::new("history").with("replicas: 0");
    for config in ["first", "second"] {
        shop.serves(config).deploy().succeeds();
    }
    let history = shop.run(&["history"]).events().succeeds();
    let newest = &history.events[0];
    assert_eq!(
        (&newest["revision"], &newest["outcome"], &newest["current"]),
        (&2.into(), &"deployed".into(), &true.into())
    );
    assert!(newest["who"].as_str().is_some_and(|who| who.contains(" on ")), "{newest}");
    assert!(
        newest["at"].is_string() && newest["image"].as_str().is_some_and(|image| image.contains("@sha256:")),
        "{newest}"
    );

    let list: Value = serde_json::from_str(&shell(&shop, &documented(1))).expect("a List");
    let text = list.to_string();
    assert!(text.contains(r#""index.html":"first""#), "{text}");
    let kinds: Vec<&str> =
        list["items"].as_array().expect("items").iter().filter_map(|item| item["kind"].as_str()).collect();
    assert!(kinds.contains(&"Deployment") && kinds.contains(&"ConfigMap"), "{kinds:?}");
}

fn who_rolled_back_is_known_as_who_deployed_is() {
    let shop = Shop::new("history").with("replicas: 0");
    for config in ["first", "second"] {
        shop.serves(config).deploy().succeeds();
    }
    shop.run(&["rollback", "deploy/shop"]).env("GITHUB_ACTOR", "ada").succeeds();
    let history = shop.run(&["history", "deploy/shop"]).events().succeeds().events;
    assert!(history[0]["who"].as_str().is_some_and(|who| who.starts_with("ada on ")), "{}", history[0]);
    // Without git and a pipeline it is the account, not anybody.
    assert!(history[1]["who"].as_str().is_some_and(|who| !who.starts_with("someone")), "{}", history[1]);
    let table = shop.run(&["history"]).succeeds().out;
    assert!(table.contains("REV") && table.contains("deployed, restores 1"), "{table}");
}

fn the_shell_is_told_what_is_there() {
    let shop = Shop::new("history").with("replicas: 0");
    shop.deploy().succeeds();
    let candidates = |words: &[&str]| {
        let plat = shop.plat(&[&["--", "plat"], words].concat());
        let plat = plat.env("PLAT_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        plat.env("_CLAP_IFS", "\n").succeeds().out.lines().map(str::trim_end).map(str::to_owned).collect::<Vec<_>>()
    };
    // A busy cluster does not answer within the time of a TAB, which then offers nothing.
    let offers = |words: &[&str], names: &[&str]| {
        eventually(&format!("{words:?} offers {names:?}"), || candidates(words) == names);
    };
    eventually("services are offered", || candidates(&["status", ""]).contains(&"shop".to_owned()));
    offers(&["why", "deploy/sh"], &["deploy/shop"]);
    offers(&["rollback", "shop", "--to", ""], &["1"]);
    offers(&["status", "-n", &shop.name], &[&shop.name]);
}

fn no_more_than_ten_are_kept() {
    let shop = Shop::new("history").with("replicas: 0");
    for n in 1..=12 {
        shop.serves(&n.to_string()).deploy().succeeds();
    }
    let expected: Vec<String> = (3..=12).rev().map(|n| format!("{n} deployed")).collect();
    assert_eq!(shop.history(), expected);
    let secrets = shop.kubectl(&["get", "secrets", "--field-selector=type=plat.dev/revision", "-o", "name"]);
    assert_eq!(secrets.lines().count(), 10);
}

/// A set that does not fit into one Secret, as the API server takes it.
fn a_large_revision_is_kept_in_several_secrets() {
    use plat::manifests::Manifest;
    use plat::revision::{Head, Outcome, decode, encode};

    let namespace = Namespace::new("history");
    let noise: String = std::iter::repeat_with(|| uuid::Uuid::new_v4().simple().to_string()).take(20_000).collect();
    let manifest = |n: usize| Manifest {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        resource: "configmaps".to_owned(),
        name: format!("big-{n}"),
        namespace: Some(namespace.name.clone()),
        body: json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("big-{n}"), "namespace": namespace.name}, "data": {"a": noise}}),
    };
    let manifests: Vec<Manifest> = (0..6).map(manifest).collect();
    let head = Head {
        number: 7,
        at: None,
        outcome: Outcome::Deployed,
        reason: None,
        who: None,
        commit: None,
        image: None,
        rendered: "ff".to_owned(),
        restores: None,
        run: None,
        chunks: 0,
        config_maps: std::collections::BTreeSet::new(),
    };
    let secrets = encode("shop", &namespace.name, &head, &manifests).expect("it fits");
    assert!(secrets.len() > 1, "{}", secrets.len());
    for secret in &secrets {
        let text = serde_json::to_string(secret).expect("JSON");
        assert!(namespace.kubectl_reads(&["create", "-f", "-"], &text).status.success());
    }
    assert_eq!(namespace.history(), ["7 deployed"]);
    let list = namespace.kubectl(&["get", "secrets", "-l", "plat.dev/revision-of=shop", "-o", "json"]);
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let read: Vec<k8s_openapi::api::core::v1::Secret> = serde_json::from_value(list["items"].clone()).expect("Secrets");
    assert_eq!(decode(&read).expect("all is there"), manifests);
    let list: Value = serde_json::from_str(&shell(&namespace, &documented(7))).expect("a List");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(6));
}
