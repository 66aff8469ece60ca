//! Whatever is in a cluster, each object and each log has a file of its own in the bundle.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use proptest::collection::btree_set;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::names::Names;

/// Words that are alike in one way or another, and anything at all.
fn word() -> impl Strategy<Value = String> {
    let alike = [
        "web",
        "Web",
        "web-1",
        "web~2",
        "web.json",
        "web.previous",
        "..",
        ".",
        "",
        "_cluster",
        "-cluster",
        "cluster",
        "a/b",
        "a-b",
        "a\0b",
        "ä",
        "a.b",
    ];
    prop_oneof![
        4 => proptest::sample::select(alike.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-z]{200,300}",
    ]
}

/// Group, kind, namespace, name.
type Identity = (Option<String>, String, Option<String>, String);

fn identity() -> impl Strategy<Value = Identity> {
    let groups = ["apps", "example.com", "example.org", "../../x.org"];
    let group = proptest::option::of(proptest::sample::select(groups.to_vec()).prop_map(str::to_owned));
    let kind = prop_oneof![proptest::sample::select(vec!["Pod", "pod", "Widget"]).prop_map(str::to_owned), word()];
    (group, kind, proptest::option::of(word()), word())
}

fn object((group, kind, namespace, name): &Identity) -> Value {
    let version = group.as_ref().map_or_else(|| "v1".to_owned(), |group| format!("{group}/v1"));
    json!({"apiVersion": version, "kind": kind, "metadata": {"namespace": namespace, "name": name}})
}

fn log() -> impl Strategy<Value = (String, String, String, bool)> {
    (word(), word(), word(), any::<bool>())
}

/// Distinct even where capitals are not told apart, below the folder, and short enough for any file system.
fn check(names: &[String]) {
    let distinct: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    for name in names {
        let path = Path::new(name);
        assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{name}");
        assert!(name.split('/').all(|part| (1..=255).contains(&part.len()) && !part.starts_with('.')), "{name}");
        assert!(!name.contains(['\0', '\\']), "{name}");
        let folders = path.ancestors().skip(1).filter_map(Path::to_str).map(str::to_lowercase);
        assert!(folders.into_iter().all(|folder| !distinct.contains(&folder)), "{name} is below another file");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_object_has_a_file_of_its_own(identities in btree_set(identity(), 1..30)) {
        let mut names = Names::default();
        check(&identities.iter().map(|identity| names.object(&object(identity))).collect::<Vec<_>>());
    }

    #[test]
    fn each_log_has_a_file_of_its_own(logs in btree_set(log(), 1..30)) {
        let mut names = Names::default();
        let logs = logs.into_iter().map(|(namespace, pod, container, previous)| {
            names.log(&namespace, &pod, &container, previous)
        });
        check(&logs.collect::<Vec<_>>());
    }
}
