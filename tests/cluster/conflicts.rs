//! Fields that someone else has set: shown, taken, left to them; and autoscalers, which are never fought.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::harness::tests;
use crate::support::{Shop, eventually};

tests![SHARED:
    a_field_is_kept_for_good_or_taken_back_one_at_a_time,
    a_flag_that_names_no_contested_field_decides_nothing_silently,
    a_removed_field_can_be_left_as_it_is,
    after_kubectl_apply_of_a_rendering_the_next_change_is_no_conflict,
    the_first_letter_of_an_answer_chooses_it,
    an_autoscalers_replicas_are_not_fought_over,
    from_three_replicas_to_an_autoscaler_and_back_there_is_no_dip,
];

/// What the container's environment variable is in the cluster.
fn value(deployment: &serde_json::Value, name: &str) -> serde_json::Value {
    let env = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array().into_iter().flatten();
    env.filter(|item| item["name"] == name).map(|item| item["value"].clone()).next().unwrap_or_default()
}

fn a_field_is_kept_for_good_or_taken_back_one_at_a_time() {
    let base = Shop::new("conflict");
    let shop = base.with("env: {A: one, B: one}");
    shop.deploy().succeeds();
    shop.kubectl(&["set", "env", "deployment/shop", "A=theirs", "B=theirs"]);
    let env = |name: &str| format!(".spec.template.spec.containers[name=\"shop\"].env[name=\"{name}\"].value");

    shop.run(&["deploy"])
        .fails(1)
        .says(&format!("{} is theirs, set by kubectl-set at 20", env("A")))
        .says("; you ask for one");
    // One decision is not enough for two fields.
    shop.run(&["deploy", "--take", &env("B")]).fails(1).says(&env("A"));

    shop.run(&["deploy", "--keep", &env("A"), "--take", &env("B")]).succeeds();
    let values = || {
        let object = shop.get("deployment/shop");
        ["A", "B"].map(|name| value(&object, name))
    };
    assert_eq!(values(), ["theirs", "one"]);

    // The next runs ask nothing and say what is kept, with or without another change; the other stays its owner.
    let said = format!("{} is kept for kubectl-set since 20", env("A"));
    shop.run(&["deploy"])
        .succeeds()
        .says(&said)
        .says(": it is theirs, you ask for one; to end that: --take Deployment/shop:");
    shop.run(&["diff"]).succeeds().says(&said);
    let shop = base.with("env: {A: two, B: two}");
    let plan = shop.run(&["deploy"]).events().succeeds().event("plan").clone();
    let kept = &plan["kept"][0];
    let told = ["field", "manager", "live", "wanted"].map(|key| kept[key].as_str().unwrap_or_default().to_owned());
    assert_eq!(told, [env("A"), "kubectl-set".to_owned(), "theirs".to_owned(), "two".to_owned()]);
    assert!(kept["since"].as_str().is_some_and(|since| since.parse::<jiff::Timestamp>().is_ok()), "{kept}");
    assert_eq!(plan["kept"].as_array().map(Vec::len), Some(1));
    assert_eq!(values(), ["theirs", "two"]);

    // Until it is taken after all.
    shop.run(&["deploy", "--take", &env("A")]).succeeds().never_says("is kept");
    shop.run(&["deploy"]).succeeds().never_says("is kept");
    assert_eq!(values(), ["two", "two"]);
    assert_eq!(shop.get("deployment/shop")["metadata"]["annotations"]["plat.dev/keep"], serde_json::Value::Null);
}

fn a_flag_that_names_no_contested_field_decides_nothing_silently() {
    let shop = Shop::new("conflict");
    shop.deploy().succeeds();
    // Nothing is contested: the same command line may run twice.
    shop.run(&["deploy", "--keep", ".spec.replicas"])
        .succeeds()
        .says("--keep .spec.replicas: no field is set by someone else, so there is nothing to decide");

    shop.kubectl(&["scale", "deployment/shop", "--replicas=2"]);
    shop.run(&["deploy", "--take", "Deployment/shop:.spec.replica", "--keep", ".spec.x"])
        .fails(1)
        .says("--take Deployment/shop:.spec.replica, --keep .spec.x names fields that nobody else has set")
        .says("shop: .spec.replicas is 2, set by kubectl; you ask for 1")
        .says("hint: did you mean: --take '.spec.replicas'");
    // Neither is what another flag decides a reason to let it pass.
    shop.run(&["diff", "--take", "all", "--keep", ".spec.x"]).fails(1).says("--keep .spec.x names a field");
    assert_eq!(shop.get("deployment/shop")["spec"]["replicas"], 2);

    shop.run(&["deploy", "--keep", "spec.replicas"]).succeeds();
    // What was left to the other for good may be named again.
    shop.run(&["deploy", "--keep", "deployment/shop:.spec.replicas"]).succeeds().never_says("nothing to decide");
}

fn a_removed_field_can_be_left_as_it_is() {
    let shop = Shop::new("conflict");
    shop.deploy().succeeds();
    shop.kubectl(&["label", "service/shop", "app.kubernetes.io/managed-by-"]);
    let field = ".metadata.labels.app.kubernetes.io/managed-by";
    shop.run(&["deploy"]).fails(1).says("was removed without plat");
    shop.run(&["deploy", "--keep", field]).succeeds();
    shop.run(&["deploy"]).succeeds().says("is kept as it is in the cluster since 20").says("it is not there");
    let labels = shop.get("service/shop")["metadata"]["labels"].clone();
    assert_eq!(labels["app.kubernetes.io/managed-by"], serde_json::Value::Null);
}

fn the_first_letter_of_an_answer_chooses_it() {
    let shop = Shop::new("conflict");
    shop.deploy().succeeds();
    let decided = |letter: &str, code: i32| {
        let mut deploy = shop.run(&["deploy"]).on_terminal();
        deploy.wait_for("> abort: write nothing");
        // No answer begins with it.
        deploy.press("x");
        deploy.press(letter);
        assert_eq!(deploy.end(), code, "{letter}");
    };
    let scale = |replicas: &str| shop.kubectl(&["scale", "deployment/shop", "--replicas", replicas]);
    let replicas = || shop.get("deployment/shop")["spec"]["replicas"].clone();
    scale("2");
    let asked = shop.run(&["deploy"]).on_terminal();
    asked.wait_for("> abort: write nothing");
    asked.terminate();
    assert_eq!(asked.end(), 130);
    decided("a", 130);
    assert_eq!(replicas(), 2);
    decided("k", 0);
    assert_eq!(replicas(), 2);
    shop.deploy().args(&["--take", "all"]).succeeds();
    scale("3");
    decided("T", 0);
    assert_eq!(replicas(), 1);
}

/// What kubectl applied from plat's own rendering is nobody's edit.
fn after_kubectl_apply_of_a_rendering_the_next_change_is_no_conflict() {
    let base = Shop::new("conflict");
    let shop = base.with("env: {GREETING: hello}");
    shop.deploy().succeeds();
    let rendered = shop.run(&["render"]).succeeds().out;
    shop.write("rendered.yaml", rendered);
    shop.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", "rendered.yaml"]);

    let shop = base.with("env: {GREETING: goodbye}");
    shop.run(&["deploy"])
        .succeeds()
        .says("continues from kubectl apply, which nobody changed since")
        .never_says("changed without plat");
    assert_eq!(value(&shop.get("deployment/shop"), "GREETING"), "goodbye");

    // What plat.yaml drops is gone.
    base.run(&["deploy"]).succeeds();
    assert_eq!(value(&shop.get("deployment/shop"), "GREETING"), serde_json::Value::Null);
}

fn an_autoscalers_replicas_are_not_fought_over() {
    let shop = Shop::new("conflict");
    shop.deploy().succeeds();
    shop.kubectl(&["autoscale", "deployment/shop", "--min=2", "--max=4"]);
    let replicas = || shop.get("deployment/shop")["spec"]["replicas"].clone();
    eventually("the autoscaler scales up to its minimum", || replicas() == 2);

    shop.run(&["deploy"])
        .succeeds()
        .says("an autoscaler keeps the number of replicas, 2 now; the one you ask for is not applied");
    assert_eq!(replicas(), 2);
    // Without it the number is plat.yaml's again.
    shop.kubectl(&["delete", "hpa/shop"]);
    shop.run(&["deploy"]).succeeds();
    assert_eq!(replicas(), 1);
}

fn from_three_replicas_to_an_autoscaler_and_back_there_is_no_dip() {
    let base = Shop::new("conflict");
    let shop = base.with("replicas: 3");
    shop.deploy().succeeds();
    let mut watch = shop
        .kubectl_command()
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

    let shop = base.with("replicas: {min: 2, max: 5}");
    shop.run(&["deploy"]).succeeds();
    let scaler = || shop.get("hpa/shop")["status"]["conditions"].clone();
    eventually("the autoscaler has looked", || scaler().as_array().is_some_and(|conditions| !conditions.is_empty()));
    let shop = base.with("replicas: 3\nenv: {BACK: again}");
    shop.run(&["deploy"]).succeeds();
    assert!(!shop.is_there("hpa/shop"), "the autoscaler is pruned");
    watch.kill().expect("kubectl ends");
    let _ = watch.wait();
    for line in seen.try_iter() {
        let numbers: Vec<i32> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
        assert!(numbers.iter().all(|number| *number >= 3), "a dip: {line}");
    }
    assert_eq!(shop.get("deployment/shop")["spec"]["replicas"], 3);
}
