//! The cases: `cases.yaml`, each a manifest, what the API server says of it, and what a reader is told. A new one costs a
//! paste of the file and of the answer (`-v 8` of kubectl shows it).

use std::sync::Arc;

use kube::core::Status;
use proptest::prelude::*;
use rstest::rstest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Complaint, Schema, complaints, kept_selector, narrowed, place, spot, without_secrets};
use crate::error::{self, Spot};
use crate::files::{self, Kinds, Namespaces, Objects, Origin};
use crate::manifests::Manifest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    what: String,
    manifest: String,
    /// Which of its objects is refused, from 0.
    #[serde(default)]
    object: usize,
    #[serde(default)]
    message: String,
    /// The object that is there, where that has to be known.
    live: Option<Value>,
    /// `field: message`
    #[serde(default)]
    causes: Vec<(String, String)>,
    /// `FILE:LINE:COLUMN: sentence`, then its hints, each after `hint: `.
    expect: Vec<String>,
    /// The lines that are shown of the file; compared where a case says it.
    excerpt: Option<Vec<String>>,
    /// What must not be shown, in any way.
    #[serde(default)]
    never: Vec<String>,
}

fn objects(text: &str) -> Objects {
    let documents = files::read("bad.yaml", text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    let mut kinds = Kinds::default();
    for unknown in files::unknown(&documents, &kinds) {
        let (api_version, kind) = (unknown.api_version, unknown.kind);
        let resource = format!("{}s", kind.to_lowercase());
        kinds.add(Kinds::of(files::Kind { api_version, kind, resource, scope: files::Scope::Namespaced }));
    }
    files::manifests(documents, &kinds, Namespaces { default: "shop", asked: false }).expect("they can be addressed")
}

fn status(message: &str, causes: &[(String, String)]) -> Status {
    let cause = |(field, message): &(String, String)| json!({"reason": "FieldValueInvalid", "field": field, "message": message});
    let causes: Vec<Value> = causes.iter().map(cause).collect();
    let code = if causes.is_empty() { 500 } else { 422 };
    let status = json!({"message": message, "reason": "Invalid", "code": code, "details": {"causes": causes}});
    serde_json::from_value(status).expect("a Status")
}

fn told(manifest: &Manifest, origin: Option<&Origin>, said: &[Complaint]) -> Vec<Spot> {
    let schema = Schema::new(openapi());
    said.iter().map(|complaint| spot(complaint, manifest, origin, Some(&schema))).collect()
}

#[test]
fn each_field_is_found_where_it_was_written() {
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("cases.yaml")).expect("cases");
    let mut wrong = Vec::new();
    for case in cases {
        let Objects { manifests, origins } = objects(&case.manifest);
        let manifest = &manifests[case.object];
        let said = complaints(manifest, &status(&case.message, &case.causes));
        let said = case.live.iter().fold(said, |said, live| narrowed(said, manifest, live));
        let spots = told(manifest, origins.of(manifest), &said);
        let lines: Vec<String> = spots
            .iter()
            .flat_map(|spot| {
                let hints = spot.hints.iter().map(|hint| format!("hint: {hint}"));
                std::iter::once(format!("{}: {}", spot.shown(), spot.error)).chain(hints)
            })
            .collect();
        if lines != case.expect {
            wrong.push(format!("{}:\n  {}\nexpected:\n  {}", case.what, lines.join("\n  "), case.expect.join("\n  ")));
        }
        let shown: Vec<String> = spots.iter().flat_map(|spot| spot.excerpt.clone()).collect();
        if case.excerpt.as_ref().is_some_and(|excerpt| *excerpt != shown) {
            wrong.push(format!("{}: the excerpt is\n{}", case.what, shown.join("\n")));
        }
        let all = format!("{lines:?} {shown:?}");
        wrong.extend(
            case.never
                .iter()
                .filter(|never| all.contains(*never))
                .map(|never| format!("{}: {never} in {all}", case.what)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_names_no_field_is_found_where_its_object_begins() {
    let text = "# first\n\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n\n# second\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: b}\n";
    let Objects { manifests, origins } = objects(text);
    let denied = Status::failure("admission webhook \"x\" denied the request: no", "").with_code(400);
    assert_eq!(complaints(&manifests[1], &denied), []);
    let at = |at: usize| place(&manifests[at], origins.of(&manifests[at])).map(|place| place.to_string());
    assert_eq!((at(0), at(1)), (Some("bad.yaml:3:1".to_owned()), Some("bad.yaml:9:1".to_owned())));
}

#[test]
fn what_a_program_printed_is_called_by_its_object() {
    let Objects { manifests, .. } =
        objects("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replcas: 3}\n");
    let origin = Origin::Program("kustomize build overlay".to_owned());
    let message = "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.replcas: field not declared in schema";
    let [spot] = &told(&manifests[0], Some(&origin), &complaints(&manifests[0], &status(message, &[])))[..] else {
        panic!("one field")
    };
    assert_eq!(spot.shown(), "Deployment shop/web (made by kustomize build overlay)");
    assert_eq!((spot.excerpt.len(), spot.place.line), (0, None));
}

#[test]
fn a_patch_of_plat_yaml_is_found_there() {
    let text = "name: web
port: 8080
patch:
  Deployment:
    spec:
      template:
        spec:
          containers:
          - name: web
            env:
            - {name: B, value: two}
            - name: A
              value: 1
extra:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: more}
  dat: {a: b}
";
    let plat_yaml = |path: &[&str]| Origin::PlatYaml {
        file: "plat.yaml".to_owned(),
        text: Arc::from(text),
        environment: None,
        paths: vec![path.iter().map(|key| (*key).to_owned()).collect()],
    };
    let container = json!({"name": "web", "env": [{"name": "PORT", "value": "8080"}, {"name": "B", "value": "two"}, {"name": "A", "value": 1}]});
    let body = json!({"metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [container]}}}});
    let manifest = |kind: &str, body: &Value| Manifest {
        api_version: "apps/v1".to_owned(),
        kind: kind.to_owned(),
        resource: String::new(),
        name: "web".to_owned(),
        namespace: Some("shop".to_owned()),
        body: body.clone(),
    };
    let at = |manifest: &Manifest, origin: &Origin, sentence: &str| {
        let status = status(&format!("failed to create typed patch object (shop/web; x): {sentence}"), &[]);
        error::all(told(manifest, Some(origin), &complaints(manifest, &status))).place
    };
    let patch = plat_yaml(&["patch", "Deployment"]);
    let deployment = manifest("Deployment", &body);
    let env = ".spec.template.spec.containers[name=\"web\"].env[name=\"A\"].value: expected string, got &value.valueUnstructured{Value:1}";
    assert_eq!(at(&deployment, &patch, env).as_deref(), Some("plat.yaml:13:22"));
    // What the patch does not say is not its fault.
    let port = ".spec.template.spec.containers[name=\"web\"].env[name=\"PORT\"].value: expected string, got 1";
    assert_eq!(at(&deployment, &patch, port).as_deref(), Some("Deployment shop/web"));
    let extra = manifest("ConfigMap", &json!({"metadata": {"name": "more"}, "dat": {"a": "b"}}));
    let dat = ".dat: field not declared in schema";
    assert_eq!(at(&extra, &plat_yaml(&["extra", "0"]), dat).as_deref(), Some("plat.yaml:18:3"));
}

#[test]
fn all_that_is_wrong_is_one_error_in_the_order_of_the_files() {
    let spot = |file: Option<&str>, line: usize, error: &str| Spot {
        place: file.map_or_else(error::Place::default, |file| error::Place::at(file, line, 1)),
        object: Some("Service shop/web".to_owned()),
        error: error.to_owned(),
        hints: Vec::new(),
        excerpt: Vec::new(),
    };
    let spots = vec![
        spot(None, 0, "d"),
        spot(Some("b.yaml"), 3, "c"),
        spot(Some("a.yaml"), 10, "b"),
        spot(Some("a.yaml"), 9, "a"),
    ];
    let error = error::all(spots);
    let lines: Vec<&str> = error.details.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, ["a.yaml:9:1: a", "a.yaml:10:1: b", "b.yaml:3:1: c", "Service shop/web: d"]);
    assert_eq!((error.what.as_str(), error.place.as_deref()), ("there are 4 problems in 2 files", Some("a.yaml:9:1")));
}

#[test]
fn what_the_server_repeats_of_a_secret_is_masked() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2, port: 80801}\n";
    let Objects { manifests, .. } = objects(text);
    let said = without_secrets(&manifests[0], "cannot take hunter2 or 80801");
    assert_eq!(said, "cannot take *** or ***");
}

/// As much of a real document (`/openapi/v3/apis/apps/v1`) as the cases need.
fn openapi() -> Value {
    let of = |name: &str| json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}], "default": {}});
    let list = |name: &str| json!({"type": "array", "items": of(name)});
    let fields = |names: &[&str]| -> Value {
        Value::Object(names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect())
    };
    let with = |mut fields: Value, more: &[(&str, Value)]| {
        for (name, field) in more {
            fields[*name] = field.clone();
        }
        json!({"type": "object", "properties": fields})
    };
    let mut deployment = with(fields(&["apiVersion", "kind"]), &[("metadata", of("Meta")), ("spec", of("Spec"))]);
    deployment["x-kubernetes-group-version-kind"] = json!([{"group": "apps", "version": "v1", "kind": "Deployment"}]);
    json!({"components": {"schemas": {
        "Deployment": deployment,
        "Meta": with(fields(&["annotations", "labels", "name", "namespace"]), &[]),
        "Spec": with(fields(&["minReadySeconds", "paused", "replicas", "selector", "strategy"]), &[("template", of("Template"))]),
        "Template": with(json!({}), &[("metadata", of("Meta")), ("spec", of("Pod"))]),
        "Pod": with(fields(&["restartPolicy", "imagePullSecrets", "volumes"]), &[("containers", list("Container"))]),
        "Container": with(fields(&["args", "command", "image", "imagePullPolicy", "name", "ports"]), &[("env", list("Env"))]),
        "Env": with(fields(&["name", "value", "valueFrom"]), &[]),
    }}})
}

proptest! {
    /// Whatever the server says of whatever was written: a place is found, or none.
    #[test]
    fn nothing_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            ".spec", "spec", "[0]", "[name=\"A\"]", "[", "]", ": ", "field not declared in schema", "expected string, got 1",
            "duplicate entries for key ", "element 0: ", "key fields [\"name\"]", "failed to create typed patch object (a): ",
            "errors:\n  ", "strict decoding error: ", "unknown field \"", "\"", "cannot unmarshal ", "Go struct field A.spec.b",
            " of type ", "string", "quantities must match the regular expression", "é", "\\", "): ",
        ]), 0..12),
        text in prop::sample::select(vec![
            "apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec: &x {b: [1, {name: A, value: 2}], <<: {c: 1}}\nother: *x\n",
            "{\"apiVersion\": \"v1\", \"kind\": \"A\",\t\"metadata\": {\"name\": \"\\ud83d\\ude00\".length}}",
            "{\"apiVersion\": \"v1\", \"kind\": \"A\",\t\"metadata\": {\"name\": \"a\"}, \"spec\": \"\\ud83d\\ude00\"}",
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}, spec: {limits: {cpu: x}}}\n",
        ]),
    ) {
        let said = words.concat();
        if let Ok(documents) = files::read("f.yaml", text) {
            let kinds = files::unknown(&documents, &Kinds::default()).into_iter().fold(Kinds::default(), |mut kinds, unknown| {
                let (api_version, kind) = (unknown.api_version, unknown.kind);
                kinds.add(Kinds::of(files::Kind { api_version, kind, resource: "as".to_owned(), scope: files::Scope::Cluster }));
                kinds
            });
            let Ok(Objects { manifests, origins }) = files::manifests(documents, &kinds, Namespaces { default: "a", asked: false }) else { return Ok(()) };
            for manifest in &manifests {
                let field = said.split(": ").next().unwrap_or_default().to_owned();
                for status in [status(&said, &[]), status(&said, &[(field, said.clone())])] {
                    told(manifest, origins.of(manifest), &complaints(manifest, &status));
                }
            }
        }
    }
}

/// A service that moves from kubectl: a Deployment's selector never changes.
#[rstest]
#[case::own_labels(json!({"matchLabels": {"app": "web"}}), Some(json!({"app": "web"})))]
#[case::a_label_of_the_service_with_another_value(
    json!({"matchLabels": {"app.kubernetes.io/name": "cart"}}),
    Some(json!({"app.kubernetes.io/name": "cart"}))
)]
#[case::expressions(json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]}), None)]
fn what_is_rendered_can_keep_the_selector_that_is_there(#[case] selector: Value, #[case] expected: Option<Value>) {
    let deployment = |managed_by: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, labels: {{app.kubernetes.io/managed-by: {managed_by}}}}}\n\
             spec: {{template: {{metadata: {{labels: {{app.kubernetes.io/name: web}}}}}}}}\n"
        );
        objects(&text).manifests.remove(0)
    };
    let live = json!({"spec": {"selector": selector}});
    let hint = kept_selector(&deployment("plat"), &live);
    let kept = hint.as_deref().and_then(|hint| hint.split("`selector: ").nth(1)?.strip_suffix('`'));
    assert_eq!(kept.map(|kept| serde_yaml::from_str::<Value>(kept).expect("YAML")), expected);
    assert_eq!(kept_selector(&deployment("Helm"), &live), None);
}
