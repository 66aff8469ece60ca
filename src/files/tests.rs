//! What kubectl reads, and what it is told where it cannot be read. The same documents go through a real kubectl in
//! tests/cluster/files.rs.

use crate::reason::Reason;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::kinds::Kinds;
use super::object::{Namespaces, Objects, Unknown, unknown};
use super::{Problem, manifests, read, without_hooks};

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

fn data(text: &str) -> serde_json::Value {
    let documents = read("f.yaml", &format!("{HEAD}{text}")).expect("it is a manifest");
    documents[0].body["data"].clone()
}

#[rstest]
#[case::anchors("x: &a {k: v}\ndata: *a", json!({"k": "v"}))]
#[case::merge("x: &a {k: v, l: w}\ndata: {<<: *a, k: own}", json!({"k": "own", "l": "w"}))]
#[case::merge_wins_over_what_stands_before_it("x: &a {k: v}\ndata: {k: own, <<: *a}", json!({"k": "v"}))]
#[case::merges("x: &a {k: 1}\ny: &b {k: 2, l: 2}\ndata: {<<: [*a, *b]}", json!({"k": 1, "l": 2}))]
#[case::quoted_merge("data: {\"<<\": x}", json!({"<<": "x"}))]
#[case::block("data:\n  a: |\n    x\n    ---\n    y\n", json!({"a": "x\n---\ny\n"}))]
#[case::folded("data:\n  a: >-\n    x\n    y\n", json!({"a": "x y"}))]
#[case::keys("data: {on: 1, 0644: 2, 1.5: 3}", json!({"true": 1, "420": 2, "1.5": 3}))]
#[case::tags("data: {a: !!str 1, b: !!int \"2\", c: !!binary aGk=}", json!({"a": "1", "b": 2, "c": "hi"}))]
#[case::carriage_returns("data:\r\n  a: |\r\n    x\r\n    y\r\n", json!({"a": "x\ny\n"}))]
fn a_document_is_read_as_go_yaml_reads_it(#[case] text: &str, #[case] expected: serde_json::Value) {
    assert_eq!(data(text), expected);
}

#[rstest]
#[case::documents("---\n# nothing\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n{apiVersion: v1, kind: B, metadata: {name: b}}\n",
    &["A a 4 1", "B b 8 2"])]
#[case::json("{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n{\"apiVersion\": \"v1\", \"kind\": \"B\", \"metadata\": {\"name\": \"b\"}}",
    &["A a 1 1", "B b 2 2"])]
#[case::json_then_yaml("{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n",
    &["A a 1 1", "B b 3 2"])]
#[case::list("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n- {apiVersion: v1, kind: B, metadata: {name: b}}\n",
    &["A a 4 1", "B b 5 1"])]
#[case::typed_list("apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n", &["ConfigMap a 4 1"])]
#[case::list_in_a_list("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: A, metadata: {name: a}}\n",
    &["A a 7 1"])]
#[case::nothing("---\n---\n# only a comment\n", &[])]
fn all_objects_of_a_text_are_found(#[case] text: &str, #[case] expected: &[&str]) {
    let documents = read("f.yaml", text).expect("these are manifests");
    let found: Vec<String> =
        documents.iter().map(|d| format!("{} {} {} {}", d.kind, d.name, d.place.line, d.place.document)).collect();
    assert_eq!(found, expected);
}

#[rstest]
#[case::no_kind("a: 1\n", "f.yaml:1 (document 1)", "NoKind")]
#[case::no_api_version("kind: A\n", "f.yaml:1 (document 1)", "NoApiVersion")]
#[case::no_name("---\napiVersion: v1\nkind: A\n", "f.yaml:2 (document 1)", "NoName")]
#[case::generate_name(
    "apiVersion: v1\nkind: A\nmetadata: {generateName: a-}\n",
    "f.yaml:1 (document 1)",
    "GenerateName"
)]
#[case::path("apiVersion: v1\nkind: A\nmetadata: {name: ../../b}\n", "f.yaml:1 (document 1)", "InvalidName")]
#[case::query("apiVersion: v1\nkind: A\nmetadata: {name: 'a?force=true'}\n", "f.yaml:1 (document 1)", "InvalidName")]
#[case::text("hello\n", "f.yaml:1 (document 1)", "NoObject")]
#[case::twice("apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  name: b\n", "f.yaml:5 (document 1)", "DuplicateKey")]
#[case::twice_in_json(
    "{\"apiVersion\": \"v1\",\n \"kind\": \"A\", \"kind\": \"B\"}",
    "f.yaml:2 (document 1)",
    "DuplicateKey"
)]
#[case::json("{\"apiVersion\": \"v1\",\n \"kind\" \"A\"}", "f.yaml:2 (document 1)", "NotJson")]
#[case::second(
    "apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\nkind: A\n  b: 1\n",
    "f.yaml:6 (document 2)",
    "NotYaml"
)]
#[case::tab("kind: A\nmetadata:\n\tname: a\n", "f.yaml:3 (document 1)", "NotYaml")]
#[case::separator("kind: A\n--- {kind: B}\n", "f.yaml:2 (document 1)", "NotYaml")]
#[case::dots("apiVersion: v1\nkind: A\nmetadata: {name: a}\n...\nkind: B\n", "f.yaml:5 (document 1)", "NotYaml")]
#[case::alias("a: *b\n", "f.yaml:1 (document 1)", "NotYaml")]
#[case::infinite("a: .inf\n", "f.yaml:1 (document 1)", "NotYaml")]
fn what_cannot_be_used_is_named_with_its_place(#[case] text: &str, #[case] place: &str, #[case] reason: &str) {
    let problems = read("f.yaml", text).expect_err("it cannot be used");
    let [Problem { place: found, reason: why, what, .. }] = &problems[..] else { panic!("one: {problems:?}") };
    assert_eq!((found.to_string().as_str(), why.word()), (place, reason), "{what}");
}

#[test]
fn aliases_of_aliases_are_bounded() {
    let bomb = (1..12).map(|n| {
        format!(
            "a{n}: &a{n} [{}]
",
            vec![format!("*a{}", n - 1); 10].join(", ")
        )
    });
    let text = format!(
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]
{}",
        bomb.collect::<Vec<_>>().concat()
    );
    assert_eq!(read("f.yaml", &text).expect_err("ten to the twelfth")[0].reason, Reason::NotYaml);
}

const IN_SHOP: Namespaces<'static> = Namespaces { default: "shop", asked: false };

#[rstest]
#[case("kind: ConfigMap\nmetadata: {name: a}", false, Ok(Some("shop")))]
#[case("kind: ConfigMap\nmetadata: {name: a, namespace: own}", false, Ok(Some("own")))]
#[case("kind: ConfigMap\nmetadata: {name: a, namespace: own}", true, Err(Reason::NamespaceMismatch))]
#[case("kind: ConfigMap\nmetadata: {name: a, namespace: shop}", true, Ok(Some("shop")))]
#[case("kind: ConfigMap\nmetadata: {name: a, namespace: ../x}", false, Err(Reason::InvalidName))]
#[case("kind: Namespace\nmetadata: {name: a, namespace: own}", true, Ok(None))]
fn the_namespace_is_chosen_as_kubectl_chooses_it(
    #[case] text: &str,
    #[case] asked: bool,
    #[case] expected: Result<Option<&str>, Reason>,
) {
    let documents = read("f.yaml", &format!("apiVersion: v1\n{text}\n")).expect("it is a manifest");
    let found = manifests(documents, &Kinds::default(), Namespaces { asked, ..IN_SHOP });
    let found = found.map(|found| found.manifests[0].namespace.clone()).map_err(|problems| problems[0].reason.clone());
    assert_eq!(found, expected.map(|namespace| namespace.map(str::to_owned)));
}

#[test]
fn what_a_definition_of_the_same_set_defines_is_known() {
    let text = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Widget, plural: widgets}, versions: [{name: v1}]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
";
    let documents = read("f.yaml", text).expect("these are manifests");
    let kinds_of = |unknown: Vec<Unknown>| unknown.into_iter().map(|unknown| unknown.kind).collect::<Vec<_>>();
    assert_eq!(kinds_of(unknown(&documents, &Kinds::default())), ["Widget"]);
    let kinds = Kinds::defined(&documents);
    assert_eq!(unknown(&documents, &kinds), []);
    let Objects { manifests, .. } = manifests(documents, &kinds, IN_SHOP).expect("both can be addressed");
    assert_eq!((manifests[1].resource.as_str(), manifests[1].namespace.as_deref()), ("widgets", None));
}

#[test]
fn the_same_object_twice_is_refused_with_both_places() {
    let documents = read("f.yaml", &format!("{HEAD}---\n{HEAD}")).expect("these are manifests");
    let problems = manifests(documents, &Kinds::default(), IN_SHOP).expect_err("which of them?");
    let [problem] = &problems[..] else { panic!("one: {problems:?}") };
    assert_eq!((&problem.reason, problem.place.line), (&Reason::DuplicateObject, 5));
    assert!(problem.what.contains("f.yaml:1"), "{}", problem.what);
}

#[test]
fn all_documents_that_cannot_be_used_are_named_at_once() {
    let text = "kind: A\n---\nkind: A\n  b: 1\n---\napiVersion: v1\nkind: List\nitems:\n- {kind: A}\n- {apiVersion: v1, kind: A}\n";
    let problems = read("f.yaml", text).expect_err("four of them");
    let found: Vec<String> =
        problems.iter().map(|problem| format!("{} {}", problem.place.line, problem.reason)).collect();
    assert_eq!(found, ["1 NoApiVersion", "4 NotYaml", "9 NoApiVersion", "10 NoName"]);
}

proptest! {
    /// Whatever it is, it is read or refused.
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = read("f.yaml", &text);
    }

    /// Words that mean something to YAML, in any order.
    #[test]
    fn nothing_that_looks_like_yaml_makes_the_reader_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "a", ": ", "- ", "\n", "  ", "---", "...", "|", ">-", "&a ", "*a", "<<", "{", "}", "[", "]", ",", "\"", "'", "!!int ",
            "!!binary ", "0x", "1e9", "_", "kind", "apiVersion: v1\n", "\t", "? ", "#", "%YAML 1.1", "\r\n", "List", "items", "null",
        ]), 0..60),
    ) {
        let _ = read("f.yaml", &words.concat());
    }

    /// What is an object in some way goes through all that reads it before anything is asked of a cluster.
    #[test]
    fn no_object_makes_what_reads_it_panic(
        fields in prop::collection::vec((prop::sample::select(vec![
            "apiVersion", "kind", "metadata", "spec", "items", "metadata.name", "metadata.namespace", "metadata.annotations",
            "metadata.annotations.helm.sh/hook", "spec.group", "spec.names", "spec.names.kind", "spec.names.plural", "spec.versions",
            "spec.scope",
        ]), prop::sample::select(vec![
            "v1", "apps/v1", "a/b/c", "example.com/v1", "List", "CustomResourceDefinition", "apiextensions.k8s.io/v1", "Widget", "[]",
            "{}", "null", "1", "'\u{1b}[2J'", "[{}]", "[{name: v1}]", "test", "pre-install,test", "../x", "", "Namespace",
        ])), 0..12),
    ) {
        let line = |(path, value): &(&str, &str)| {
            let mut keys: Vec<&str> = path.splitn(3, '.').collect();
            let last = keys.pop().unwrap_or_default();
            let open: Vec<String> = keys.iter().map(|key| format!("{key}: {{")).collect();
            let open = open.concat();
            format!("---\napiVersion: v1\nkind: ConfigMap\n{open}\"{last}\": {value}{}\n", "}".repeat(keys.len()))
        };
        let flat: Vec<String> = fields.iter().filter(|(path, _)| !path.contains('.')).map(|(path, value)| format!("{path}: {value}\n")).collect();
        let flat = flat.concat();
        for text in fields.iter().map(line).chain([flat, fields.iter().map(line).collect()]) {
            let Ok(documents) = read("f.yaml", &text) else { continue };
            let (documents, _) = without_hooks(documents);
            let kinds = Kinds::defined(&documents);
            let _ = unknown(&documents, &kinds);
            for manifest in manifests(documents, &kinds, IN_SHOP).unwrap_or_default().manifests {
                let _ = (manifest.describe(), crate::rollout::kstatus(&manifest.body), crate::rollout::Workload::read(&manifest.body));
            }
        }
    }
}
