//! `plat init --from` of what runs, and taking it over: no request is lost and no pod restarts where nothing of it changed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::harness::tests;
use crate::support::manifests::{config_map, container, deployment, pod, with};
use crate::support::requests::Requests;
use crate::support::{Namespace, SERVE, busybox};

tests![SHARED:
    a_service_of_kubectl_is_taken_over_without_a_restart_and_goes_on_with_plat,
    with_plats_defaults_it_moves_without_a_lost_request,
    what_cannot_be_taken_over_is_said_with_what_to_do,
];

/// Two copies with a sidecar before the program, and what people have in manifests: by its tag, not by its digest.
fn deployment_by_hand(image: &str) -> Value {
    let probe = json!({"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1});
    let program = with(
        container("app", image, SERVE),
        json!({
            "readinessProbe": probe, "ports": [{"containerPort": 8080}],
            "env": [{"name": "ZETA", "value": "1"}, {"name": "ALPHA", "value": "$(ZETA)"},
                {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "envFrom": [{"configMapRef": {"name": "web-env"}}],
            "resources": {"limits": {"memory": "64Mi", "cpu": "500m"}, "requests": {"memory": "32Mi", "cpu": "10m"}},
            "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "cache", "mountPath": "/cache"}],
        }),
    );
    let sidecar = container("sidecar", image, "exec sleep 100000");
    let first = with(container("first", image, "true"), json!({"volumeMounts": Value::Null}));
    let template = with(
        pod(&[sidecar, program]),
        json!({
            "metadata": {"labels": {"app": "web", "tier": "front"}, "annotations": {"example.com/note": "x"}},
            "spec": {
                "terminationGracePeriodSeconds": 6, "initContainers": [first],
                "tolerations": [{"key": "dedicated", "operator": "Exists"}],
                "hostAliases": [{"ip": "10.1.1.1", "hostnames": ["legacy"]}],
                "imagePullSecrets": [{"name": "registry"}],
                "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "cache", "emptyDir": {"sizeLimit": "10Mi"}}],
            },
        }),
    );
    let mut template = template;
    template["metadata"]["labels"] = json!({"app": "web", "tier": "front"});
    let mut object = deployment(&template, json!({"metadata": {"name": "web"}, "spec": {"replicas": 2}}));
    object["spec"]["selector"] = json!({"matchLabels": {"app": "web"}});
    object
}

/// With its tag alone, as people write it.
pub fn by_tag(image: &str) -> String {
    image.split('@').next().unwrap_or(image).to_owned()
}

/// Of those whose names begin with that of a workload.
fn uids(namespace: &Namespace, kind: &str, of: &str) -> Vec<String> {
    let prefix = format!("{of}-");
    let list = namespace.get(kind);
    // A pod that an earlier rollout ends may still be there.
    let stays = |item: &&Value| item["metadata"]["deletionTimestamp"].is_null();
    let is_its = |item: &&Value| item["metadata"]["name"].as_str().is_some_and(|name| name.starts_with(&prefix));
    let items = list["items"].as_array().expect("a list").iter().filter(stays).filter(is_its);
    let mut uids: Vec<String> = items.map(|item| item["metadata"]["uid"].to_string()).collect();
    uids.sort();
    uids
}

/// Everything that must be the same after a take-over: its pods, their sets, what the Service is.
pub type Identity = (Vec<String>, Vec<String>, Value);

pub fn identity(namespace: &Namespace, service: &str) -> Identity {
    let spec = namespace.get(service)["spec"].clone();
    let (_, name) = service.split_once('/').expect("a kind and a name");
    (uids(namespace, "pods", name), uids(namespace, "replicasets", name), spec)
}

/// The lines of a diff that say what changes are all about labels and annotations of the objects.
pub fn only_marks_change(diff: &str) {
    let fields: Vec<&str> = diff.lines().filter(|line| line.trim_start().starts_with('.')).collect();
    let other = fields.iter().find(|line| {
        !line.contains("metadata.labels") && !line.contains("metadata.annotations") || line.contains(".spec.")
    });
    assert!(other.is_none(), "{diff}");
}

/// Of the objects of `web`: `Deployment web: KEY`. The Deployment controller's own is left out.
fn annotations(namespace: &Namespace) -> BTreeSet<String> {
    let objects = ["deployment/web", "service/web", "configmap/web-env"].map(|object| namespace.get(object));
    let keys = |object: &Value| -> Vec<String> {
        let keys = object["metadata"]["annotations"].as_object().into_iter().flat_map(Map::keys);
        let (kind, name) = (object["kind"].as_str().expect("a kind"), &object["metadata"]["name"]);
        let name = name.as_str().expect("a name");
        keys.filter(|key| !key.starts_with("deployment.")).map(|key| format!("{kind} {name}: {key}")).collect()
    };
    objects.iter().flat_map(keys).collect()
}

/// The annotations that a diff says are removed, written alike.
fn removed(diff: &str) -> BTreeSet<String> {
    let mut object = String::new();
    let mut removed = BTreeSet::new();
    for line in diff.lines() {
        if let Some(name) = line.strip_prefix("~ ") {
            let (kind, place) = name.split_once(' ').expect("a kind and a place");
            object = format!("{kind} {}", place.rsplit('/').next().expect("a name"));
        }
        let told = line.trim().strip_prefix(".metadata.annotations.").filter(|told| told.ends_with("(removed)"));
        removed.extend(told.and_then(|told| told.split(": ").next()).map(|key| format!("{object}: {key}")));
    }
    removed
}

fn a_service_of_kubectl_is_taken_over_without_a_restart_and_goes_on_with_plat() {
    let namespace = Namespace::new("init-from");
    let image = by_tag(&busybox(&namespace));
    namespace.apply(format!("{}\n{}", deployment_by_hand(&image), config_map("web-env", "same")));
    namespace.kubectl(&["expose", "deployment", "web", "--port=80", "--target-port=8080", "--type=NodePort"]);
    // As a pipeline does it for years.
    namespace.kubectl(&["set", "env", "deployment/web", "-c", "app", "ZETA=1", "LATER=x"]);
    namespace.rolled_out("deployment/web");
    let requests = Requests::start(&namespace, "service/web");
    let before = identity(&namespace, "service/web");

    let at = ["-n", &namespace.name];
    namespace
        .plat(&[&["init", "--from", "deployment/web", "--keep-behaviour", "--yes"], &at[..]].concat())
        .succeeds()
        .says("plat diff --adopt")
        .never_says("not carried");
    let diff = namespace.plat(&["diff", "--adopt"]).succeeds().out;
    only_marks_change(&diff);
    let noted = annotations(&namespace);
    namespace.plat(&["deploy", "--adopt", "--bake", "0"]).succeeds();
    let gone: BTreeSet<String> = noted.difference(&annotations(&namespace)).cloned().collect();
    assert!(!gone.is_empty(), "kubectl's notes go");
    assert_eq!(gone, removed(&diff), "what goes was announced: {diff}");
    assert_eq!(identity(&namespace, "service/web"), before, "nothing was made anew");
    assert_eq!(requests.failed(), 0, "the take-over");
    namespace.plat(&["deploy", "--bake", "0"]).succeeds().says("unchanged");
    assert_eq!(identity(&namespace, "service/web"), before);
    // By the selector that was there.
    namespace.plat(&["logs", "web", "--tail", "1"]).succeeds();
    namespace.plat(&["status", "web"]).succeeds().says("2");

    // From here on it is a service like any other: the change is rolled out, and the image is pinned with it.
    let spec = std::fs::read_to_string(namespace.work().join("plat.yaml")).expect("it was written");
    let changed = spec.replace("ZETA: \"1\"", "ZETA: \"2\"").replace("LATER: x", "LATER: z");
    assert!(changed.contains("LATER: z"), "{spec}");
    namespace.write("plat.yaml", &changed);
    namespace.plat(&["deploy", "--bake", "0"]).succeeds();
    let env = |namespace: &Namespace| {
        let object = namespace.get("deployment/web");
        object["spec"]["template"]["spec"]["containers"][1]["env"][0]["value"].clone()
    };
    assert_eq!(env(&namespace), "2");
    assert_eq!(requests.failed(), 0, "the change");
    namespace.plat(&["rollback", "web"]).succeeds();
    assert_eq!(env(&namespace), "1");
    assert_eq!(requests.failed(), 0, "the rollback");
}

fn with_plats_defaults_it_moves_without_a_lost_request() {
    let namespace = Namespace::new("init-from");
    let image = by_tag(&busybox(&namespace));
    namespace.apply(format!("{}\n{}", deployment_by_hand(&image), config_map("web-env", "same")));
    namespace.kubectl(&["expose", "deployment", "web", "--port=80", "--target-port=8080"]);
    namespace.rolled_out("deployment/web");
    let requests = Requests::start(&namespace, "service/web");
    namespace.plat(&["init", "--from", "deployment/web", "--yes"]).succeeds().says("plat's default instead");
    namespace.plat(&["deploy", "--adopt", "--bake", "0"]).succeeds();
    assert_eq!(requests.failed(), 0, "the move");
    assert_eq!(namespace.names("services").len(), 1);
    let container = namespace.get("deployment/web")["spec"]["template"]["spec"]["containers"][0].clone();
    assert!(container["image"].as_str().is_some_and(|image| image.contains("@sha256:")), "{container}");
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
}

fn what_cannot_be_taken_over_is_said_with_what_to_do() {
    let namespace = Namespace::new("init-from");
    namespace.plat(&["init", "--from", "deployment/web", "--yes"]).fails(1).says("there is no Deployment");
    let image = busybox(&namespace);
    let mut set = deployment_by_hand(&image);
    set["kind"] = json!("StatefulSet");
    set["spec"]["serviceName"] = json!("web");
    namespace.write("set.yaml", set.to_string());
    namespace.plat(&["init", "--from", "set.yaml", "--yes"]).fails(1).says("StatefulSet web").says("plat deploy -f");
    assert!(!namespace.work().join("plat.yaml").exists());
}
