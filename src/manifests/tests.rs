//! plat.yaml in, manifests out. `INSTA_UPDATE=always cargo test manifests` rewrites the golden files.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::spec::GatewayName;

const MINIMAL: &str = include_str!("testdata/minimal.plat.yaml");
const FULL: &str = include_str!("testdata/full.plat.yaml");
const SCALED: &str = include_str!("testdata/scaled.plat.yaml");
const WORKER: &str = include_str!("testdata/worker.plat.yaml");
const WEB: &str = include_str!("testdata/web.plat.yaml");
const ROUTED: &str = include_str!("testdata/routed.plat.yaml");
const CRON: &str = include_str!("testdata/cron.plat.yaml");
const JOB: &str = include_str!("testdata/job.plat.yaml");

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
        gateway: Some(GatewayName { namespace: Some("infra".to_owned()), name: "public".to_owned(), listener: None }),
        secret: Some("5ec2e7".to_owned()),
        before_image: None,
        user: None,
        before_user: None,
        extra: Vec::new(),
    }
}

fn rendered(plat_yaml: &str, inputs: &Inputs) -> Vec<Manifest> {
    render(&crate::spec::parse(plat_yaml, "plat.yaml").unwrap(), inputs)
}

fn everything(plat_yaml: &str, inputs: &Inputs) -> Vec<Manifest> {
    let mut inputs = inputs.clone();
    let spec = crate::spec::parse(plat_yaml, "plat.yaml").unwrap();
    // As plat asks for it only with `restartOn`.
    inputs.secret = inputs.secret.filter(|_| spec.restart_on.is_some());
    render_all(&spec, &inputs)
}

fn find<'a>(manifests: &'a [Manifest], kind: &str) -> &'a Manifest {
    manifests.iter().find(|manifest| manifest.kind == kind).unwrap()
}

#[rstest]
#[case("minimal", MINIMAL)]
#[case("full", FULL)]
#[case("scaled", SCALED)]
#[case("worker", WORKER)]
#[case("web", WEB)]
#[case("routed", ROUTED)]
#[case("cron", CRON)]
#[case("job", JOB)]
fn a_spec_gives_these_manifests(#[case] name: &str, #[case] plat_yaml: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("testdata");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, to_yaml(&everything(plat_yaml, &inputs()))));
}

#[test]
fn without_defaults_there_is_what_plat_yaml_says_and_nothing_else() {
    let said = "name: shop\nport: 8080\ndefaults: none\nselector: {app: shop}\nreplicas: 3\nnames: {container: web}\n";
    let inputs = || Inputs { secret: None, ..inputs() };
    let manifests = rendered(said, &inputs());
    let kinds: Vec<&str> = manifests.iter().map(|manifest| manifest.kind.as_str()).collect();
    assert_eq!(kinds, ["Service", "Deployment"]);
    let ports = json!([{"port": 80, "protocol": "TCP", "targetPort": 8080}]);
    assert_eq!(find(&manifests, "Service").body["spec"], json!({"ports": ports, "selector": {"app": "shop"}}));
    let container =
        json!({"name": "web", "image": inputs().image, "ports": [{"containerPort": 8080, "protocol": "TCP"}]});
    let template = json!({"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [container]}});
    let spec = json!({"replicas": 3, "selector": {"matchLabels": {"app": "shop"}}, "template": template});
    assert_eq!(find(&manifests, "Deployment").body["spec"], spec);
    // What is said is there.
    let more = format!("{said}user: 1000\nhealth: /up\nresources: {{memory: 64Mi}}\ndeadline: {{rollout: 1m}}\n");
    let deployment = find(&rendered(&more, &inputs()), "Deployment").body["spec"].clone();
    let pod = &deployment["template"]["spec"];
    assert_eq!(pod["securityContext"], json!({"runAsUser": 1000}));
    assert_eq!(
        pod["containers"][0]["resources"],
        json!({"requests": {"memory": "64Mi"}, "limits": {"memory": "64Mi"}})
    );
    assert_eq!(pod["containers"][0]["readinessProbe"]["httpGet"], json!({"path": "/up", "port": 8080}));
    assert_eq!(deployment["progressDeadlineSeconds"], 60);
}

#[test]
fn names_that_were_there_before_are_used_wherever_they_are_meant() {
    let said = "name: shop\nport: 8080\nhost: shop.example.com\nroute: ingress\n\
                names: {container: web, port: main, service: shop-svc, account: runner}\n";
    let manifests = rendered(said, &inputs());
    let pod = &find(&manifests, "Deployment").body["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], "runner");
    assert_eq!(
        (&pod["containers"][0]["name"], &pod["containers"][0]["ports"][0]["name"]),
        (&json!("web"), &json!("main"))
    );
    assert_eq!(pod["containers"][0]["readinessProbe"]["tcpSocket"]["port"], "main");
    assert_eq!(find(&manifests, "ServiceAccount").name, "runner");
    let service = find(&manifests, "Service");
    assert_eq!((service.name.as_str(), &service.body["spec"]["ports"][0]["targetPort"]), ("shop-svc", &json!("main")));
    let backend = &find(&manifests, "Ingress").body["spec"]["rules"][0]["http"]["paths"][0]["backend"];
    assert_eq!(backend["service"], json!({"name": "shop-svc", "port": {"name": "main"}}));
}

#[test]
fn an_object_that_is_not_wanted_is_left_out_but_never_what_runs() {
    let said = "name: shop\nport: 8080\npatch: {NetworkPolicy: {$patch: delete}}\n";
    assert!(rendered(said, &inputs()).iter().all(|manifest| manifest.kind != "NetworkPolicy"));
    assert_eq!(check(&crate::spec::parse(said, "plat.yaml").unwrap()), []);
    let said = "name: shop\nport: 8080\npatch: {Deployment: {$patch: delete}}\n";
    assert_eq!(find(&rendered(said, &inputs()), "Deployment").name, "shop");
    assert_eq!(check(&crate::spec::parse(said, "plat.yaml").unwrap())[0].what, "cannot leave this object out");
}

#[rstest]
fn nothing_is_written_that_says_nothing(
    #[values(MINIMAL, FULL, SCALED, WORKER, WEB, ROUTED, CRON, JOB)] plat_yaml: &str,
) {
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
    for manifest in everything(plat_yaml, &inputs()) {
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

/// The migration: which Job there is, and what the workload says of it.
fn migration(plat_yaml: &str, inputs: &Inputs) -> (String, String) {
    let spec = crate::spec::parse(plat_yaml, "plat.yaml").unwrap();
    let noted = find(&render(&spec, inputs), "Deployment").body["metadata"]["annotations"][BEFORE].clone();
    (before(&spec, inputs).unwrap().job.name, noted.as_str().unwrap().to_owned())
}

#[test]
fn a_migration_belongs_to_one_revision() {
    let (job, noted) = migration(WEB, &inputs());
    assert_eq!(job, noted);
    let mut commit = inputs();
    commit.provenance.commit = None;
    assert_eq!(migration(WEB, &commit).0, job, "another commit of the same image is the same revision");
    let mut image = inputs();
    image.image = "registry.example.com/other".to_owned();
    let scaled = format!("{WEB}resources: {{cpu: 1}}\n");
    for (other, noted) in [migration(WEB, &image), migration(&scaled, &inputs())] {
        assert_ne!(other, job);
        assert_eq!(other, noted);
    }
}

#[test]
fn a_migration_cannot_be_reached_by_the_service() {
    let manifests = everything(WEB, &inputs());
    let selector = &find(&manifests, "Service").body["spec"]["selector"];
    let labels = &find(&manifests, "Job").body["spec"]["template"]["metadata"]["labels"];
    assert_ne!(labels[NAME_LABEL], selector[NAME_LABEL]);
}

#[test]
fn a_long_name_leaves_room_for_the_hash() {
    let name = "a".repeat(50);
    let text = format!("name: {name}\nport: 1\nbefore: {{args: [m]}}\n");
    let job = before(&crate::spec::parse(&text, "plat.yaml").unwrap(), &inputs()).unwrap().job.name;
    assert_eq!(job.len(), 63);
    assert!(job.contains("a-before-"), "{job}");
}

#[test]
fn a_job_is_another_object_when_it_runs_something_else() {
    let name = |text: &str| find(&rendered(text, &inputs()), "Job").name.clone();
    assert_eq!(name(JOB), name(&format!("{JOB}owner: ada\n")));
    assert_ne!(name(JOB), name(&format!("{JOB}args: [x]\n")));
    assert_ne!(name(JOB), name(&format!("{JOB}patch: {{Job: {{spec: {{suspend: true}}}}}}\n")));
}

#[rstest]
#[case::cluster_decides("", true, "HTTPRoute")]
#[case::no_gateway("", false, "Ingress")]
#[case::said("route: ingress", true, "Ingress")]
#[case::certificate("route: {tls: x}", true, "Ingress")]
#[case::named("route: {gateway: a/b}", false, "HTTPRoute")]
fn one_way_leads_in(#[case] line: &str, #[case] has_gateway: bool, #[case] expected: &str) {
    let mut inputs = inputs();
    inputs.gateway = inputs.gateway.filter(|_| has_gateway);
    let manifests = rendered(&format!("{MINIMAL}host: a.example.com\n{line}\n"), &inputs);
    let ways: Vec<&str> =
        manifests.iter().map(|m| m.kind.as_str()).filter(|kind| matches!(*kind, "Ingress" | "HTTPRoute")).collect();
    assert_eq!(ways, [expected]);
}

#[rstest]
#[case::held_by_one_node("ReadWriteOnce", "Recreate")]
#[case::held_by_one_pod("ReadWriteOncePod", "Recreate")]
#[case::shared("ReadWriteMany", "RollingUpdate")]
fn a_volume_of_one_node_is_handed_over(#[case] access: &str, #[case] expected: &str) {
    let text = format!("{MINIMAL}volumes: {{data: {{path: /data, size: 1Gi, access: {access}}}}}\n");
    assert_eq!(find(&rendered(&text, &inputs()), "Deployment").body["spec"]["strategy"]["type"], expected);
}

#[rstest]
#[case::absent(
    "patch: {Ingress: {spec: {}}}",
    "patch.Ingress is not among the rendered objects (they are: ServiceAccount, NetworkPolicy, Service, PodDisruptionBudget, Deployment)"
)]
#[case::either_way("host: a.b\npatch: {Ingress: {spec: {}}, HTTPRoute: {spec: {}}}", "")]
#[case::never_the_other(
    "host: a.b\nroute: ingress\npatch: {HTTPRoute: {spec: {}}}",
    "patch.HTTPRoute is not among the rendered objects (they are: ServiceAccount, NetworkPolicy, Service, Ingress, PodDisruptionBudget, Deployment)"
)]
#[case::other_name(
    "patch: {Service/x: {spec: {}}}",
    "patch.Service/x is not among the rendered objects (they are: ServiceAccount, NetworkPolicy, Service, PodDisruptionBudget, Deployment)"
)]
#[case::renamed(
    "patch: {Service: {metadata: {name: x}}}",
    "patch.Service.metadata.name would make another object of it (remove the line; an object of your own belongs under `extra`)"
)]
#[case::shape("patch: {Deployment: {spec: {replicas: [1]}}}", "")]
#[case::nameless(
    "patch: {Deployment: {spec: {template: {spec: {containers: [{image: x}]}}}}}",
    "patch.Deployment.spec.template.spec.containers.0 has no `name`, by which the items of this list are told apart"
)]
#[case::migration(
    "before: {args: [m], patch: {Deployment: {spec: {}}}}",
    "before.patch.Deployment is not among the rendered objects (they are: ServiceAccount, NetworkPolicy, Job)"
)]
fn what_does_not_fit_is_named(#[case] lines: &str, #[case] expected: &str) {
    let spec = crate::spec::parse(&format!("{MINIMAL}{lines}\n"), "plat.yaml").unwrap();
    let shown: Vec<String> = check(&spec)
        .into_iter()
        .map(|misfit| {
            let hint = misfit.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{} {}{hint}", misfit.path.join("."), misfit.what)
        })
        .collect();
    assert_eq!(shown, if expected.is_empty() { vec![] } else { vec![expected] });
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

/// The user of the pod, as uid, gid and group of its volumes.
fn user(plat_yaml: &str, image: Option<&str>) -> [Value; 3] {
    let inputs = Inputs { user: image.map(|user| user.parse().unwrap()), ..inputs() };
    let deployment = find(&rendered(plat_yaml, &inputs), "Deployment").clone();
    let context = &deployment.body["spec"]["template"]["spec"]["securityContext"];
    ["runAsUser", "runAsGroup", "fsGroup"].map(|field| context[field].clone())
}

#[rstest]
#[case::nobody_says_it("", None, json!([10001, 10001, 10001]))]
#[case::the_image_says_it("", Some("1000"), json!([1000, null, 1000]))]
#[case::with_its_group("", Some("1000:0"), json!([1000, 0, 0]))]
#[case::plat_yaml_says_it("user: 2000:3000", Some("1000"), json!([2000, 3000, 3000]))]
fn a_pod_runs_as_whom_plat_yaml_or_its_image_says(
    #[case] line: &str,
    #[case] image: Option<&str>,
    #[case] expected: Value,
) {
    assert_eq!(json!(user(&format!("name: shop\nport: 8080\n{line}\n"), image)), expected);
}

#[test]
fn a_writable_folder_is_an_empty_volume_of_its_own() {
    let plat_yaml = "name: shop\nport: 8080\nwritable: [/var/cache, /var-cache, /App/Data]\n";
    let deployment = find(&rendered(plat_yaml, &inputs()), "Deployment").clone();
    let pod = &deployment.body["spec"]["template"]["spec"];
    let mounts: Vec<(&str, &str)> = pod["containers"][0]["volumeMounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| (mount["name"].as_str().unwrap(), mount["mountPath"].as_str().unwrap()))
        .collect();
    assert_eq!(
        mounts,
        [
            ("tmp", "/tmp"),
            ("writable-var-cache", "/var/cache"),
            ("writable-var-cache-7ec7cbb8", "/var-cache"),
            ("writable-app-data-a0b131e4", "/App/Data"),
        ]
    );
    assert_eq!(pod["volumes"].as_array().unwrap().len(), mounts.len());
}

#[test]
fn another_selector_is_the_whole_of_the_pods_labels() {
    let plat_yaml = "name: shop\nport: 8080\nselector: {app: web, tier: 1}\n";
    let manifests = rendered(plat_yaml, &inputs());
    let labels = json!({"app": "web", "tier": "1"});
    let deployment = &find(&manifests, "Deployment").body["spec"];
    assert_eq!(deployment["selector"]["matchLabels"], labels);
    assert_eq!(deployment["template"]["metadata"]["labels"], labels);
    assert_eq!(find(&manifests, "Service").body["spec"]["selector"], labels);
    assert_eq!(find(&manifests, "NetworkPolicy").body["spec"]["podSelector"]["matchLabels"], labels);
}
