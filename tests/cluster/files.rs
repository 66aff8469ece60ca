//! `plat deploy -f` on a real Kubernetes, and its reader beside the real kubectl.

use std::collections::HashSet;

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, Plat, busybox};

tests![SHARED:
    yaml_is_read_as_kubectl_reads_it,
    streams_are_cut_as_kubectl_cuts_them,
    the_table_of_kinds_says_what_the_api_server_says,
    plain_manifests_are_applied_followed_and_found_unchanged,
    what_the_server_refuses_keeps_all_others_from_being_written,
    a_definition_its_instances_and_their_namespace_come_in_one_go,
    a_namespace_that_nobody_makes_is_named,
    the_first_line_names_where_the_objects_go,
    hooks_that_would_clean_up_or_test_are_left_out,
    a_kustomization_is_built_by_the_tool_that_is_there,
    texts_that_yaml_cannot_print_arrive_as_they_are,
];

/// `plat deploy ARGS`, with this text as its stdin.
fn deploy(namespace: &Namespace, args: &[&str], stdin: &str) -> Plat {
    namespace.plat(&["deploy"]).args(args).input(stdin).events()
}

/// `metadata` and `data` of documents that readers of YAML quarrel about.
const AWKWARD: &[&str] = &[
    "data: {a: 0644, b: 0o644, c: 0x1F, d: 0b101, e: 1_000, f: 08, g: -0644, h: +5, i: 0_8}",
    "data: {a: yes, b: no, c: on, d: Off, e: y, f: N, g: TRUE, h: oN, i: 'yes', j: \"on\"}",
    "data: {a: ~, b: null, c: NULL, d: , e: '', f: nUll}",
    "data: {a: 1.0, b: 1.5, c: 1e3, d: .5, e: 1e21, f: 1.e2, g: 5., h: 1e-7, i: 1e999, j: 9007199254740993.0}",
    "data: {a: 12345678901234567890, b: 9223372036854775807, c: -9223372036854775808, d: 99999999999999999999}",
    "data: {a: 2026-11-23, b: 2026-11-23T10:00:00Z, c: 12:30:45, d: 190:20:30, e: 1.2.3, f: 100m, g: 1Gi}",
    "data: {a: -x, b: +, c: ., d: .., e: 0x, f: _1, g: 1__2, h: -_5, i: .5_0, m: ._5, n: .5_, j: 0b2, k: 0o9, l: +-5}",
    "data: {on: 1, no: 2, 0644: 3, 1.5: 4, 2026-11-23: 6, 1e6: 7}",
    "data:\n  a: &x {k: v, l: w}\n  b: *x\n  c: {<<: *x, k: own}\n  d: {k: own, <<: *x}\n  e: {<<: [*x, {k: 2, m: 3}]}",
    "data: {a: !!str 5, b: !!int \"7\", c: !!float 1, d: !!binary aGVsbG8=, e: !own x, f: ! 12, g: !!bool \"yes\"}",
    "data:\n  a: |\n    one\n    ---\n    two\n  b: |-\n    x\n\n  c: |+\n    x\n\n  d: >\n    folded\n    text\n\n    more\n",
    "data:\n  a: |2\n      two deep\n  b: \"tab\\there \\u263a \\x41\"\n  c: 'it''s'\n  d: plain # comment\n  e: a#b\n  f: http://x:80/\n",
    "data:\n  \"quoted key\": x\n  ? complex\n  : y\n  '<<': z\n",
    "data:\r\n  a: |\r\n    carriage\r\n    return\r\n  b: x\r\n",
    "data: {a: [1, 0x10, yes, ~], b: [], c: {}, \"d\":1, e: [a, [b]]}",
    "data:\n- not indented\n- b: 1\n  c: 2\n-\n  - nested\n",
    "data:\n  a: 'one\n\n    two'\n  b: \"x \\\n    y\"\n  c: plain\n    goes on\n",
];

/// Go writes a large float without an exponent, and then it looks like an integer that no reader of Kubernetes takes.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Number(number) if !number.is_i64() => Value::from(number.as_f64()),
        Value::Array(items) => items.iter().map(comparable).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), comparable(value))).collect(),
        other => other.clone(),
    }
}

fn yaml_is_read_as_kubectl_reads_it() {
    let namespace = Namespace::new("files");
    let mut different = Vec::new();
    for (number, text) in AWKWARD.iter().enumerate() {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{number}\n{text}\n");
        let create = ["create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-"];
        let kubectl = namespace.kubectl_reads(&create, &text);
        let theirs: Option<Value> = serde_json::from_slice(&kubectl.stdout).ok();
        let theirs = theirs.map(|object| comparable(&object["data"]));
        let ours = plat::files::read("f.yaml", &text).map(|documents| comparable(&documents[0].body["data"]));
        if ours.as_ref().ok() != theirs.as_ref() {
            different.push(format!("{text}\n{ours:?}\n{theirs:?}\n{}", String::from_utf8_lossy(&kubectl.stderr)));
        }
    }
    assert!(different.is_empty(), "plat, then kubectl:\n{}", different.join("\n"));
}

fn streams_are_cut_as_kubectl_cuts_them() {
    let namespace = Namespace::new("files");
    let object = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    let json = |name: &str| format!(r#"{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "{name}"}}}}"#);
    let streams = [
        format!("---\n# nothing\n---\n{}--- # two\n{}---\n", object("a"), object("b")),
        format!("{}\n{}", json("a"), json("b")),
        format!("{}{}", json("a"), json("b")),
        format!("{}\n---\n{}", json("a"), object("b")),
        format!("\u{feff}{}---\n{}", object("a"), json("b")),
        format!("apiVersion: v1\nkind: List\nitems:\n- {}\n- {}\n", json("a"), json("b")),
        format!("apiVersion: v1\nkind: ConfigMapList\nitems:\n- {}\n- {}\n", json("a"), json("b")),
        format!("{}---\nnull\n---\n{}", object("a"), object("b")),
    ];
    for text in &streams {
        let create = ["create", "--dry-run=client", "-o", "name", "-f", "-"];
        let kubectl = namespace.kubectl_reads(&create, text);
        let theirs = String::from_utf8_lossy(&kubectl.stdout).into_owned();
        assert!(kubectl.status.success(), "{text}: {}", String::from_utf8_lossy(&kubectl.stderr));
        let ours = plat::files::read("f.yaml", text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
        let ours: Vec<String> = ours.iter().map(|document| format!("configmap/{}", document.name)).collect();
        assert_eq!(ours, theirs.lines().collect::<Vec<_>>(), "{text}");
    }
}

fn the_table_of_kinds_says_what_the_api_server_says() {
    let namespace = Namespace::new("files");
    let kinds: Vec<plat::files::Kind> = plat::files::built_in().collect();
    let versions: HashSet<&str> = kinds.iter().map(|kind| kind.api_version.as_str()).collect();
    for version in versions {
        let prefix = if version.contains('/') { "/apis" } else { "/api" };
        let list: Value =
            serde_json::from_str(&namespace.kubectl(&["get", "--raw", &format!("{prefix}/{version}")])).expect("JSON");
        let resources = list["resources"].as_array().expect("resources");
        for kind in kinds.iter().filter(|kind| kind.api_version == version) {
            let served = resources.iter().find(|resource| resource["name"] == kind.resource.as_str());
            let served = served.unwrap_or_else(|| panic!("{kind:?} is not served"));
            assert_eq!(served["kind"], kind.kind.as_str());
            assert_eq!(served["namespaced"], kind.scope == plat::files::Scope::Namespaced, "{kind:?}");
            assert!(served["verbs"].as_array().expect("verbs").contains(&"patch".into()), "{kind:?}");
        }
    }
}

/// Configuration, a workload that uses it, and a Service, in the order that suits nobody.
fn shop(namespace: &Namespace, greeting: &str) -> String {
    let image = busybox(namespace);
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: shop}}
spec: {{selector: {{app: shop}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: shop}}}}
  template:
    metadata: {{labels: {{app: shop}}}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
      - name: shop
        image: {image}
        args: [-c, 'echo \"$GREETING\"; sleep 3600']
        envFrom: [{{configMapRef: {{name: shop}}}}]
        readinessProbe: {{exec: {{command: ['true']}}}}
        securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: shop}}
data: {{GREETING: {greeting}}}
"
    )
}

fn plain_manifests_are_applied_followed_and_found_unchanged() {
    let namespace = Namespace::new("files");
    namespace.write("k8s/shop.yaml", shop(&namespace, "hello"));
    namespace.write("k8s/notes.txt", "not a manifest");
    namespace.write("k8s/more/extra.json", r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"extra"}}"#);

    assert_eq!(deploy(&namespace, &["-f", "k8s"], "").succeeds().counts(), (3, 0, 0));
    let ready = || namespace.field("deployment/shop", ".status.availableReplicas");
    assert_eq!(ready(), "1");
    assert_eq!(deploy(&namespace, &["-f", "k8s"], "").succeeds().counts(), (0, 0, 3));
    assert_eq!(deploy(&namespace, &["-R", "-f", "k8s"], "").succeeds().counts(), (1, 0, 3));

    let changed = shop(&namespace, "goodbye").replace("replicas: 1", "replicas: 2");
    let deployed = deploy(&namespace, &["-f", "-"], &changed).succeeds();
    assert_eq!(deployed.counts(), (0, 2, 1));
    let plan = deployed.event("plan").to_string();
    assert!(plan.contains(".spec.replicas: 1 -> 2"), "{plan}");
    assert_eq!(ready(), "2");
}

fn what_the_server_refuses_keeps_all_others_from_being_written() {
    let namespace = Namespace::new("files");
    let text = shop(&namespace, "hello").replace("targetPort: 8080", "targetPort: 8080, protocl: TCP");
    deploy(&namespace, &["-f", "-"], &text).fails(1).says("protocl").says("nothing was written");
    assert!(namespace.names("deployments,services").is_empty());
}

fn a_definition_its_instances_and_their_namespace_come_in_one_go() {
    let namespace = Namespace::new("files");
    let group = format!("{}.example.com", namespace.name);
    let other = format!("{}-other", namespace.name);
    let widget = format!(
        "apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: w, namespace: {other}}}\nspec: {{size: 0644}}\n"
    );
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: widgets.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: Widget, plural: widgets, singular: widget}}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {{size: {{type: integer}}}}}}}}}}}}
"
    );
    let unknown = deploy(&namespace, &["-f", "-"], &widget).fails(1).reason("UnknownKind");
    assert_eq!(unknown.error()["place"], "stdin:1");

    let text = format!("{widget}---\n{definition}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {other}}}\n");
    let first = deploy(&namespace, &["-f", "-"], &text).run();
    let again = deploy(&namespace, &["-f", "-"], &text).run();
    // The kind is built in nowhere: discovery is asked once and remembered.
    let alone = deploy(&namespace, &["-f", "-"], &widget).run();
    let size = namespace
        .kubectl_command()
        .args(["get", &format!("widgets.{group}/w"), "-n", &other, "-o", "jsonpath={.spec.size}"])
        .output();
    namespace.kubectl(&["delete", "crd", &format!("widgets.{group}"), "--wait=false"]);
    namespace.kubectl(&["delete", "namespace", &other, "--wait=false"]);
    assert_eq!(first.succeeds().counts(), (3, 0, 0));
    assert_eq!(again.succeeds().counts(), (0, 0, 3));
    assert_eq!(alone.succeeds().counts(), (0, 0, 1));
    assert_eq!(String::from_utf8_lossy(&size.expect("kubectl runs").stdout), "420");
}

fn a_namespace_that_nobody_makes_is_named() {
    let namespace = Namespace::new("files");
    let other = format!("{}-none", namespace.name);
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: {other}}}\n");
    deploy(&namespace, &["-f", "-"], &text).fails(1).reason("NamespaceMissing");
    deploy(&namespace, &["-f", "-", "-n", &namespace.name], &text).fails(1).reason("NamespaceMismatch");
}

fn the_first_line_names_where_the_objects_go() {
    let namespace = Namespace::new("files");
    let other = format!("{}-other", namespace.name);
    let there = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {other}}}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: {other}}}\n"
    );
    let here = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let one = deploy(&namespace, &["-f", "-"], &there).run();
    let both = namespace.plat(&["deploy", "-f", "-"]).input(format!("{there}{here}")).run();
    namespace.kubectl(&["delete", "namespace", &other, "--wait=false"]);
    assert_eq!(one.succeeds().event("place")["namespace"], other.as_str());
    both.succeeds().says(&format!("3 objects to namespaces {other}, {}, context ", namespace.name));
}

/// As `helm template` prints them.
fn hooks_that_would_clean_up_or_test_are_left_out() {
    let namespace = Namespace::new("files");
    let hook = |name: &str, moment: &str| {
        format!(
            "---\n# Source: shop/templates/{name}.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  annotations:\n    \"helm.sh/hook\": {moment}\n"
        )
    };
    let text =
        [hook("before", "pre-install,pre-upgrade"), hook("after", "post-delete"), hook("check", "test")].concat();
    deploy(&namespace, &["-f", "-"], &text).succeeds();
    let names = namespace.kubectl(&["get", "configmaps", "-o", "name"]);
    assert!(names.contains("before") && !names.contains("after") && !names.contains("check"), "{names}");
}

fn a_kustomization_is_built_by_the_tool_that_is_there() {
    let namespace = Namespace::new("files");
    namespace.write("overlay/c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n");
    namespace.write("overlay/kustomization.yaml", "namePrefix: kustomized-\nresources: [c.yaml]\n");

    let tools = namespace.sandbox.kubectl.parent().expect("a folder of tools");
    let deploy = namespace.plat(&["deploy", "-f", "overlay"]);
    deploy.env("PATH", "/nowhere").fails(1).says("neither kustomize nor kubectl is on PATH");
    namespace.plat(&["deploy", "-f", "overlay"]).env("PATH", tools).succeeds();
    assert!(namespace.is_there("configmap/kustomized-c"));
}

fn texts_that_yaml_cannot_print_arrive_as_they_are() {
    let namespace = Namespace::new("files");
    let text = "a\u{7f}b\u{85}c\u{2028}d\u{2029}e\u{feff}f\u{1f600}g\th";
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}, "data": {"text": text},
    });
    deploy(&namespace, &["-f", "-"], &object.to_string()).succeeds();
    assert_eq!(namespace.get("configmap/odd")["data"]["text"], text);
}
