//! plat.yaml in, manifests out. `INSTA_UPDATE=always cargo test manifests` rewrites the golden files.

use rstest::rstest;
use serde_json::json;

use super::*;

const MINIMAL: &str = include_str!("testdata/minimal.plat.yaml");
const FULL: &str = include_str!("testdata/full.plat.yaml");
const SCALED: &str = include_str!("testdata/scaled.plat.yaml");
const WORKER: &str = include_str!("testdata/worker.plat.yaml");

fn inputs() -> Inputs {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    Inputs {
        namespace: "shop".to_owned(),
        image: format!("registry.example.com/shop/payments-api@sha256:{}", "0123456789abcdef".repeat(4)),
        files: BTreeMap::from([file("conf/app.yaml", "listen: :9000\nmode: 0644\n"), file("conf/banner.txt", "yes\n")]),
        provenance: Provenance {
            repository: Some("https://git.example.com/shop/payments-api".to_owned()),
            commit: Some("89abcdef".repeat(5)),
            deployer: Some("ada@example.com".to_owned()),
        },
    }
}

fn rendered(plat_yaml: &str, inputs: &Inputs) -> Vec<Manifest> {
    render(&crate::spec::parse(plat_yaml, "plat.yaml").unwrap(), inputs)
}

fn find<'a>(manifests: &'a [Manifest], kind: &str) -> &'a Manifest {
    manifests.iter().find(|manifest| manifest.kind == kind).unwrap()
}

#[rstest]
#[case("minimal", MINIMAL)]
#[case("full", FULL)]
#[case("scaled", SCALED)]
#[case("worker", WORKER)]
fn a_spec_gives_these_manifests(#[case] name: &str, #[case] plat_yaml: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("testdata");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, to_yaml(&rendered(plat_yaml, &inputs()))));
}

#[rstest]
fn nothing_is_written_that_says_nothing(#[values(MINIMAL, FULL, SCALED, WORKER)] plat_yaml: &str) {
    fn check(value: &Value, path: &str) {
        match value {
            Value::Null => panic!("{path} is null"),
            Value::Array(items) if items.is_empty() => panic!("{path} is an empty list"),
            Value::Object(fields) if fields.is_empty() => panic!("{path} is an empty map"),
            Value::Array(items) => items.iter().for_each(|item| check(item, &format!("{path}[]"))),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| check(value, &format!("{path}.{key}"))),
            _ => {}
        }
    }
    for manifest in rendered(plat_yaml, &inputs()) {
        check(&manifest.body, &manifest.kind);
        assert!(manifest.body.get("status").is_none(), "{} has a status", manifest.kind);
    }
}

#[test]
fn what_a_pod_needs_is_applied_before_it() {
    let manifests = rendered(FULL, &inputs());
    let kinds: Vec<&str> = manifests.iter().map(|manifest| manifest.kind.as_str()).collect();
    assert_eq!(kinds, ["ServiceAccount", "ConfigMap", "NetworkPolicy", "Service", "PodDisruptionBudget", "Deployment"]);
}

#[rstest]
#[case::one("replicas: 1", json!(1), false, false)]
#[case::none("replicas: 0", json!(0), false, false)]
#[case::two("replicas: 2", json!(2), true, false)]
#[case::range("replicas: {min: 2, max: 5}", Value::Null, true, true)]
#[case::from_one("replicas: {min: 1, max: 5}", Value::Null, false, true)]
#[case::range_of_one_number("replicas: {min: 3, max: 3}", json!(3), true, false)]
fn replicas_decide_budget_and_autoscaler(
    #[case] line: &str,
    #[case] replicas: Value,
    #[case] budget: bool,
    #[case] autoscaler: bool,
) {
    let manifests = rendered(&format!("{MINIMAL}{line}\n"), &inputs());
    let has = |kind: &str| manifests.iter().any(|manifest| manifest.kind == kind);
    assert_eq!(find(&manifests, "Deployment").body["spec"]["replicas"], replicas);
    assert_eq!((has("PodDisruptionBudget"), has("HorizontalPodAutoscaler")), (budget, autoscaler));
}

#[test]
fn a_new_commit_changes_annotations_of_objects_and_nothing_else() {
    let before = rendered(FULL, &inputs());
    let mut next = inputs();
    next.provenance.commit = Some("fedcba98".repeat(5));
    let after = rendered(FULL, &next);
    assert_eq!(hash(&before), hash(&after));
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(before, after);
        assert_eq!(before.body["spec"], after.body["spec"]);
    }
}

#[rstest]
#[case::image(|inputs: &mut Inputs| inputs.image = "registry.example.com/other".to_owned())]
#[case::config(|inputs: &mut Inputs| { inputs.files.insert("conf/app.yaml".to_owned(), String::new()); })]
#[case::namespace(|inputs: &mut Inputs| inputs.namespace = "other".to_owned())]
fn the_hash_changes_with_what_is_applied(#[case] change: fn(&mut Inputs)) {
    let mut changed = inputs();
    change(&mut changed);
    assert_ne!(hash(&rendered(FULL, &inputs())), hash(&rendered(FULL, &changed)));
}

#[test]
fn the_hash_changes_with_the_owner() {
    let owned = format!("{MINIMAL}owner: ada\n");
    assert_ne!(hash(&rendered(MINIMAL, &inputs())), hash(&rendered(&owned, &inputs())));
}

#[test]
fn changed_config_makes_a_new_config_map_and_a_new_revision() {
    let before = rendered(FULL, &inputs());
    let mut changed = inputs();
    changed.files.insert("conf/app.yaml".to_owned(), "listen: :9001\n".to_owned());
    let after = rendered(FULL, &changed);
    let name = |manifests: &[Manifest]| find(manifests, "ConfigMap").name.clone();
    let mounted = |manifests: &[Manifest]| {
        let pod = &find(manifests, "Deployment").body["spec"]["template"]["spec"];
        pod["volumes"][1]["configMap"]["name"].as_str().unwrap().to_owned()
    };
    assert_ne!(name(&before), name(&after));
    assert_eq!((mounted(&before), mounted(&after)), (name(&before), name(&after)));
}

#[test]
fn the_selector_is_the_name_alone() {
    let expected = json!({ "matchLabels": { NAME_LABEL: "payments-api" } });
    for plat_yaml in [MINIMAL, FULL, SCALED] {
        assert_eq!(find(&rendered(plat_yaml, &inputs()), "Deployment").body["spec"]["selector"], expected);
    }
}

/// kubectl reads YAML 1.1: what is a text here must not become something else there. The cluster tests send the same
/// texts through kubectl.
#[rstest]
fn texts_survive_yaml(
    #[values(
        "yes",
        "No",
        "on",
        "y",
        "null",
        "~",
        "",
        " ",
        "true",
        "0644",
        "0o17",
        "0x1F",
        "1e3",
        "1_000",
        "12:30:45",
        ".inf",
        "2026-11-22",
        "1.0",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        "\"a\"",
        "'a'",
        "a\\b",
        "tab\there",
        "trailing ",
        " leading",
        "a\nb",
        "a\nb\n",
        "\n",
        "a\n\n",
        "  a\n b\n",
        "a\r\nb\r\n",
        "---",
        "...\n",
        "<<",
        "=",
        "é😀",
        "\ta\n",
        "\n  a\n",
        "server {\n\tlisten 80;\n}\n",
        "a\n---\n...\nb",
        "a\n  \n",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{1b}[31m",
        "\u{7f}"
    )]
    text: &str,
) {
    let mut inputs = inputs();
    inputs.files.insert("conf/app.yaml".to_owned(), text.to_owned());
    let manifests = rendered(FULL, &inputs);
    let documents: Vec<Value> = serde_yaml::from_multiple(&to_yaml(&manifests)).unwrap();
    let bodies: Vec<Value> = manifests.into_iter().map(|manifest| manifest.body).collect();
    assert_eq!(documents, bodies);
}

#[rstest]
#[case("yes", "\"yes\"")]
#[case("0644", "\"0644\"")]
#[case("1e3", "\"1e3\"")]
#[case("null", "\"null\"")]
#[case("y", "\"y\"")]
#[case("2026-11-22", "\"2026-11-22\"")]
#[case("info", "info")]
fn a_text_that_could_be_taken_for_something_else_is_quoted(#[case] text: &str, #[case] expected: &str) {
    let yaml = to_yaml(&rendered(&format!("{MINIMAL}env: {{A: \"{text}\"}}\n"), &inputs()));
    assert!(yaml.contains(&format!("value: {expected}\n")), "{yaml}");
}
