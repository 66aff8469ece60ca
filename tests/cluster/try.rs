//! `plat try` on a cluster that is there, with two rounds: enough to see every step of its story.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, eventually};

tests![BUILDS:
    try_compares_with_kubectl_and_removes_what_it_made,
];

fn try_compares_with_kubectl_and_removes_what_it_made() {
    let ns = Namespace::new("try");
    let programs = ns.sandbox.kubectl.parent().expect("kubectl lies in a folder").to_owned();
    let path = std::env::join_paths(
        std::iter::once(programs).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )
    .expect("a search path");
    let plat = |args: &[&str]| ns.plat(args).env("PATH", &path);

    let context = ["--context", &ns.sandbox.context, "--registry", &ns.sandbox.registry];
    // Twice: a run in which another test writes by kubectl is not counted as unchanged.
    let text = plat(&["try", "--rounds", "2"]).args(&context).succeeds().out;
    for kind in ["first", "later", "unchanged"] {
        for tool in ["plat", "kubectl"] {
            let row = text.lines().find(|line| line.split_whitespace().take(2).eq([kind, tool]));
            let row = row.unwrap_or_else(|| panic!("no row for {kind} by {tool} in:\n{text}"));
            assert!(row.contains("100 %"), "{row}");
        }
    }
    assert!(text.contains("First deploy, until the prompt: no headline against kubectl yet"), "{text}");
    assert!(text.contains("accountable  @acme/hello"), "{text}");
    assert!(text.contains("plat try --down"), "{text}");

    let note = ns.home().join("state/try.json");
    let note: Value =
        serde_json::from_str(&std::fs::read_to_string(&note).expect("the note of the try")).expect("JSON");
    let root = PathBuf::from(note["root"].as_str().expect("the folder of the try"));
    let dashboard = text.lines().find_map(|line| line.trim().strip_prefix("dashboard")).expect("an address").trim();
    let address = dashboard.trim_start_matches("http://").trim_end_matches('/').to_owned();
    assert!(root.join("hello/plat.yaml").exists());
    assert!(std::net::TcpStream::connect(&address).is_ok(), "the dashboard outlives the command");

    plat(&["try", "--down"]).succeeds();
    assert!(!root.exists(), "{} is left", root.display());
    eventually("the endpoint has stopped", || std::net::TcpStream::connect(&address).is_err());
    for namespace in note["namespaces"].as_array().expect("a list").iter().filter_map(Value::as_str) {
        let phase = ["get", "namespace", namespace, "--ignore-not-found", "--output", "jsonpath={.status.phase}"];
        assert_ne!(ns.kubectl(&phase), "Active", "namespace {namespace} is left");
    }
}
