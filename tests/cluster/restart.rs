//! Pods that read configuration only when they start: what they keep is said, and a restart is a rollout as any other.

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::manifests::{config_map, deployment_of};
use crate::support::{Ended, Namespace, SERVE, Shop, busybox, eventually};

tests![SHARED:
    pods_keep_old_values_until_a_restart_is_asked_for,
    a_restart_that_fails_is_rolled_back_with_its_values,
    a_set_remembers_what_is_to_become_of_its_pods,
    what_a_restart_would_not_replace_is_said_and_no_value_shown,
    a_restart_that_a_manifest_was_read_with_is_no_conflict,
    what_plat_yaml_brings_along_counts_too,
];

/// `$LEVEL` is a key of the `ConfigMap` web; what is `bad` ends at once.
fn shop(namespace: &Namespace) -> Value {
    deployment_of(&json!({"containers": [{
        "name": "shop", "image": busybox(namespace),
        "command": ["/bin/sh", "-c", format!("[ \"$LEVEL\" = bad ] && exit 3; {SERVE}")],
        "env": [{"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "web", "key": "LEVEL"}}}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
    }], "volumes": [{"name": "tmp", "emptyDir": {}}]}))
}

fn web(level: &str, other: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"LEVEL": level, "OTHER": other}})
}

fn list(objects: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

/// What a pod that runs has read.
fn level(namespace: &Namespace) -> String {
    let pods = namespace.get("pods");
    let pods = pods["items"].as_array().expect("pods").iter();
    let mut running = pods.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    let pod = running.next().map(|pod| pod["metadata"]["name"].as_str().expect("a name").to_owned());
    let pod = pod.unwrap_or_else(|| panic!("no pod runs"));
    namespace.kubectl(&["exec", &pod, "--", "/bin/sh", "-c", "echo $LEVEL"]).trim().to_owned()
}

fn stale(ended: &Ended) -> Vec<Value> {
    ended.event("plan")["stale"].as_array().expect("a list").clone()
}

/// What changes when its pods are replaced, and with nothing else.
fn rollouts(namespace: &Namespace) -> String {
    namespace.field("deployment/shop", ".metadata.annotations.deployment\\.kubernetes\\.io/revision")
}

fn note(namespace: &Namespace) -> String {
    namespace.field("deployment/shop", ".metadata.annotations.plat\\.dev/stale-config")
}

fn pods_keep_old_values_until_a_restart_is_asked_for() {
    let namespace = Namespace::new("restart");
    let shop = shop(&namespace);
    let deploy = |web: Value, args: &[&str]| {
        let ended =
            namespace.deploy_manifests(list(&[web, shop.clone()]), &[&["--bake", "0"], args].concat()).succeeds();
        (ended.counts(), stale(&ended))
    };
    assert_eq!(deploy(web("one", "a"), &[]), ((2, 0, 0), vec![]));
    assert_eq!(deploy(web("one", "b"), &[]), ((0, 1, 1), vec![]), "no pod reads that key");

    namespace.write("manifests.yaml", list(&[web("two", "b"), shop.clone()]));
    let keeps = format!("Deployment {}/shop keeps the old values of ConfigMap web (LEVEL)", namespace.name);
    namespace
        .plat(&["diff", "-f", "manifests.yaml"])
        .succeeds()
        .says(&format!("! {keeps}"))
        .says("deploy with --restart");
    let (counts, left) = deploy(web("two", "b"), &[]);
    assert_eq!((counts, left.len()), ((0, 1, 1), 1), "{left:?}");
    assert_eq!(
        (&left[0]["restarts"], &left[0]["config"]),
        (&json!(false), &json!([{"object": "ConfigMap web", "keys": ["LEVEL"]}]))
    );
    assert_eq!(level(&namespace), "one");

    // Nothing is written any more, and it is still so.
    let (counts, again) = deploy(web("two", "b"), &[]);
    assert_eq!((counts, again), ((0, 0, 2), left));
    let diff = namespace.plat(&["diff", "-f", "manifests.yaml", "--restart", "--exit-code"]).fails(5);
    diff.says("restartedAt").says("=> replaces the one replica").says("is restarted for ConfigMap web (LEVEL)");
    let (counts, restarted) = deploy(web("two", "b"), &["--restart"]);
    assert_eq!((counts, &restarted[0]["restarts"]), ((0, 1, 1), &json!(true)));
    assert_eq!((level(&namespace).as_str(), note(&namespace).as_str()), ("two", ""));

    // What was restarted stays so, with the flag and without.
    let before = rollouts(&namespace);
    assert_eq!(deploy(web("two", "b"), &[]), ((0, 0, 2), vec![]));
    assert_eq!(deploy(web("two", "b"), &["--restart"]), ((0, 0, 2), vec![]));
    namespace.plat(&["diff", "-f", "manifests.yaml", "--exit-code"]).succeeds().says("nothing changes");
    assert_eq!(rollouts(&namespace), before);

    // Values and restart in one go; and pods that somebody else replaces are not stale.
    let (counts, _) = deploy(web("three", "b"), &["--restart"]);
    assert_eq!((counts, level(&namespace).as_str()), ((0, 2, 0), "three"));
    deploy(web("four", "b"), &[]);
    assert!(note(&namespace).contains("LEVEL"));
    // Kubernetes knows whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    namespace.kubectl(&["delete", "pods", "--all"]);
    namespace.rolled_out("deployment/shop");
    assert_eq!(deploy(web("four", "b"), &[]), ((0, 0, 2), vec![]));
    assert_eq!(level(&namespace), "four");

    // A value that comes back is the one that pods have.
    deploy(web("five", "b"), &[]);
    let before = rollouts(&namespace);
    assert_eq!(deploy(web("four", "b"), &["--restart"]), ((0, 1, 1), vec![]));
    assert_eq!((rollouts(&namespace), note(&namespace)), (before, String::new()));

    let remembered = namespace.plat(&["deploy", "-f", "manifests.yaml", "--restart=always"]).fails(2);
    remembered.says("--restart=always is kept by a set").says("--set NAME");
}

fn a_restart_that_fails_is_rolled_back_with_its_values() {
    let namespace = Namespace::new("restart");
    let shop = shop(&namespace);
    let deploy = |level: &str, args: &[&str]| {
        let args = [&["--set", "shop", "--bake", "0"], args].concat();
        namespace.deploy_manifests(list(&[web(level, "a"), shop.clone()]), &args)
    };
    deploy("good", &[]).succeeds();
    let failed = deploy("bad", &["--restart"]).fails(3).reason("CrashLoopBackOff").hint("was restored and is ready");
    assert!(failed.event("plan")["stale"][0]["restarts"] == true, "{:?}", failed.events);
    eventually("the old value alone", || level(&namespace) == "good");
    assert_eq!(namespace.field("configmap/web", ".data.LEVEL"), "good");
    assert_eq!(namespace.field("deployment/shop", ".status.availableReplicas"), "1");

    // Where its pods were left alone there is nothing to bring back.
    deploy("better", &[]).succeeds();
    let before = rollouts(&namespace);
    let back = namespace.plat(&["rollback", "shop"]).events().succeeds();
    assert_eq!((rollouts(&namespace), stale(&back)), (before, vec![]));
    assert_eq!((level(&namespace).as_str(), note(&namespace).as_str()), ("good", ""));

    // Where they were not, a rollback of configuration alone replaces them.
    deploy("better", &["--restart"]).succeeds();
    assert_eq!(level(&namespace), "better");
    namespace.plat(&["rollback", "shop"]).succeeds().says("is restarted for ConfigMap web (LEVEL)");
    eventually("the value of the revision before", || level(&namespace) == "good");
}

fn a_set_remembers_what_is_to_become_of_its_pods() {
    let namespace = Namespace::new("restart");
    let shop = shop(&namespace);
    let deploy = |level: &str, args: &[&str]| {
        let args = [&["--set", "shop", "--bake", "0"], args].concat();
        let ended = namespace.deploy_manifests(list(&[web(level, "a"), shop.clone()]), &args).succeeds();
        let remarks = ended.event("plan")["remarks"].to_string();
        (stale(&ended), remarks)
    };
    deploy("one", &["--restart=always"]);
    let (restarted, remarks) = deploy("two", &[]);
    assert_eq!((&restarted[0]["restarts"], level(&namespace).as_str()), (&json!(true), "two"));
    assert!(remarks.contains("--restart=always"), "{remarks}");
    // Each run says it.
    assert!(deploy("two", &[]).1.contains("--restart=always"));

    let (left, remarks) = deploy("three", &["--restart=never"]);
    assert!(left[0]["next"].to_string().contains("--restart=never") && remarks.contains("--restart=never"), "{left:?}");
    assert_eq!(level(&namespace), "two");
    // The set is the same for others, and once is once.
    assert_eq!(deploy("three", &["--restart"]).0[0]["restarts"], true);
    assert_eq!(level(&namespace), "three");
    let (left, remarks) = deploy("four", &[]);
    assert!(left[0]["restarts"] == false && remarks.contains("--restart=never"), "{left:?} {remarks}");
}

/// The same workload with another name, and pods of its own.
fn named(name: &str, mut workload: Value) -> Value {
    let labels = json!({"app.kubernetes.io/name": name});
    workload["metadata"]["name"] = json!(name);
    workload["spec"]["selector"]["matchLabels"] = labels.clone();
    workload["spec"]["template"]["metadata"]["labels"] = labels;
    workload
}

fn what_a_restart_would_not_replace_is_said_and_no_value_shown() {
    let namespace = Namespace::new("restart");
    let env = json!([{"secretRef": {"name": "db"}}]);
    let mut on_delete = named("data", shop(&namespace));
    on_delete["kind"] = json!("StatefulSet");
    on_delete["spec"]["serviceName"] = json!("data");
    on_delete["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    on_delete["spec"]["template"]["spec"]["containers"][0]["envFrom"] = env.clone();
    let mut run = on_delete["spec"]["template"]["spec"].clone();
    run["restartPolicy"] = json!("Never");
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report"}, "spec": {
        "schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": run}}}}});
    let db = |password: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
        "stringData": {"PASSWORD": password}})
    };
    let all = |password: &str| list(&[db(password), web("one", "a"), on_delete.clone(), cron.clone()]);
    namespace.deploy_manifests(all("hunter2"), &["--bake", "0"]).succeeds();

    // Someone else's, in the same namespace.
    let mut theirs = named("theirs", shop(&namespace));
    theirs["spec"]["template"]["spec"]["containers"][0]["envFrom"] = env;
    namespace.apply(theirs);
    namespace.rolled_out("deployment/theirs");

    let changed = namespace.deploy_manifests(all("hunter3"), &["--bake", "0", "--restart"]).succeeds();
    let said = stale(&changed);
    let of = |name: &str| {
        let is = |it: &&Value| it["workload"].as_str().is_some_and(|workload| workload.ends_with(name));
        said.iter().find(is).unwrap_or_else(|| panic!("no {name} in {said:?}"))["next"].to_string()
    };
    assert!(of("/data").contains("OnDelete") && of("/data").contains("kubectl delete pod"), "{said:?}");
    let restart = format!("kubectl rollout restart deployment/theirs -n {}", namespace.name);
    assert!(of("/theirs").contains(&restart), "{said:?}");
    assert_eq!(said.len(), 2, "the next run of a CronJob reads what is there then: {said:?}");
    let noted = namespace.field("statefulset/data", ".metadata.annotations.plat\\.dev/stale-config");
    assert!(noted.contains("PASSWORD") && !noted.contains("hunter") && !noted.contains("aHVudGVy"), "{noted}");
    changed.never_says("hunter").never_says("aHVudGVy");

    // A paused Deployment is another that a restart would leave as it is.
    let mut paused = shop(&namespace);
    paused["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = json!([
        {"name": "tmp", "mountPath": "/tmp"}, {"name": "web", "mountPath": "/etc/level", "subPath": "LEVEL"}]);
    paused["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "tmp", "emptyDir": {}}, {"name": "web", "configMap": {"name": "web"}}]);
    namespace.deploy_manifests(list(&[web("one", "a"), paused.clone()]), &["--bake", "0"]).succeeds();
    paused["spec"]["paused"] = json!(true);
    namespace.write("manifests.yaml", list(&[web("two", "a"), paused]));
    let diff = namespace.plat(&["diff", "-f", "manifests.yaml", "--restart"]).succeeds();
    diff.says("because it is paused").says("kubectl rollout resume deployment/shop").never_says("restartedAt");
}

/// `kubectl get -o yaml` takes the time of the last restart along.
fn a_restart_that_a_manifest_was_read_with_is_no_conflict() {
    let namespace = Namespace::new("restart");
    let mut shop = shop(&namespace);
    shop["spec"]["template"]["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/restartedAt": "2020-01-01T00:00:00Z"});
    let deploy = |level: &str, args: &[&str]| {
        let args = [&["--bake", "0"], args].concat();
        namespace.deploy_manifests(list(&[web(level, "a"), shop.clone()]), &args).succeeds()
    };
    deploy("one", &[]);
    namespace.kubectl(&["rollout", "restart", "deployment/shop"]);
    namespace.rolled_out("deployment/shop");
    let before = rollouts(&namespace);
    assert_eq!(deploy("one", &[]).counts(), (0, 0, 2));
    assert_eq!(rollouts(&namespace), before);
    deploy("two", &["--restart"]);
    assert_eq!(level(&namespace), "two");
    let before = rollouts(&namespace);
    assert_eq!(deploy("two", &[]).counts(), (0, 0, 2));
    assert_eq!(rollouts(&namespace), before);
}

fn what_plat_yaml_brings_along_counts_too() {
    let shop = Shop::new("restart");
    let env = "{name: shop, envFrom: [{configMapRef: {name: more}}]}";
    let shop = shop.with(&format!(
        "extra: [more.yaml]\npatch: {{Deployment: {{spec: {{template: {{spec: {{containers: [{env}]}}}}}}}}}}"
    ));
    shop.write("more.yaml", config_map("more", "one"));
    shop.deploy().succeeds();
    let text = || shop.kubectl(&["exec", "deployment/shop", "--", "/bin/sh", "-c", "echo $text"]).trim().to_owned();
    shop.write("more.yaml", config_map("more", "two"));
    shop.run(&["deploy"]).succeeds().says("keeps the old values of ConfigMap more (text)");
    assert_eq!(text(), "one");
    shop.run(&["deploy", "--restart"]).succeeds().says("is restarted for ConfigMap more (text)");
    eventually("the new value alone", || text() == "two");
    shop.run(&["deploy"]).succeeds().says("unchanged").never_says("keeps the old values");
}
