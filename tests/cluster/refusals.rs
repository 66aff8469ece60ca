//! What the API server refuses, named where somebody wrote it: the mistakes that people make, one file each.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::harness::tests;
use crate::support::manifests::gadget_definition;
use crate::support::{Ended, Namespace, Shop, busybox, eventually};

tests![SHARED:
    each_mistake_is_named_where_it_was_made,
    all_mistakes_of_a_folder_are_named_at_once,
    what_a_field_was_before_is_not_forgotten,
    a_definition_s_own_rules_are_told_too,
    a_program_has_no_lines_and_stdin_has,
    nothing_of_a_secret_is_shown,
    plat_yaml_is_named_for_what_it_holds;
];

/// A Deployment that is right, for a mistake to be made in.
const RIGHT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 0
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: IMAGE
        imagePullPolicy: Always
        env:
        - name: A
          value: \"1\"
        ports:
        - containerPort: 8080
        resources:
          limits: {memory: 64Mi}
";

/// What is changed, into what, and what a reader is told: its line and column, the sentence, the hint.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("replicas: 0", "replcas: 0", "6:3: unknown field `replcas` in `spec`", "did you mean `replicas`?"),
    (
        "memory: 64Mi}\n",
        "memory: 64Mi}\n      args: [x]\n",
        "24:7: unknown field `args` in `spec.template.spec`",
        "it belongs under `spec.template.spec.containers[]`: check the indentation",
    ),
    (
        "value: \"1\"",
        "value: 1",
        "19:18: env A of container web is the number 1, and must be a text",
        "quote it: \"1\"",
    ),
    (
        "value: \"1\"",
        "value: yes",
        "19:18: env A of container web is the boolean yes, and must be a text",
        "quote it: \"yes\"",
    ),
    (
        "containerPort: 8080",
        "containerPort: \"8080\"",
        "21:26: `ports[0].containerPort` of container web is the text \"8080\", and must be a number",
        "write it without quotes: 8080",
    ),
    (
        "labels: {app: web}\n    spec",
        "labels: {app: wbe}\n    spec",
        "11:7: `spec.template.metadata.labels`: `selector` does not match template `labels`",
        "the labels of the template are {\"app\":\"wbe\"}",
    ),
    ("  name: web\nspec", "  namespace: NAMESPACE\nspec", "1: the Deployment has no `metadata.name`", ""),
    (
        "apiVersion: apps/v1",
        "apiVersion: extensions/v1beta1",
        "1: the cluster knows no kind Deployment in extensions/v1beta1",
        "the nearest that it knows is apps/v1 Deployment",
    ),
    (
        "kind: Deployment",
        "kind: Deploymnet",
        "1: the cluster knows no kind Deploymnet in apps/v1",
        "the nearest that it knows is apps/v1 Deployment",
    ),
    (
        "labels: {app: web}\n    spec",
        "labels: {app: web, team: the a team}\n    spec",
        "11:32: `spec.template.metadata.labels.team` is \"the a team\": a valid label must be",
        "",
    ),
    (
        "memory: 64Mi",
        "memory: 1GB",
        "23:28: `resources.limits.memory` of container web is \"1GB\", not a quantity",
        "did you mean `1Gi`?",
    ),
    (
        "          value: \"1\"\n",
        "          value: \"1\"\n        - {name: A, value: \"2\"}\n",
        "20:11: env A of container web is there twice",
        "keep one of them",
    ),
    (
        "        ports:",
        "        volumeMounts: [{name: data, mountPath: /data}]\n        ports:",
        "20:31: container web mounts the volume \"data\", which the pod does not have",
        "add it under `volumes` of the pod: it has none",
    ),
    (
        "imagePullPolicy: Always",
        "imagePullPolicy: always",
        "16:26: `imagePullPolicy` of container web must be Always, IfNotPresent or Never, not \"always\"",
        "did you mean `Always`?",
    ),
    ("replicas: 0", "replicas: -1", "6:13: `spec.replicas` is -1: must be greater than or equal to 0", ""),
    (
        "  name: web\nspec",
        "  name: my_web\nspec",
        "4:9: `metadata.name` is \"my_web\": a lowercase RFC 1123 subdomain",
        "did you mean `my-web`?",
    ),
    (
        "      - name: web\n        image: IMAGE\n",
        "      - image: IMAGE\n",
        "14:9: `spec.template.spec.containers[0].name` is missing",
        "",
    ),
    (
        "      - name: web\n        image: IMAGE\n",
        "      - name: web\n",
        "14:9: `image` of container web is missing",
        "",
    ),
    (
        "    matchLabels: {app: web}",
        "    - app: web",
        "7:3: `spec.selector` is a list, and must be a map of fields",
        "take the `-` away",
    ),
    ("  selector:\n    matchLabels: {app: web}\n", "", "5:1: `spec.selector` is missing", ""),
    (
        "containerPort: 8080",
        "containerPort: 80800",
        "21:26: `ports[0].containerPort` of container web is 80800: must be between 1 and 65535",
        "",
    ),
    (
        "memory: 64Mi}",
        "memory: 64Mi}\n          requests: {memory: 1Gi}",
        "24:30: `resources.requests.memory` of container web is \"1Gi\": must be less than or equal to memory limit",
        "",
    ),
];

fn mistaken(namespace: &Namespace, right: &str, wrong: &str) -> String {
    assert!(RIGHT.contains(right), "{right}");
    let text = RIGHT.replacen(right, wrong, 1);
    text.replace("IMAGE", &busybox(namespace)).replace("NAMESPACE", &namespace.name)
}

/// Each problem of the error, as `FILE:LINE:COLUMN: sentence`, and its hints.
fn problems(ended: &Ended) -> Vec<(String, Vec<String>)> {
    let problems = ended.error()["problems"].as_array().unwrap_or_else(|| panic!("{:#?}", ended.error()));
    let problem = |problem: &Value| {
        let place = ["file", "line", "column"].map(|key| match &problem[key] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            number => format!(":{number}"),
        });
        let hints = problem["hints"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        (format!("{}: {}", place.concat(), problem["error"].as_str().expect("a sentence")), hints.collect())
    };
    problems.iter().map(problem).collect()
}

fn each_mistake_is_named_where_it_was_made() {
    let namespace = Namespace::new("refusals");
    let mut wrong = String::new();
    for (number, (right, mistake, says, hint)) in MISTAKES.iter().enumerate() {
        let file = format!("{number}.yaml");
        namespace.write(&file, mistaken(&namespace, right, mistake));
        let ended = namespace.plat(&["deploy", "-f", &file]).events().fails(1).never_says("plat.yaml");
        let found = problems(&ended);
        let expected = format!("{file}:{says}");
        let is = |(said, hints): &(String, Vec<String>)| {
            said.starts_with(&expected) && (hint.is_empty() || hints.iter().any(|said| said.contains(hint)))
        };
        if found.len() != 1 || !is(&found[0]) {
            let _ = writeln!(wrong, "{mistake:?}\n  expected {expected} ({hint})\n  found {found:#?}");
        }
        let error = ended.error();
        assert_eq!((&error["file"], &error["line"]), (&Value::from(file), &error["problems"][0]["line"]));
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(namespace.names("deployments").is_empty(), "nothing was written");
}

fn all_mistakes_of_a_folder_are_named_at_once() {
    let namespace = Namespace::new("refusals");
    // Those of the server: what cannot be read is told before it is asked.
    let of_server = MISTAKES.iter().filter(|(.., says, _)| says.split(": ").next().is_some_and(|at| at.contains(':')));
    let mut count = 0;
    for (number, (right, mistake, ..)) in of_server.enumerate() {
        let text =
            mistaken(&namespace, right, mistake).replacen("  name: web\n", &format!("  name: web-{number}\n"), 1);
        namespace.write(&format!("k8s/{number:02}.yaml"), text);
        count += 1;
    }
    let args = ["deploy", "-f", "k8s"];
    let ended = namespace.plat(&args).events().fails(1).reason("Invalid").hint("nothing was written");
    let found = problems(&ended);
    let files: BTreeSet<&str> = found.iter().filter_map(|(said, _)| said.split(':').next()).collect();
    assert_eq!((found.len(), files.len()), (count, count), "{found:#?}");
    assert!(found.is_sorted_by_key(|(said, _)| said.split(':').next().map(str::to_owned)), "{found:#?}");
    assert_eq!(ended.error()["error"], format!("there are {count} problems in {count} files"));
    let text = namespace.plat(&args).fails(1);
    text.says("k8s/00.yaml:6:3: unknown field `replcas` in `spec`")
        .says("hint: did you mean `replicas`?")
        .says("6 |   replcas: 0");
    let diff = namespace.plat(&["diff", "-f", "k8s"]).events().fails(1);
    assert_eq!(problems(&diff), found);
}

fn what_a_field_was_before_is_not_forgotten() {
    let namespace = Namespace::new("refusals");
    let first = mistaken(&namespace, "replicas: 0", "replicas: 0");
    namespace.deploy_manifests(first.as_str(), &[]).succeeds();
    namespace
        .deploy_manifests(first.replace("{app: web}", "{app: shop}"), &[])
        .fails(1)
        .reason("Invalid")
        .what("`spec.selector` cannot be changed once the object is made")
        .hint("put back the old value")
        .hint(&format!("kubectl -n {} delete deployment web", namespace.name))
        .says("manifests.yaml:7:3");
}

fn a_definition_s_own_rules_are_told_too() {
    let namespace = Namespace::new("refusals");
    let group = format!("{}.example.com", namespace.name);
    let size =
        "{type: object, properties: {size: {type: integer, minimum: 1}, mode: {type: string, enum: [fast, slow]}}}";
    let open = format!("{{openAPIV3Schema: {{type: object, properties: {{spec: {size}}}}}}}");
    let definition = gadget_definition(&group, &format!("{{name: v1, served: true, storage: true, schema: {open}}}"));
    namespace.apply(definition);
    namespace.established(&format!("crd/gadgets.{group}"));
    // It is published a moment after it is served.
    let fields = format!("/openapi/v3/apis/{group}/v1");
    eventually("its fields are known", || {
        let output = namespace.kubectl_command().args(["get", "--raw", &fields]).output().expect("kubectl runs");
        String::from_utf8_lossy(&output.stdout).contains("mode")
    });
    let gadget = |spec: &str| format!("apiVersion: {group}/v1\nkind: Gadget\nmetadata: {{name: g}}\nspec:\n  {spec}\n");
    let told = [
        ("sizee: 3", "5:3: unknown field `sizee` in `spec`", "did you mean `size`?"),
        ("size: large", "5:9: `spec.size` is the text \"large\", and must be a number", ""),
        ("size: 0", "5:9: `spec.size` is 0: should be greater than or equal to 1", ""),
        ("mode: Fast", "5:9: `spec.mode` must be fast or slow, not \"Fast\"", "did you mean `fast`?"),
    ];
    let mut wrong = String::new();
    for (spec, says, hint) in told {
        let found = problems(&namespace.deploy_manifests(gadget(spec), &[]).fails(1));
        let is_it = found.len() == 1 && found[0].0 == format!("manifests.yaml:{says}");
        if !is_it || !hint.is_empty() && found[0].1 != [hint] {
            let _ = writeln!(wrong, "{spec}: {found:#?}");
        }
    }
    namespace.kubectl(&["delete", "crd", &format!("gadgets.{group}"), "--wait=false"]);
    assert!(wrong.is_empty(), "{wrong}");
}

fn a_program_has_no_lines_and_stdin_has() {
    let namespace = Namespace::new("refusals");
    let text = mistaken(&namespace, "replicas: 0", "replcas: 0");
    let ended = namespace.plat(&["deploy", "-f", "-"]).input(format!("# first\n---\n{text}")).events().fails(1);
    assert_eq!(ended.error()["place"], "stdin:8:3");

    namespace.write("overlay/web.yaml", text);
    namespace.write("overlay/kustomization.yaml", "namePrefix: my-\nresources: [web.yaml]\n");
    let tools = namespace.sandbox.kubectl.parent().expect("a folder of tools");
    let ended = namespace.plat(&["deploy", "-k", "overlay"]).env("PATH", tools).events().fails(1);
    let error = ended.what("unknown field `replcas` in `spec`").error().clone();
    let place = error["place"].as_str().expect("a place");
    assert!(place.starts_with(&format!("Deployment {}/my-web (made by ", namespace.name)), "{place}");
    assert_eq!(error["line"], Value::Null);
}

fn nothing_of_a_secret_is_shown() {
    let namespace = Namespace::new("refusals");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  PIN: 47114711\n";
    let ended = namespace.deploy_manifests(secret, &["-v"]).fails(1).never_says("47114711");
    assert_eq!(problems(&ended)[0].0, "manifests.yaml:5:8: `stringData.PIN` is the number, and must be a text");
    let bad = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {key: 'hunter2!hunter2'}\n";
    let ended = namespace.deploy_manifests(bad, &["-v"]).fails(1).never_says("hunter2");
    assert_eq!(
        problems(&ended)[0].0,
        "manifests.yaml:4:13: `data.key`: this is not base64; a text belongs under `stringData`"
    );
}

fn plat_yaml_is_named_for_what_it_holds() {
    let web = Shop::new("refusals").without("health").with(
        "name: web
patch:
  Deployment: {spec: {template: {spec: {dnsPolcy: Default}}}}
extra:
- more.yaml
- {apiVersion: v1, kind: ConfigMap, metadata: {name: inline}, data: {a: 5}}
",
    );
    web.write("more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndat: {}\n");
    let ended = web.deploy().fails(1).reason("Invalid");
    let found: Vec<String> = problems(&ended).into_iter().map(|(said, _)| said).collect();
    let says = |file: &str, words: &str| found.iter().any(|said| said.contains(file) && said.ends_with(words));
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(says("more.yaml:4:1", ": unknown field `dat`"), "{found:#?}");
    assert!(says("plat.yaml:", ": unknown field `dnsPolcy` in `spec.template.spec`"), "{found:#?}");
    assert!(says("plat.yaml:", ": `data.a` is the number 5, and must be a text"), "{found:#?}");
}
