//! Objects in, plat.yaml and report out. `INSTA_UPDATE=always cargo test --lib import` rewrites the golden files.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::normal::normal;
use super::*;
use crate::files::{self, Kinds, Namespaces};
use crate::manifests::{self, Inputs};
use crate::spec;

fn objects(text: &str) -> Vec<Manifest> {
    let documents = files::read("app.yaml", text).expect("manifests");
    let kinds = Kinds::defined(&documents);
    files::manifests(documents, &kinds, Namespaces { default: "shop", asked: false }).expect("objects").manifests
}

fn shown(imported: &Imported) -> String {
    let mut lines = Vec::new();
    for service in &imported.services {
        lines.push(format!("=== {}: plat.yaml\n{}", service.source, service.plat_yaml.trim_end()));
        lines.extend(service.files.iter().map(|(path, text)| format!("=== {path}\n{}", text.trim_end())));
        lines.push(format!("=== report\nkept: {}\npatched: {}", service.kept, service.patched.len()));
        lines.push(format!("extra: {}", service.extra.join(", ")));
        for instead in &service.defaults {
            lines.push(format!("instead: {}: {}", instead.what, instead.why));
            lines.extend(instead.fields.iter().map(|field| format!("    {field}")));
        }
        lines.extend(service.lost.iter().map(|lost| format!("lost: {}: {}", lost.what, lost.why)));
        lines.extend(service.notes.iter().map(|note| format!("note: {note}")));
    }
    for left in &imported.left {
        lines.push(format!("left: {}: {}", left.object, left.why));
        lines.extend(left.hint.iter().map(|hint| format!("    {hint}")));
    }
    lines.join("\n")
}

/// The cases: a file of manifests each.
fn cases() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/import/testdata");
    let files = std::fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("a file").path());
    let manifests = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut cases: Vec<(String, String)> = manifests
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a case"))
        })
        .collect();
    cases.sort();
    cases
}

#[test]
fn objects_give_this_plat_yaml() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("testdata"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, text) in cases() {
        let objects = objects(&text);
        for (suffix, behaviour) in [("", Behaviour::Defaults), (".kept", Behaviour::Kept)] {
            let imported = import(&objects, behaviour);
            settings.bind(|| insta::assert_snapshot!(format!("{name}{suffix}"), shown(&imported)));
            for service in &imported.services {
                assert_eq!(service.lost, [], "{name}{suffix}");
            }
        }
    }
}

/// What a plat.yaml renders, each object without what says nothing, by kind and name.
fn rendered(service: &Service) -> BTreeMap<String, Value> {
    let spec = spec::parse(&service.plat_yaml, "plat.yaml").expect("a plat.yaml");
    let image = spec.image.clone().unwrap_or_default();
    let inputs = Inputs { image, files: service.files.clone(), namespace: "shop".to_owned(), ..Inputs::default() };
    let mut objects = manifests::render(&spec, &inputs);
    let files = service.files.iter().filter(|(path, _)| path.starts_with("plat/")).map(|(_, text)| text.clone());
    let here = spec.extra.iter().filter_map(|extra| match extra {
        spec::Extra::Object(body) => Some(Value::Object(body.clone()).to_string()),
        spec::Extra::File(_) => None,
    });
    objects.extend(self::objects(&files.chain(here).collect::<Vec<_>>().join("\n---\n")));
    by_name(&objects)
}

/// Without the one label by which plat finds its objects.
fn by_name(objects: &[Manifest]) -> BTreeMap<String, Value> {
    let plain = |manifest: &Manifest| {
        let mut body = normal(manifest);
        if let Some(labels) = body["metadata"]["labels"].as_object_mut() {
            labels.remove(manifests::NAME_LABEL);
        }
        if body["metadata"]["labels"] == json!({}) || body["metadata"]["labels"].is_null() {
            body["metadata"].as_object_mut().map(|metadata| metadata.remove("labels"));
        }
        if body["metadata"] == json!({}) || body["metadata"].is_null() {
            body.as_object_mut().map(|body| body.remove("metadata"));
        }
        (format!("{}/{}", manifest.kind, manifest.name), body)
    };
    objects.iter().map(plain).collect()
}

#[test]
fn what_is_kept_renders_to_the_same_objects() {
    for (name, text) in cases() {
        // Jobs get another name each time, and what others carry is in one of the files alone.
        if ["cron", "shared", "worker"].contains(&name.as_str()) {
            continue;
        }
        let mut objects = objects(&text);
        let imported = import(&objects, Behaviour::Kept);
        for service in &imported.services {
            let left = |manifest: &Manifest| imported.left.iter().any(|left| left.object == model::shown(manifest));
            objects.retain(|manifest| !left(manifest) && manifest.body["metadata"]["ownerReferences"].is_null());
            for deployment in objects.iter_mut().filter(|manifest| manifest.kind == "Deployment") {
                let is_scaled = text.contains("HorizontalPodAutoscaler");
                let spec = deployment.body["spec"].as_object_mut().expect("a spec");
                if is_scaled {
                    spec.shift_remove("replicas");
                } else {
                    spec.entry("replicas").or_insert(json!(1));
                }
            }
            assert_eq!(rendered(service), by_name(&objects), "{name}");
        }
    }
}

#[test]
fn what_plat_rendered_is_imported_as_what_it_was_rendered_from() {
    let said = [
        "name: shop\nport: 8080\nimage: shop:1\n",
        "name: shop\nport: 8080\nimage: shop:1\nhealth: /up\nreplicas: {min: 2, max: 5}\nenv: {A: b}\nsecrets: [KEY]\n",
        "name: shop\nport: 8080\nhost: shop.example.com\npaths: [/a]\nroute: {class: nginx, tls: cert}\nimage: shop:1\nuser: \"1000\"\n",
        "name: shop\nkind: worker\nimage: shop:1\nargs: [run]\nvolumes: {data: {path: /data, size: 1Gi}}\n",
        "name: shop\nkind: cron\nschedule: {cron: 0 3 * * *, timezone: Europe/Berlin}\nimage: shop:1\nretries: 1\n",
    ];
    for said in said {
        let spec = spec::parse(said, "plat.yaml").expect("a plat.yaml");
        let inputs = Inputs { image: "shop:1".to_owned(), namespace: "shop".to_owned(), ..Inputs::default() };
        let objects = manifests::render(&spec, &inputs);
        let imported = import(&objects, Behaviour::Defaults);
        let service = &imported.services[0];
        assert_eq!(service.patched, Vec::<String>::new(), "{}", service.plat_yaml);
        assert_eq!(by_name(&objects), rendered(service), "{}", service.plat_yaml);
        assert!(service.plat_yaml.lines().count() <= said.lines().count() + 2, "{}", service.plat_yaml);
    }
}

/// Parts of a pod's program, right and odd, as people put them together.
const CONTAINER: &[&str] = &[
    r#"{"command": ["/app"], "args": ["-a", "1"]}"#,
    r#"{"env": [{"name": "B", "value": "1"}, {"name": "A", "value": "$(B)"}]}"#,
    r#"{"env": [{"name": "PORT", "value": "9"}, {"name": "X", "valueFrom": {"secretKeyRef": {"name": "web", "key": "X"}}}]}"#,
    r#"{"env": [{"name": "Y", "valueFrom": {"configMapKeyRef": {"name": "map", "key": "y"}}}, {"name": "Z"}]}"#,
    r#"{"envFrom": [{"configMapRef": {"name": "map"}}]}"#,
    r#"{"ports": [{"containerPort": 8080}]}"#,
    r#"{"ports": [{"containerPort": 8080, "name": "http"}, {"containerPort": 9090, "name": "metrics"}]}"#,
    r#"{"ports": [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]}"#,
    r#"{"readinessProbe": {"httpGet": {"path": "/up", "port": 8080}}}"#,
    r#"{"readinessProbe": {"exec": {"command": ["x"]}}, "livenessProbe": {"tcpSocket": {"port": 8080}, "timeoutSeconds": 9}}"#,
    r#"{"startupProbe": {"grpc": {"port": 8080}}}"#,
    r#"{"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}"#,
    r#"{"resources": {"requests": {"cpu": "0.5", "memory": "1G"}, "limits": {"memory": "1Gi", "x.y/z": "1"}}}"#,
    r#"{"securityContext": {"runAsUser": 0, "capabilities": {"add": ["A"], "drop": ["B"]}}}"#,
    r#"{"securityContext": {"privileged": true}}"#,
    r#"{"lifecycle": {"preStop": {"exec": {"command": ["x"]}}}, "imagePullPolicy": "Always"}"#,
    r#"{"volumeMounts": [{"name": "v", "mountPath": "/v"}, {"name": "c", "mountPath": "/c", "readOnly": true}]}"#,
];
/// Parts of a pod.
const POD: &[&str] = &[
    r#"{"volumes": [{"name": "v", "emptyDir": {}}, {"name": "c", "configMap": {"name": "map"}}]}"#,
    r#"{"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "c", "secret": {"secretName": "s"}}]}"#,
    r#"{"serviceAccountName": "web", "automountServiceAccountToken": true}"#,
    r#"{"serviceAccountName": "other", "securityContext": {"runAsUser": 1000, "fsGroup": 3}}"#,
    r#"{"tolerations": [{"operator": "Exists"}], "nodeSelector": {"a": "b"}, "dnsPolicy": "Default"}"#,
    r#"{"terminationGracePeriodSeconds": 0, "enableServiceLinks": false, "hostNetwork": true}"#,
    r#"{"initContainers": [{"name": "i", "image": "i:1", "restartPolicy": "Always"}]}"#,
    r#"{"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}]}"#,
    r#"{"hostAliases": [{"ip": "1.1.1.1", "hostnames": ["a"]}], "imagePullSecrets": [{"name": "r"}]}"#,
];
/// Parts of a Deployment's specification.
const SPEC: &[&str] = &[
    r#"{"replicas": 0}"#,
    r#"{"replicas": 5, "minReadySeconds": 3}"#,
    r#"{"strategy": {"type": "Recreate"}}"#,
    r#"{"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": "50%"}}}"#,
    r#"{"progressDeadlineSeconds": 90, "revisionHistoryLimit": 0}"#,
];
/// Specifications of a Service.
const SERVICE: &[&str] = &[
    r#"{"ports": [{"port": 80, "targetPort": 8080}]}"#,
    r#"{"ports": [{"port": 8080, "name": "web", "targetPort": "http"}]}"#,
    r#"{"type": "NodePort", "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30000, "name": "a"}, {"port": 9090, "name": "b"}]}"#,
    r#"{"clusterIP": "None", "ports": [{"port": 53, "name": "u", "protocol": "UDP"}, {"port": 53, "name": "t"}]}"#,
];

fn parts(of: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(of, 0..=most)
}

/// The later part wins where two say the same.
fn joined(start: Value, parts: &[&str]) -> Value {
    let mut all = start;
    for part in parts {
        let part: Value = serde_json::from_str(part).expect("JSON");
        all.as_object_mut().expect("a map").extend(part.as_object().expect("a map").clone());
    }
    all
}

proptest! {
    #[test]
    fn whatever_there_is_comes_back(
        container in parts(CONTAINER, 8), pod in parts(POD, 6), spec in parts(SPEC, 3), service in proptest::option::of(0..SERVICE.len()),
        sidecar in any::<bool>(), first in any::<bool>(), name in proptest::sample::select(vec!["web", "app"]),
        image in proptest::sample::select(vec!["web", "web:latest", "r.io/web:1"]),
    ) {
        let program = joined(json!({"name": name, "image": image}), &container);
        let other = json!({"name": "sidecar", "image": "s:1", "ports": [{"containerPort": 15000}]});
        let containers = match (sidecar, first) {
            (false, _) => vec![program],
            (true, false) => vec![program, other],
            (true, true) => vec![other, program],
        };
        let pod = joined(json!({ "containers": containers }), &pod);
        let labels = json!({"app": "web", "x": "y"});
        let template = json!({"metadata": {"labels": labels}, "spec": pod});
        let body = joined(json!({"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}), &spec);
        let mut items = vec![json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "annotations": {"a": "b: c"}}, "spec": body})];
        if let Some(index) = service {
            let spec = joined(json!({"selector": {"app": "web"}}), &[SERVICE[index]]);
            items.push(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}));
        }
        items.push(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "map"}, "data": {"y": "a\nb: 'c'\n", "W": "0"}}));
        let objects = objects(&json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string());

        let kept = import(&objects, Behaviour::Kept);
        prop_assert_eq!(kept.services.len(), 1, "{:?}", kept.left);
        prop_assert_eq!(&kept.services[0].lost, &vec![], "{}", kept.services[0].plat_yaml);
        prop_assert_eq!(rendered(&kept.services[0]), by_name(&objects), "{}", kept.services[0].plat_yaml);

        let with_defaults = import(&objects, Behaviour::Defaults);
        prop_assert_eq!(&with_defaults.services[0].lost, &vec![], "{}", with_defaults.services[0].plat_yaml);
        // What is there then is there once more.
        let again: Vec<Manifest> = {
            let service = &with_defaults.services[0];
            let spec = spec::parse(&service.plat_yaml, "plat.yaml").expect("a plat.yaml");
            prop_assert_eq!(manifests::check(&spec), vec![]);
            let inputs = Inputs { image: image.to_owned(), files: service.files.clone(), namespace: "shop".to_owned(), ..Inputs::default() };
            manifests::render(&spec, &inputs)
        };
        let twice = import(&again, Behaviour::Kept);
        prop_assert_eq!(&twice.services[0].lost, &vec![]);
    }
}

#[test]
fn of_a_live_release_the_hooks_are_told_and_none_is_a_service() {
    let text = include_str!("testdata/helm-hooks.yaml");
    let objects = objects(text);
    let service = import_one(&objects, "Deployment", "shop-web", Behaviour::Kept).expect("a service");
    assert_eq!(service.notes.len(), 2, "those of its release: {:?}", service.notes);
    assert!(service.notes[0].contains("before: {args: [migrate, \"--all\"]}"), "{:?}", service.notes);
    let refused = import_one(&objects, "Job", "shop-migrate", Behaviour::Kept).expect_err("a hook is no service");
    assert!(refused.why.contains("(pre-install,pre-upgrade)"), "{refused:?}");
}
