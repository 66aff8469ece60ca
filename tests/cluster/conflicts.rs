//! Fields that somebody else has set: shown, taken, left to them; and autoscalers, which are never fought.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::safety::{deployed, get, plat, spec};
use super::support::{self, eventually};
use crate::harness::tests;

tests![SHARED:
    a_field_is_kept_for_good_or_taken_back_one_at_a_time,
    a_flag_that_names_no_contested_field_decides_nothing_silently,
    a_removed_field_can_be_left_as_it_is,
    after_kubectl_apply_of_a_rendering_the_next_change_is_no_conflict,
    an_autoscalers_replicas_are_not_fought_over,
    from_three_replicas_to_an_autoscaler_and_back_there_is_no_dip,
];

/// What the container's environment variable is in the cluster.
fn value(deployment: &serde_json::Value, name: &str) -> serde_json::Value {
    let env = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array().into_iter().flatten();
    env.filter(|item| item["name"] == name).map(|item| item["value"].clone()).next().unwrap_or_default()
}

fn a_field_is_kept_for_good_or_taken_back_one_at_a_time() {
    let namespace = deployed("conflict", "replicas: 1\nenv: {A: one, B: one}");
    support::kubectl(&namespace, &["set", "env", "deployment/shop", "A=theirs", "B=theirs"]);
    let env = |name: &str| format!(".spec.template.spec.containers[name=\"shop\"].env[name=\"{name}\"].value");

    let refused = plat(&namespace, &["deploy"]).ends(1);
    refused.says(&format!("{} is theirs, set by kubectl-set at 20", env("A")));
    refused.says("; you ask for one");
    // One decision is not enough for two fields.
    plat(&namespace, &["deploy", "--take", &env("B")]).ends(1).says(&env("A"));

    plat(&namespace, &["deploy", "--keep", &env("A"), "--take", &env("B")]).ends(0);
    let values = |namespace| {
        let object = get(namespace, "deployment/shop");
        ["A", "B"].map(|name| value(&object, name))
    };
    assert_eq!(values(&namespace), ["theirs", "one"]);

    // The next deploys say nothing about it, with or without another change, and the other stays its owner.
    let again = plat(&namespace, &["deploy"]).ends(0);
    assert!(!again.err.contains("theirs"), "{}", again.err);
    spec(&namespace, "replicas: 1\nenv: {A: two, B: two}");
    plat(&namespace, &["deploy"]).ends(0);
    assert_eq!(values(&namespace), ["theirs", "two"]);

    // Until it is taken after all.
    plat(&namespace, &["deploy", "--take", &env("A")]).ends(0);
    assert_eq!(values(&namespace), ["two", "two"]);
    assert_eq!(get(&namespace, "deployment/shop")["metadata"]["annotations"]["plat.dev/keep"], serde_json::Value::Null);
}

fn a_flag_that_names_no_contested_field_decides_nothing_silently() {
    let namespace = deployed("conflict", "replicas: 1");
    // Nothing is contested: the same command line may run twice.
    let idle = plat(&namespace, &["deploy", "--keep", ".spec.replicas"]).ends(0);
    idle.says("--keep .spec.replicas: no field is set by somebody else, so there is nothing to decide");

    support::kubectl(&namespace, &["scale", "deployment/shop", "--replicas=2"]);
    let wrong = plat(&namespace, &["deploy", "--take", "Deployment/shop:.spec.replica", "--keep", ".spec.x"]).ends(1);
    wrong.says("--take Deployment/shop:.spec.replica, --keep .spec.x names fields that nobody else has set");
    wrong.says("shop: .spec.replicas is 2, set by kubectl; you ask for 1");
    wrong.says("hint: did you mean: --take '.spec.replicas'");
    // Neither is what another flag decides a reason to let it pass.
    plat(&namespace, &["diff", "--take", "all", "--keep", ".spec.x"]).ends(1).says("--keep .spec.x names a field");
    assert_eq!(get(&namespace, "deployment/shop")["spec"]["replicas"], 2);

    plat(&namespace, &["deploy", "--keep", "spec.replicas"]).ends(0);
    // What was left to the other for good may be named again.
    let again = plat(&namespace, &["deploy", "--keep", "deployment/shop:.spec.replicas"]).ends(0);
    assert!(!again.err.contains("nothing to decide"), "{}", again.err);
}

fn a_removed_field_can_be_left_as_it_is() {
    let namespace = deployed("conflict", "replicas: 1");
    support::kubectl(&namespace, &["label", "service/shop", "app.kubernetes.io/managed-by-"]);
    let field = ".metadata.labels.app.kubernetes.io/managed-by";
    plat(&namespace, &["deploy"]).ends(1).says("was removed without plat");
    plat(&namespace, &["deploy", "--keep", field]).ends(0);
    plat(&namespace, &["deploy"]).ends(0);
    let labels = get(&namespace, "service/shop")["metadata"]["labels"].clone();
    assert_eq!(labels["app.kubernetes.io/managed-by"], serde_json::Value::Null);
}

/// What kubectl applied from plat's own rendering is nobody's edit.
fn after_kubectl_apply_of_a_rendering_the_next_change_is_no_conflict() {
    let namespace = deployed("conflict", "replicas: 1\nenv: {GREETING: hello}");
    let rendered = plat(&namespace, &["render"]).ends(0).out;
    std::fs::write(namespace.work().join("rendered.yaml"), rendered).expect("a file");
    support::kubectl(&namespace, &["apply", "--server-side", "--force-conflicts", "-f", "rendered.yaml"]);

    spec(&namespace, "replicas: 1\nenv: {GREETING: goodbye}");
    let said = plat(&namespace, &["deploy"]).ends(0);
    said.says("kubectl applied the same as plat and plat changes it now: ");
    assert!(!said.err.contains("changed without plat"), "{}", said.err);
    assert_eq!(value(&get(&namespace, "deployment/shop"), "GREETING"), "goodbye");

    // What plat.yaml drops stays while kubectl holds it, and plat says so; adoption ends that.
    spec(&namespace, "replicas: 1");
    plat(&namespace, &["deploy"]).ends(0).says("is no longer asked for but stays, because kubectl holds it too");
    plat(&namespace, &["deploy", "--adopt"]).ends(0);
    assert_eq!(value(&get(&namespace, "deployment/shop"), "GREETING"), serde_json::Value::Null);
}

fn an_autoscalers_replicas_are_not_fought_over() {
    let namespace = deployed("conflict", "replicas: 1");
    support::kubectl(&namespace, &["autoscale", "deployment/shop", "--min=2", "--max=4"]);
    let replicas = || get(&namespace, "deployment/shop")["spec"]["replicas"].clone();
    eventually("the autoscaler scales up to its minimum", || replicas() == 2);

    let said = plat(&namespace, &["deploy"]).ends(0);
    said.says("an autoscaler keeps the number of replicas, 2 now; that of plat.yaml is not applied");
    assert_eq!(replicas(), 2);
    // Without it the number is plat.yaml's again.
    support::kubectl(&namespace, &["delete", "hpa/shop"]);
    plat(&namespace, &["deploy"]).ends(0);
    assert_eq!(replicas(), 1);
}

fn from_three_replicas_to_an_autoscaler_and_back_there_is_no_dip() {
    let namespace = deployed("conflict", "replicas: 3");
    let mut watch = support::kubectl_command(&namespace)
        .args(["get", "deployment/shop", "--watch", "-o"])
        .arg("jsonpath={.spec.replicas} {.status.availableReplicas}{\"\\n\"}")
        .stdout(Stdio::piped())
        .spawn()
        .expect("kubectl runs");
    let lines = BufReader::new(watch.stdout.take().expect("its stdout"));
    let (sender, seen) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    assert_eq!(seen.recv_timeout(std::time::Duration::from_secs(30)).expect("a first state"), "3 3");

    spec(&namespace, "replicas: {min: 2, max: 5}");
    plat(&namespace, &["deploy"]).ends(0);
    let scaler = || get(&namespace, "hpa/shop")["status"]["conditions"].clone();
    eventually("the autoscaler has looked", || scaler().as_array().is_some_and(|conditions| !conditions.is_empty()));
    spec(&namespace, "replicas: 3\nenv: {BACK: again}");
    plat(&namespace, &["deploy"]).ends(0);
    assert!(!super::safety::is_there(&namespace, "hpa/shop"), "the autoscaler is pruned");
    watch.kill().expect("kubectl ends");
    let _ = watch.wait();
    for line in seen.try_iter() {
        let numbers: Vec<i32> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
        assert!(numbers.iter().all(|number| *number >= 3), "a dip: {line}");
    }
    assert_eq!(get(&namespace, "deployment/shop")["spec"]["replicas"], 3);
}
